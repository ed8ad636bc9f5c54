//! What visitors are told when nobody is there.

use jiff::Timestamp;
use kefu_hours::{Hours, State};
use kefu_types::{Lang, Millis};

/// Business hours, and the words for the time outside of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// When people are there.
    pub hours: Hours,
    /// That nobody is, in Chinese.
    pub closed_zh: String,
    /// The same in English.
    pub closed_en: String,
    /// When they are back, in Chinese; `{time}` stands for that.
    pub opens_zh: String,
    /// The same in English.
    pub opens_en: String,
}

impl Office {
    /// What a visitor who asks for a person at this time is told; `None` within the hours.
    #[must_use]
    pub fn closed(&self, now_ms: Millis, language: Lang) -> Option<String> {
        let now = Timestamp::from_millisecond(now_ms).ok()?;
        let State::Closed { opens } = self.hours.at(now) else {
            return None;
        };
        let (closed, back, form) = match language {
            Lang::Zh => (&self.closed_zh, &self.opens_zh, "%-m月%-d日 %H:%M"),
            Lang::En => (&self.closed_en, &self.opens_en, "%-d %B, %H:%M"),
        };
        let Some(opens) = opens else {
            return Some(closed.clone());
        };
        let zoned = opens.to_zoned(self.hours.zone().clone());
        let back = back.replace("{time}", &zoned.strftime(form).to_string());
        Some(match language {
            Lang::Zh => format!("{closed}{back}"),
            Lang::En => format!("{closed} {back}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::tz::TimeZone;
    use kefu_hours::Hours;
    use kefu_types::Lang;

    use super::Office;

    fn office(week: [Vec<kefu_hours::Shift>; 7]) -> Office {
        let zone = TimeZone::get("Asia/Shanghai").expect("in the binary");
        Office {
            hours: Hours::new(zone, week, BTreeMap::new()),
            closed_zh: "下班了。".to_owned(),
            closed_en: "Closed.".to_owned(),
            opens_zh: "{time}上班。".to_owned(),
            opens_en: "Back on {time}.".to_owned(),
        }
    }

    #[test]
    fn outside_of_the_hours_visitors_are_told_when_they_begin() {
        let week = std::array::from_fn(|_| vec!["09:00-18:00".parse().expect("a shift")]);
        let office = office(week);
        // 2026-11-22 18:00 and 09:00 in Shanghai.
        let (evening, morning) = (1_795_341_600_000, 1_795_309_200_000);
        assert_eq!(office.closed(morning, Lang::Zh), None);
        let told = |language| office.closed(evening, language).expect("closed");
        assert_eq!(told(Lang::Zh), "下班了。11月23日 09:00上班。");
        assert_eq!(told(Lang::En), "Closed. Back on 23 November, 09:00.");
    }

    #[test]
    fn where_nobody_ever_comes_no_time_is_promised() {
        let office = office(Default::default());
        assert_eq!(office.closed(0, Lang::Zh).as_deref(), Some("下班了。"));
    }
}
