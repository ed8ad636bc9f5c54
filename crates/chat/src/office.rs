//! What visitors are told when nobody is there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kefu_hours::{Hours, State};
use kefu_types::{Lang, Millis};

/// Business hours, and the words for the time outside of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// When people are there; `None`: always.
    pub hours: Option<Hours>,
    /// Hours of groups that have their own, by key.
    pub calendars: BTreeMap<String, Hours>,
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
    /// The hours of a calendar. A key that is not configured any more is everybody's hours.
    #[must_use]
    pub fn of(&self, calendar: &str) -> Option<&Hours> {
        self.calendars.get(calendar).or(self.hours.as_ref())
    }

    /// When people are back who are not there at this time, where that is known; `None` within the
    /// hours of the calendar.
    #[must_use]
    pub fn opens(&self, calendar: &str, now_ms: Millis) -> Option<Option<Millis>> {
        let now = Timestamp::from_millisecond(now_ms).ok()?;
        match self.of(calendar)?.at(now) {
            State::Open { .. } => None,
            State::Closed { opens } => Some(opens.map(Timestamp::as_millisecond)),
        }
    }

    /// When the hours of the calendar end or begin next, where that is known.
    #[must_use]
    pub fn turns(&self, calendar: &str, now_ms: Millis) -> Option<Millis> {
        let now = Timestamp::from_millisecond(now_ms).ok()?;
        let turns = match self.of(calendar)?.at(now) {
            State::Open { until } => until,
            State::Closed { opens } => opens,
        };
        turns.map(Timestamp::as_millisecond)
    }

    /// What a visitor who asks for a person at this time is told; `None` within the hours of the
    /// calendar.
    #[must_use]
    pub fn closed(&self, calendar: &str, now_ms: Millis, language: Lang) -> Option<String> {
        let opens_ms = self.opens(calendar, now_ms)?;
        let opens = opens_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let zone = self.of(calendar)?.zone().clone();
        let (closed, back, form) = match language {
            Lang::Zh => (&self.closed_zh, &self.opens_zh, "%-m月%-d日 %H:%M"),
            Lang::En => (&self.closed_en, &self.opens_en, "%-d %B, %H:%M"),
        };
        let Some(opens) = opens else {
            return Some(closed.clone());
        };
        let zoned = opens.to_zoned(zone);
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
            hours: Some(Hours::new(zone, week, BTreeMap::new())),
            calendars: BTreeMap::new(),
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
        assert_eq!(office.closed("", morning, Lang::Zh), None);
        let told = |language| office.closed("", evening, language).expect("closed");
        assert_eq!(told(Lang::Zh), "下班了。11月23日 09:00上班。");
        assert_eq!(told(Lang::En), "Closed. Back on 23 November, 09:00.");
    }

    #[test]
    fn a_group_goes_by_a_calendar_of_its_own() {
        let zone = TimeZone::get("Europe/London").expect("in the binary");
        let week = std::array::from_fn(|_| vec!["09:00-18:00".parse().expect("a shift")]);
        let london = Hours::new(zone, week, BTreeMap::new());
        let office = Office {
            hours: None,
            calendars: BTreeMap::from([("london".to_owned(), london)]),
            ..office(Default::default())
        };
        // 2026-11-22 09:00 in Shanghai is 01:00 in London.
        let morning = 1_795_309_200_000;
        assert_eq!(office.opens("", morning), None, "without hours it is open");
        let opens = morning + 8 * 3_600_000;
        assert_eq!(office.opens("london", morning), Some(Some(opens)));
        assert_eq!(office.turns("london", morning), Some(opens));
        assert_eq!(office.turns("london", opens), Some(opens + 9 * 3_600_000));
        assert_eq!(office.turns("", morning), None);
        let told = office.closed("london", morning, Lang::En);
        assert_eq!(told.as_deref(), Some("Closed. Back on 22 November, 09:00."));
        assert_eq!(office.opens("gone", morning), None, "it is everybody's");
    }

    #[test]
    fn where_nobody_ever_comes_no_time_is_promised() {
        let office = office(Default::default());
        assert_eq!(office.closed("", 0, Lang::Zh).as_deref(), Some("下班了。"));
    }
}
