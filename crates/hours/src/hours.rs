//! A week of shifts, with exceptions.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use crate::Shift;

/// How far ahead an opening is looked for: a year of holidays, and some.
pub const DAYS_AHEAD_MAX: u32 = 400;

/// How it is at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is open.
    Open {
        /// The first instant at which it is not; `None`: not within [`DAYS_AHEAD_MAX`].
        until: Option<Timestamp>,
    },
    /// It is closed.
    Closed {
        /// The first instant at which it is open again; `None`: not within [`DAYS_AHEAD_MAX`].
        opens: Option<Timestamp>,
    },
}

impl State {
    /// Whether it is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// When people are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    zone: TimeZone,
    /// From Monday on.
    week: [Vec<Shift>; 7],
    /// Days on which the shifts that begin are these, whatever their weekday; none: a holiday.
    exceptions: BTreeMap<Date, Vec<Shift>>,
}

impl Hours {
    /// The shifts that begin on each weekday, from Monday on, and on days that are otherwise.
    #[must_use]
    pub const fn new(
        zone: TimeZone,
        week: [Vec<Shift>; 7],
        exceptions: BTreeMap<Date, Vec<Shift>>,
    ) -> Self {
        Self {
            zone,
            week,
            exceptions,
        }
    }

    /// Where its times of day are.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// How it is at this instant.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> State {
        let today = self.zone.to_datetime(now).date();
        // A shift of yesterday may still run.
        let Ok(first) = today.yesterday() else {
            return State::Closed { opens: None };
        };
        let mut until: Option<Timestamp> = None;
        let mut day = first;
        for _ in 0..=DAYS_AHEAD_MAX {
            for (from, to) in self.of(day) {
                match until {
                    // Nothing holds it open yet: does this one, or is it the next?
                    None if to <= now => {}
                    None if from > now => return State::Closed { opens: Some(from) },
                    None => until = Some(to),
                    // One shift after another without a break is one.
                    Some(end) if from <= end => until = Some(end.max(to)),
                    Some(_) => return State::Open { until },
                }
            }
            let Ok(next) = day.tomorrow() else { break };
            // All that begins later begins after this: shifts are in order.
            if let Some(end) = until
                && self.start(next).is_some_and(|start| start > end)
            {
                return State::Open { until };
            }
            day = next;
        }
        match until {
            // Round the clock for as far as anybody looks.
            Some(_) => State::Open { until: None },
            None => State::Closed { opens: None },
        }
    }

    /// What begins on this day, in order.
    fn of(&self, day: Date) -> Vec<(Timestamp, Timestamp)> {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        let usual = self.week.get(weekday);
        let shifts = self.exceptions.get(&day).or(usual);
        let mut spans: Vec<(Timestamp, Timestamp)> = shifts
            .into_iter()
            .flatten()
            .filter_map(|shift| self.span(day, *shift))
            .collect();
        spans.sort_unstable();
        spans
    }

    /// A shift of a day on which the clocks are changed may be shorter or longer, or not be at all.
    fn span(&self, day: Date, shift: Shift) -> Option<(Timestamp, Timestamp)> {
        let last = if shift.ends_tomorrow() {
            day.checked_add(1.day()).ok()?
        } else {
            day
        };
        let at = |date: Date, time| {
            let zoned = date.to_datetime(time).to_zoned(self.zone.clone());
            zoned.ok().map(|zoned| zoned.timestamp())
        };
        let (from, to) = (at(day, shift.from)?, at(last, shift.to)?);
        (from < to).then_some((from, to))
    }

    /// The first instant of a day.
    fn start(&self, day: Date) -> Option<Timestamp> {
        let midnight = day.to_zoned(self.zone.clone()).ok()?;
        Some(midnight.timestamp())
    }
}
