//! The numbers against docs/metrics.md: a naive second implementation of its sentences, over random
//! histories of a small world.

mod naive;
mod world;

use jiff::tz::TimeZone;
use kefu_proto::v1::{self, history_event::Kind};
use proptest::prelude::{any, prop_assert_eq, proptest};
use proptest::{collection::vec, strategy::Strategy};

use super::{Day, Tally};
use world::{BEGAN_MS, World};

fn shanghai() -> TimeZone {
    TimeZone::get("Asia/Shanghai").expect("in the binary")
}

fn of(events: &[v1::HistoryEvent], now_ms: i64) -> v1::Board {
    let mut tally = Tally::new(shanghai(), BEGAN_MS);
    events.iter().for_each(|event| tally.take(event));
    tally.board(now_ms)
}

/// What is done, to whom, and how much later.
fn doings() -> impl Strategy<Value = Vec<(u8, u8, u32)>> {
    // Over a day or three: midnights are crossed.
    vec((any::<u8>(), any::<u8>(), 0u32..1_500_000), 0..250)
}

proptest! {
    #[test]
    fn every_number_is_what_its_sentence_says(doings in doings(), later in 0i64..100_000_000) {
        let mut world = World::default();
        for (what, whom, later_ms) in doings {
            world.does(what, whom, i64::from(later_ms));
        }
        let now_ms = world.now_ms + later;
        let board = of(&world.events, now_ms);
        let day = Day::of(&shanghai(), now_ms);
        prop_assert_eq!((board.day_from_ms, board.day_until_ms), (day.from_ms, day.until_ms));
        prop_assert_eq!(naive::groups(&world.events, now_ms), board.groups.clone());
        prop_assert_eq!(naive::day(&world.events, day), board.day.unwrap_or_default());
        prop_assert_eq!(naive::hours(&world.events, day), board.hours.clone());
        for agent in &board.agents {
            let expected = naive::agent(&world.events, agent.agent_id, day, now_ms);
            prop_assert_eq!(&expected, agent);
        }
        let groups = &board.groups;
        let sum = |count: fn(&v1::BoardGroup) -> u32| -> u32 { groups.iter().map(count).sum() };
        prop_assert_eq!(sum(|group| group.waiting), board.waiting);
        prop_assert_eq!(sum(|group| group.overdue), board.overdue);
        prop_assert_eq!(sum(|group| group.reply_overdue), board.reply_overdue);
        prop_assert_eq!(sum(|group| group.resolution_overdue), board.resolution_overdue);
    }

    /// Asking in between changes nothing: a board that is looked at all day says the same.
    #[test]
    fn looking_changes_nothing(doings in doings(), every in 1usize..9) {
        let mut world = World::default();
        for (what, whom, later_ms) in doings {
            world.does(what, whom, i64::from(later_ms));
        }
        let mut looked_at = Tally::new(shanghai(), BEGAN_MS);
        for (at, event) in world.events.iter().enumerate() {
            looked_at.take(event);
            if at % every == 0 {
                looked_at.board(event.at_ms);
            }
        }
        prop_assert_eq!(looked_at.board(world.now_ms), of(&world.events, world.now_ms));
    }

    /// A core that begins in the middle of a day reads the day alone, and counts the same day.
    #[test]
    fn a_day_is_counted_from_its_own_events(doings in doings()) {
        let mut world = World::default();
        for (what, whom, later_ms) in doings {
            world.does(what, whom, i64::from(later_ms));
        }
        world.restarts();
        let day = Day::of(&shanghai(), world.now_ms);
        let own: Vec<_> = world.events.iter().filter(|event| day.holds(event.at_ms)).cloned().collect();
        let (whole, own) = (of(&world.events, world.now_ms), of(&own, world.now_ms));
        prop_assert_eq!(whole.day, own.day);
        prop_assert_eq!(whole.groups, own.groups);
        prop_assert_eq!((whole.waiting, whole.longest_since_ms), (own.waiting, own.longest_since_ms));
        prop_assert_eq!(whole.overdue, own.overdue);
    }
}

fn event(kind: Kind, at_ms: i64, value: i64) -> v1::HistoryEvent {
    v1::HistoryEvent {
        kind: kind.into(),
        at_ms,
        conversation_id: u64::try_from(at_ms - BEGAN_MS).unwrap_or(0),
        agent_id: 7,
        value,
        ..Default::default()
    }
}

#[test]
fn a_percentile_is_a_wait_that_somebody_had() {
    let waits = [1_999, 61_000, 2_000, 3_500, 900_000];
    let events: Vec<_> = (1..)
        .zip(waits)
        .map(|(n, waited_ms)| event(Kind::Assigned, BEGAN_MS + n, waited_ms))
        .collect();
    let day = of(&events, BEGAN_MS + 10).day.unwrap_or_default();
    assert_eq!(
        (day.wait_p50_s, day.wait_p90_s, day.wait_max_s),
        (3, 900, 900)
    );
}

#[test]
fn a_promise_is_overdue_from_its_time_on_until_it_is_fulfilled() {
    let talk = |kind, at_ms: i64, value: i64| v1::HistoryEvent {
        conversation_id: 1,
        group_id: 3,
        ..event(kind, BEGAN_MS + at_ms, value)
    };
    let events = [
        talk(Kind::Queued, 0, 0),
        talk(Kind::ReplyDue, 0, BEGAN_MS + 60_000),
        talk(Kind::ResolutionDue, 0, BEGAN_MS + 90_000),
        talk(Kind::Assigned, 30_000, 30_000),
        talk(Kind::FirstReply, 100_000, 100_000),
        talk(Kind::WrapUp, 120_000, 90_000),
    ];
    let late = |many: usize, now_ms: i64| {
        let board = of(&events[..many], BEGAN_MS + now_ms);
        let group = board.groups.iter().find(|group| group.group_id == 3);
        let in_group = group.map_or(0, |group| group.overdue);
        assert_eq!(in_group, board.overdue);
        (board.overdue, board.reply_overdue, board.resolution_overdue)
    };
    assert_eq!(late(4, 60_000), (0, 0, 0), "due now is kept still");
    assert_eq!(late(4, 60_001), (1, 1, 0));
    assert_eq!(late(4, 90_001), (1, 1, 1), "one conversation");
    assert_eq!(late(5, 100_000), (1, 0, 1));
    assert_eq!(late(6, 120_000), (0, 0, 0));
}

#[test]
fn at_midnight_of_the_zone_everything_counted_begins_anew() {
    let day = Day::of(&shanghai(), BEGAN_MS);
    let online = event(Kind::Online, day.until_ms - 60_000, 1);
    let closed = event(Kind::Closed, day.until_ms - 1, 1);
    let events = [online, closed];
    let before = of(&events, day.until_ms - 1);
    let after = of(&events, day.until_ms + 5_000);
    let closed = |board: &v1::Board| board.day.unwrap_or_default().closed;
    assert_eq!((closed(&before), closed(&after)), (1, 0));
    let free = |board: &v1::Board| {
        board
            .agents
            .first()
            .map(|agent| (agent.free_ms, agent.online))
    };
    assert_eq!(free(&before), Some((59_999, true)));
    assert_eq!(free(&after), Some((5_000, true)));
}
