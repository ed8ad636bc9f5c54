//! Opening hours, by example and by property.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use kefu_hours::{Hours, Shift, State};
use proptest::prelude::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("in the binary")
}

fn shifts(texts: &[&str]) -> Vec<Shift> {
    texts
        .iter()
        .map(|text| text.parse().expect("a shift"))
        .collect()
}

/// Monday to Friday, with a break at noon.
fn office(zone_name: &str, exceptions: &[(&str, &[&str])]) -> Hours {
    let mut week = <[Vec<Shift>; 7]>::default();
    for day in week.iter_mut().take(5) {
        *day = shifts(&["13:30-18:00", "09:00-12:00"]);
    }
    let exceptions = exceptions
        .iter()
        .map(|(day, texts)| (day.parse().expect("a day"), shifts(texts)))
        .collect();
    Hours::new(zone(zone_name), week, exceptions)
}

fn at(hours: &Hours, local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.parse().expect("a local time");
    local
        .to_zoned(hours.zone().clone())
        .expect("there is such a time")
        .timestamp()
}

#[track_caller]
fn open(hours: &Hours, now: &str, until: &str) {
    let until = Some(at(hours, until));
    assert_eq!(hours.at(at(hours, now)), State::Open { until }, "{now}");
}

#[track_caller]
fn closed(hours: &Hours, now: &str, opens: &str) {
    let opens = Some(at(hours, opens));
    assert_eq!(hours.at(at(hours, now)), State::Closed { opens }, "{now}");
}

#[test]
fn a_week_of_split_shifts() {
    let hours = office("Asia/Shanghai", &[]);
    open(&hours, "2026-11-20T09:00", "2026-11-20T12:00");
    open(&hours, "2026-11-20T17:59:59", "2026-11-20T18:00");
    closed(&hours, "2026-11-20T12:00", "2026-11-20T13:30");
    closed(&hours, "2026-11-20T18:00", "2026-11-23T09:00");
    closed(&hours, "2026-11-22T10:00", "2026-11-23T09:00");
}

#[test]
fn holidays_are_closed_and_a_working_saturday_is_open() {
    let hours = office(
        "Asia/Shanghai",
        &[
            ("2026-10-01", &[]),
            ("2026-10-02", &[]),
            ("2026-10-10", &["10:00-16:00"]),
        ],
    );
    closed(&hours, "2026-09-30T18:00", "2026-10-05T09:00");
    closed(&hours, "2026-10-01T10:00", "2026-10-05T09:00");
    open(&hours, "2026-10-10T10:00", "2026-10-10T16:00");
    closed(&hours, "2026-10-09T18:00", "2026-10-10T10:00");
}

#[test]
fn a_night_shift_runs_into_the_next_day_even_into_a_holiday() {
    let mut week = <[Vec<Shift>; 7]>::default();
    week[0] = shifts(&["22:00-06:00"]);
    let exceptions = BTreeMap::from([("2026-11-24".parse().expect("a day"), Vec::new())]);
    let hours = Hours::new(zone("Asia/Shanghai"), week, exceptions);
    open(&hours, "2026-11-23T23:00", "2026-11-24T06:00");
    open(&hours, "2026-11-24T05:59", "2026-11-24T06:00");
    closed(&hours, "2026-11-24T06:00", "2026-11-30T22:00");
}

#[test]
fn round_the_clock_never_closes_and_nothing_never_opens() {
    let now: Timestamp = "2026-11-20T00:00:00Z".parse().expect("an instant");
    let always = std::array::from_fn(|_| shifts(&["00:00-24:00"]));
    let always = Hours::new(zone("Asia/Shanghai"), always, BTreeMap::new());
    assert_eq!(always.at(now), State::Open { until: None });
    let never = Hours::new(TimeZone::UTC, Default::default(), BTreeMap::new());
    assert_eq!(never.at(now), State::Closed { opens: None });
}

#[test]
fn shifts_follow_the_clocks_that_are_changed() {
    // In Berlin the clocks go from 02:00 to 03:00 on 2026-03-29, and from 03:00 to 02:00 on 2026-10-25.
    let week = std::array::from_fn(|_| shifts(&["01:00-04:00"]));
    let hours = Hours::new(zone("Europe/Berlin"), week, BTreeMap::new());
    let length = |day: &str| {
        let (from, to) = (
            at(&hours, &format!("{day}T01:00")),
            at(&hours, &format!("{day}T04:00")),
        );
        assert_eq!(hours.at(from), State::Open { until: Some(to) });
        to.duration_since(from).as_hours()
    };
    assert_eq!(
        (
            length("2026-03-28"),
            length("2026-03-29"),
            length("2026-10-25")
        ),
        (3, 2, 4)
    );
}

const ZONES: &[&str] = &[
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/St_Johns",
    "Pacific/Apia",
    "Asia/Kathmandu",
];

fn any_shift() -> impl Strategy<Value = Shift> {
    (0..24_i8, 0..60_i8, 0..24_i8, 0..60_i8).prop_map(|(a, b, c, d)| {
        format!("{a:02}:{b:02}-{c:02}:{d:02}")
            .parse()
            .expect("a shift")
    })
}

fn any_hours() -> impl Strategy<Value = Hours> {
    let zones = proptest::sample::select(ZONES);
    let day = || proptest::collection::vec(any_shift(), 0..3);
    let week = proptest::array::uniform7(day());
    let exceptions = proptest::collection::btree_map(0..60_i64, day(), 0..6);
    (zones, week, exceptions).prop_map(|(name, week, exceptions)| {
        let first: Date = "2026-03-01".parse().expect("a day");
        let exceptions = exceptions
            .into_iter()
            .map(|(offset, shifts)| (first.checked_add(offset.days()).expect("a day"), shifts))
            .collect();
        Hours::new(zone(name), week, exceptions)
    })
}

fn any_instant() -> impl Strategy<Value = Timestamp> {
    // Two months from 2026-03-01, with a change of the clocks in most zones.
    (0..60_i64 * 86_400)
        .prop_map(|s| Timestamp::from_second(1_772_323_200 + s).expect("an instant"))
}

proptest! {
    #[test]
    fn what_it_says_of_the_next_change_is_so(hours in any_hours(), now in any_instant()) {
        let state = hours.at(now);
        let change = match state {
            State::Open { until } => until,
            State::Closed { opens } => opens,
        };
        let Some(change) = change else { return Ok(()) };
        prop_assert!(change > now);
        prop_assert_eq!(hours.at(change).is_open(), !state.is_open());
        let before = change.checked_sub(1.nanosecond()).expect("an instant");
        prop_assert_eq!(hours.at(before), state, "and nothing else is said until then");
    }

    #[test]
    fn nothing_changes_in_between(
        hours in any_hours(),
        now in any_instant(),
        share in 0.0..1.0_f64,
    ) {
        let state = hours.at(now);
        let (State::Open { until: Some(change) } | State::Closed { opens: Some(change) }) = state else {
            return Ok(());
        };
        let seconds = change.as_second() - now.as_second();
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let part = (seconds as f64 * share) as i64;
        let between = Timestamp::from_second(now.as_second() + part).expect("an instant");
        prop_assume!(between >= now && between < change);
        prop_assert_eq!(hours.at(between), state);
    }

    #[test]
    fn no_instant_panics(hours in any_hours(), second in -377_705_023_201..253_402_207_200_i64) {
        let _ = hours.at(Timestamp::from_second(second).expect("an instant"));
    }
}
