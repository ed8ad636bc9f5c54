//! The tenant's time zone by name.

use jiff::{
    civil::Time,
    tz::{Offset, TimeZone},
};

/// A zone that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no time zone `{0}`: write a name of the IANA database like Asia/Shanghai, or an offset like +08:00"
)]
pub struct UnknownZone(String);

/// The zone that `text` names: of the IANA database, which the binary brings along, or a fixed
/// offset. A name is needed where clocks change.
///
/// # Errors
/// When it is neither.
pub fn time_zone(text: &str) -> Result<TimeZone, UnknownZone> {
    let text = text.trim();
    let zone = match text
        .strip_prefix('+')
        .map(|rest| (1, rest))
        .or_else(|| text.strip_prefix('-').map(|rest| (-1, rest)))
    {
        Some((sign, rest)) => offset(sign, rest),
        None => TimeZone::get(text).ok(),
    };
    zone.ok_or_else(|| UnknownZone(text.to_owned()))
}

fn offset(sign: i32, text: &str) -> Option<TimeZone> {
    let time: Time = text.parse().ok()?;
    let seconds = i32::from(time.hour()) * 3_600 + i32::from(time.minute()) * 60;
    Offset::from_seconds(sign * seconds)
        .ok()
        .map(TimeZone::fixed)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::time_zone;

    #[test]
    fn names_and_offsets_are_zones_and_nothing_else_is() {
        let noon: Timestamp = "2026-07-01T12:00:00Z".parse().expect("a time");
        for (name, hour) in [
            ("Asia/Shanghai", 20),
            ("Europe/Berlin", 14),
            ("UTC", 12),
            ("+08:00", 20),
            ("-03:30", 8),
        ] {
            let zone = time_zone(name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(zone.to_datetime(noon).hour(), hour, "{name}");
        }
        // The clock of a named zone changes, an offset's does not.
        let winter: Timestamp = "2026-01-01T12:00:00Z".parse().expect("a time");
        let berlin = time_zone("Europe/Berlin").expect("a zone");
        assert_eq!(berlin.to_datetime(winter).hour(), 13);
        for name in ["", "Mars/Olympus", "+99:00", "+8x", "上海"] {
            assert!(time_zone(name).is_err(), "{name}");
        }
    }
}
