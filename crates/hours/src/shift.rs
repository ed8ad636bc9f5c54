//! One shift: from a time of day to another.

use std::str::FromStr;

use jiff::civil::Time;

/// From a time of day, to one after it or, at or before it, on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// The first minute.
    pub from: Time,
    /// The minute after the last.
    pub to: Time,
}

/// A shift that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no shift: write it as \"09:00-18:00\"; \"00:00-24:00\" is a whole day")]
pub struct BadShift(pub String);

impl Shift {
    /// Whether it ends on the next day.
    #[must_use]
    pub fn ends_tomorrow(&self) -> bool {
        self.to <= self.from
    }
}

impl FromStr for Shift {
    type Err = BadShift;

    fn from_str(text: &str) -> Result<Self, BadShift> {
        let bad = || BadShift(text.to_owned());
        let (from, to) = text.split_once('-').ok_or_else(bad)?;
        let from = time(from).ok_or_else(bad)?;
        // Midnight at the end of a day is that at the beginning of the next.
        let to = match to.trim() {
            "24:00" => Time::midnight(),
            to => time(to).ok_or_else(bad)?,
        };
        Ok(Self { from, to })
    }
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::Shift;

    #[test]
    fn shifts_are_read_as_people_write_them() {
        for (text, tomorrow) in [
            ("09:00-18:00", false),
            ("09:00 - 12:30", false),
            ("22:00-06:00", true),
            ("00:00-24:00", true),
            ("18:00-24:00", true),
        ] {
            let shift: Shift = text.parse().expect(text);
            assert_eq!(shift.ends_tomorrow(), tomorrow, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "09:00",
            "9:00-18:00",
            "09:00-25:00",
            "09:60-10:00",
            "24:00-06:00",
            "a-b",
        ] {
            assert!(text.parse::<Shift>().is_err(), "{text}");
        }
    }
}
