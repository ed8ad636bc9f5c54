//! The day on which intents are valid or not.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kefu_bot::time_zone;
use kefu_config::DialogConfig;
use kefu_types::Clock;

use crate::exit::OrUnusable as _;

/// The tenant's day, by the configured zone: what `valid_from` and `valid_to` are held against. The
/// commands and the service must agree on it, or a set that was checked is not the one that serves.
///
/// # Errors
/// When `dialog.time_zone` names no zone.
pub fn today(config: &DialogConfig, clock: &dyn Clock) -> anyhow::Result<Date> {
    let zone = time_zone(&config.time_zone).or_unusable()?;
    Ok(day(&zone, clock))
}

/// The day that has begun in `zone`.
pub fn day(zone: &TimeZone, clock: &dyn Clock) -> Date {
    let now = Timestamp::from_millisecond(clock.wall_ms()).unwrap_or_default();
    zone.to_datetime(now).date()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use kefu_config::DialogConfig;
    use kefu_types::ManualClock;

    use super::today;

    /// 2026-11-12 18:30 UTC.
    const EVENING_MS: i64 = 1_794_508_200_000;

    #[test]
    fn the_day_is_that_of_the_configured_zone() {
        let clock = ManualClock::new(EVENING_MS);
        let of = |name: &str| {
            let config = DialogConfig {
                time_zone: name.to_owned(),
                ..DialogConfig::default()
            };
            today(&config, &clock)
        };
        for (zone, day) in [
            ("Asia/Shanghai", date(2026, 11, 13)),
            ("UTC", date(2026, 11, 12)),
            ("America/Los_Angeles", date(2026, 11, 12)),
            ("+05:30", date(2026, 11, 13)),
            ("-05:30", date(2026, 11, 12)),
        ] {
            assert_eq!(of(zone).ok(), Some(day), "{zone}");
        }
        let error = of("Mars/Olympus").expect_err("no such zone");
        assert!(error.to_string().contains("Mars/Olympus"), "{error}");
    }
}
