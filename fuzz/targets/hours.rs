//! Any table of shifts, holidays and a time zone says of any instant when it changes next, and that is so.
//!
//! Input: a line with a zone, a line with an instant in seconds, then lines `DAY SHIFT SHIFT …`, a day being
//! 1 (Monday) to 7 or a date.
#![no_main]

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use kefu_hours::{Hours, Shift, State};
use libfuzzer_sys::fuzz_target;

const LINES_MAX: usize = 40;
const SHIFTS_MAX: usize = 8;
/// From 2020 on, eighty years: before that, zones have left out whole days.
const FIRST_S: i64 = 1_577_836_800;
const SPAN_S: i64 = 80 * 365 * 86_400;

fuzz_target!(|bytes: &[u8]| {
    let input = String::from_utf8_lossy(bytes);
    let mut lines = input.lines().take(LINES_MAX);
    let zone = TimeZone::get(lines.next().unwrap_or_default()).unwrap_or(TimeZone::UTC);
    let second: Option<i64> = lines.next().and_then(|line| line.parse().ok());
    let second = FIRST_S + second.unwrap_or_default().rem_euclid(SPAN_S);
    let now = Timestamp::from_second(second).expect("an instant");
    let mut week = <[Vec<Shift>; 7]>::default();
    let mut exceptions = BTreeMap::new();
    for line in lines {
        let mut words = line.split_whitespace();
        let day = words.next().unwrap_or_default();
        let shifts = words.take(SHIFTS_MAX).filter_map(|word| {
            let shift: Shift = word.parse().ok()?;
            // What is read is written as people write it.
            let again = format!("{}-{}", clock(shift.from), clock(shift.to));
            assert_eq!(again.parse(), Ok(shift), "{word:?}");
            Some(shift)
        });
        let shifts = shifts.collect();
        match day.parse::<usize>() {
            Ok(day @ 1..=7) => week[day - 1] = shifts,
            _ => {
                if let Ok(date) = day.parse() {
                    exceptions.insert(date, shifts);
                }
            }
        }
    }
    let hours = Hours::new(zone, week, exceptions);
    let state = hours.at(now);
    let (State::Open { until: change } | State::Closed { opens: change }) = state;
    let Some(change) = change else { return };
    assert!(change > now);
    assert_ne!(hours.at(change).is_open(), state.is_open());
    let before = change.checked_sub(1.nanosecond()).expect("an instant");
    assert_eq!(
        hours.at(before),
        state,
        "and nothing else is said until then"
    );
});

fn clock(time: jiff::civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}
