//! Business hours, from the settings.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::civil::Date;
use kefu_bot::time_zone;
use kefu_chat::Office;
use kefu_config::{Config, WeekConfig};
use kefu_hours::{Hours, Shift};

/// The office that the settings describe; `None` where there are no hours.
///
/// # Errors
/// Names the setting that cannot be read.
pub fn office(config: &Config) -> anyhow::Result<Option<Office>> {
    let hours = &config.hours;
    if !hours.enabled && hours.calendars.is_empty() {
        return Ok(None);
    }
    let zone = if hours.time_zone.is_empty() {
        &config.dialog.time_zone
    } else {
        &hours.time_zone
    };
    let everybodys = Calendar {
        zone,
        week: &hours.week,
        holidays: &hours.holidays,
        exceptions: &hours.exceptions,
    };
    let everybodys = everybodys.hours("hours")?;
    let mut calendars = BTreeMap::new();
    for own in &hours.calendars {
        let zone = if own.time_zone.is_empty() {
            zone
        } else {
            &own.time_zone
        };
        let calendar = Calendar {
            zone,
            week: &own.week,
            holidays: &own.holidays,
            exceptions: &own.exceptions,
        };
        let at = format!("hours.calendars.{}", own.key);
        calendars.insert(own.key.clone(), calendar.hours(&at)?);
    }
    Ok(Some(Office {
        hours: hours.enabled.then_some(everybodys),
        calendars,
        closed_zh: hours.closed.zh.clone(),
        closed_en: hours.closed.en.clone(),
        opens_zh: hours.opens.zh.clone(),
        opens_en: hours.opens.en.clone(),
    }))
}

/// One set of hours in the settings.
struct Calendar<'a> {
    zone: &'a str,
    week: &'a WeekConfig,
    holidays: &'a [String],
    exceptions: &'a BTreeMap<String, Vec<String>>,
}

impl Calendar<'_> {
    /// As it stands under the key `at`.
    fn hours(&self, at: &str) -> anyhow::Result<Hours> {
        let zone = time_zone(self.zone).with_context(|| format!("{at}.time_zone"))?;
        let week = self.week;
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
            *place = shifts(texts).with_context(|| format!("{at}.week.{day}"))?;
        }
        let mut exceptions = BTreeMap::new();
        for day in self.holidays {
            let day = date(day).with_context(|| format!("{at}.holidays"))?;
            exceptions.insert(day, Vec::new());
        }
        for (day, texts) in self.exceptions {
            let key = || format!("{at}.exceptions.{day:?}");
            exceptions.insert(
                date(day).with_context(key)?,
                shifts(texts).with_context(key)?,
            );
        }
        Ok(Hours::new(zone, shifts_of_week, exceptions))
    }
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
    use kefu_config::{CalendarConfig, Config, WeekConfig};

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
    fn a_calendar_of_groups_counts_where_everybody_is_always_there() {
        let mut config = Config::default();
        let night = CalendarConfig {
            key: "night".into(),
            time_zone: "Europe/London".into(),
            week: WeekConfig::default(),
            holidays: Vec::new(),
            exceptions: std::collections::BTreeMap::new(),
        };
        config.hours.calendars.push(night);
        let built = office(&config).expect("a calendar").expect("an office");
        assert!(built.hours.is_none());
        assert!(built.calendars.contains_key("night"));
        config.hours.calendars[0].holidays = vec!["soon".into()];
        let error = office(&config).expect_err("no day");
        let said = format!("{error:#}");
        assert!(said.starts_with("hours.calendars.night.holidays"), "{said}");
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
