//! A calendar day of a time zone.

use jiff::{Timestamp, tz::TimeZone};
use kefu_types::Millis;

const HOUR_MS: i64 = 3_600_000;

/// From its first instant to before the first of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// UTC milliseconds.
    pub from_ms: Millis,
    /// UTC milliseconds; not in it.
    pub until_ms: Millis,
}

impl Day {
    /// The day that this instant is in. Beyond the calendar it has 24 hours.
    #[must_use]
    pub fn of(zone: &TimeZone, at_ms: Millis) -> Self {
        Self::found(zone, at_ms).unwrap_or(Self {
            from_ms: at_ms,
            until_ms: at_ms.saturating_add(24 * HOUR_MS),
        })
    }

    fn found(zone: &TimeZone, at_ms: Millis) -> Option<Self> {
        let at = Timestamp::from_millisecond(at_ms).ok()?;
        let date = zone.to_datetime(at).date();
        let first = |date: jiff::civil::Date| {
            let zoned = date.to_zoned(zone.clone()).ok()?;
            Some(zoned.timestamp().as_millisecond())
        };
        Some(Self {
            from_ms: first(date)?,
            until_ms: first(date.tomorrow().ok()?)?,
        })
    }

    /// Whether this instant is in it.
    #[must_use]
    pub const fn holds(&self, at_ms: Millis) -> bool {
        self.from_ms <= at_ms && at_ms < self.until_ms
    }

    /// Whole hours from its beginning to an instant in it.
    #[must_use]
    pub fn hour(&self, at_ms: Millis) -> u32 {
        u32::try_from((at_ms - self.from_ms) / HOUR_MS).unwrap_or(0)
    }
}
