use std::{collections::BTreeMap, time::Duration};

use jiff::tz::TimeZone;
use kefu_hours::Hours;
use kefu_proto::v1::SlaState;
use kefu_types::TenantId;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::{Deadline, Promise, Sla, between, millis};
use crate::model::Group;

fn every_day(shift: &str) -> Hours {
    let week = std::array::from_fn(|_| vec![shift.parse().expect("a shift")]);
    Hours::new(TimeZone::UTC, week, BTreeMap::new())
}

const HOUR_MS: i64 = 3_600_000;
/// 2026-11-22 00:00 UTC.
const MIDNIGHT_MS: i64 = 1_795_305_600_000;

fn promises(first_reply_s: u64) -> Sla {
    Sla {
        first_reply: Duration::from_secs(first_reply_s),
        ..Sla::default()
    }
}

#[test]
fn the_hours_in_which_nobody_is_there_do_not_count() {
    let hours = every_day("09:00-18:00");
    let sla = promises(2 * 3_600);
    let due = |since_ms| sla.due_at(Promise::FirstReply, since_ms, Some(&hours));
    let at = |hour: i64| MIDNIGHT_MS + hour * HOUR_MS;
    assert_eq!(due(at(10)), Some(at(12)));
    // An hour of today, an hour of tomorrow.
    assert_eq!(due(at(17)), Some(at(24 + 10)));
    assert_eq!(due(at(3)), Some(at(11)));
    assert_eq!(sla.due_at(Promise::FirstReply, at(17), None), Some(at(19)));
}

#[test]
fn nothing_is_due_where_nothing_is_promised_or_nobody_ever_comes() {
    assert_eq!(promises(0).due_at(Promise::FirstReply, 5, None), None);
    let nobody = Hours::new(TimeZone::UTC, Default::default(), BTreeMap::new());
    let due = promises(60).due_at(Promise::FirstReply, MIDNIGHT_MS, Some(&nobody));
    assert_eq!(due, None);
}

#[test]
fn a_group_promises_what_it_says_and_else_what_everybody_does() {
    let group = |first_reply_s, resolution_minutes| Group {
        first_reply_s,
        resolution_minutes,
        ..Group::default_of(TenantId(1))
    };
    let everybodys = Sla::default();
    assert_eq!(everybodys.in_group(&group(None, None)), everybodys);
    let own = everybodys.in_group(&group(Some(0), Some(240)));
    assert_eq!(own.due_at(Promise::FirstReply, 5, None), None);
    assert_eq!(own.due_at(Promise::Resolution, 5, None), Some(14_400_005));
    assert_eq!(own.warn_percent, everybodys.warn_percent);
}

#[test]
fn time_between_two_instants_is_counted_in_open_hours() {
    let hours = every_day("09:00-18:00");
    let at = |hour: i64| MIDNIGHT_MS + hour * HOUR_MS;
    for (from, until, open) in [(10, 12, 2), (17, 24 + 10, 2), (3, 8, 0), (0, 48, 18)] {
        let counted = between(at(from), at(until), Some(&hours));
        assert_eq!(counted, open * HOUR_MS, "{from} to {until}");
    }
    assert_eq!(between(at(17), at(34), None), 17 * HOUR_MS);
    assert_eq!(between(at(5), at(3), Some(&hours)), 0);
    let nobody = Hours::new(TimeZone::UTC, Default::default(), BTreeMap::new());
    assert_eq!(between(at(0), at(99), Some(&nobody)), 0);
}

#[test]
fn a_promise_is_warned_of_before_it_breaks() {
    let deadline = Deadline {
        warn_at_ms: 80,
        due_at_ms: 100,
    };
    let states = [79, 80, 100, 101].map(|now_ms| deadline.state(now_ms));
    assert_eq!(
        states,
        [
            SlaState::Running,
            SlaState::Warned,
            SlaState::Warned,
            SlaState::Broken
        ]
    );
}

proptest! {
    /// What is due later is due no earlier, and between now and then as much is open as was promised.
    #[test]
    fn open_time_is_counted_once(since in 0i64..10_000_000, s in 1u64..200_000, later in any::<u16>()) {
        let hours = every_day("22:00-06:30");
        let sla = promises(s);
        let since_ms = MIDNIGHT_MS + since;
        let due = sla.due_at(Promise::FirstReply, since_ms, Some(&hours)).expect("a time");
        let after = sla.due_at(Promise::FirstReply, since_ms + i64::from(later), Some(&hours));
        prop_assert!(after.expect("a time") >= due);
        // Eight and a half hours of every day are open: counted minute by minute, by the clock alone.
        let is_open = |ms: i64| {
            let of_day = ms.rem_euclid(24 * HOUR_MS);
            !(13 * HOUR_MS / 2..22 * HOUR_MS).contains(&of_day)
        };
        let step = 10_000;
        let mut open = 0;
        let mut at = since_ms;
        while at < due {
            let next = due.min(at - at.rem_euclid(step) + step);
            if is_open(at) {
                open += next - at;
            }
            at = next;
        }
        prop_assert_eq!(open, millis(sla.first_reply));
        prop_assert_eq!(between(since_ms, due, Some(&hours)), open);
    }
}
