//! Business hours, from the settings.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::civil::Date;
use kefu_bot::time_zone;
use kefu_chat::Office;
use kefu_config::Config;
use kefu_hours::{Hours, Shift};

/// The office that the settings describe; `None` where there are no hours.
///
/// # Errors
/// Names the setting that cannot be read.
pub fn office(config: &Config) -> anyhow::Result<Option<Office>> {
    let hours = &config.hours;
    if !hours.enabled {
        return Ok(None);
    }
    let name = if hours.time_zone.is_empty() {
        &config.dialog.time_zone
    } else {
        &hours.time_zone
    };
    let zone = time_zone(name).context("hours.time_zone")?;
    let week = &hours.week;
    let days = [
        ("mon", &week.mon),
        ("tue", &week.tue),
        ("wed", &week.wed),
        ("thu", &week.thu),
        ("fri", &week.fri),
        ("sat", &week.sat),
        ("sun", &week.sun),
    ];
    let mut shifts_of_week = <[Vec<Shift>; 7]>::default();
    for (place, (day, texts)) in shifts_of_week.iter_mut().zip(days) {
        *place = shifts(texts).with_context(|| format!("hours.week.{day}"))?;
    }
    let mut exceptions = BTreeMap::new();
    for day in &hours.holidays {
        exceptions.insert(date(day).context("hours.holidays")?, Vec::new());
    }
    for (day, texts) in &hours.exceptions {
        let key = || format!("hours.exceptions.{day:?}");
        exceptions.insert(
            date(day).with_context(key)?,
            shifts(texts).with_context(key)?,
        );
    }
    Ok(Some(Office {
        hours: Hours::new(zone, shifts_of_week, exceptions),
        closed_zh: hours.closed.zh.clone(),
        closed_en: hours.closed.en.clone(),
        opens_zh: hours.opens.zh.clone(),
        opens_en: hours.opens.en.clone(),
    }))
}

fn shifts(texts: &[String]) -> anyhow::Result<Vec<Shift>> {
    texts.iter().map(|text| Ok(text.parse()?)).collect()
}

fn date(text: &str) -> anyhow::Result<Date> {
    text.parse()
        .with_context(|| format!("{text:?} is no day; write it as \"2026-10-01\""))
}

#[cfg(test)]
mod tests {
    use kefu_config::Config;

    use super::office;

    fn with(change: impl Fn(&mut Config)) -> Config {
        let mut config = Config::default();
        config.hours.enabled = true;
        change(&mut config);
        config
    }

    #[test]
    fn hours_are_off_unless_they_are_switched_on() {
        assert!(office(&Config::default()).expect("off").is_none());
        assert!(office(&with(|_| {})).expect("a week").is_some());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (config, key) in [
            (
                with(|c| c.hours.time_zone = "Mars/Olympus".into()),
                "hours.time_zone",
            ),
            (
                with(|c| c.hours.week.tue = vec!["9-18".into()]),
                "hours.week.tue",
            ),
            (
                with(|c| c.hours.holidays = vec!["10/1".into()]),
                "hours.holidays",
            ),
            (
                with(|c| {
                    drop(
                        c.hours
                            .exceptions
                            .insert("2026-10-10".into(), vec!["x".into()]),
                    )
                }),
                "hours.exceptions.\"2026-10-10\"",
            ),
        ] {
            let error = office(&config).expect_err(key);
            assert!(format!("{error:#}").starts_with(key), "{error:#}");
        }
    }
}
