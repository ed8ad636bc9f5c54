use std::collections::BTreeSet;

use kefu_types::{AgentId, ConversationId};
use proptest::prelude::*;

use super::{Assignment, Desk, Place, Refused};
use crate::{lanes::Lane, model::Rank};

/// How many of the first lane may pass.
const AHEAD: u32 = 2;

const fn rank(ticket: u64) -> Rank {
    Rank {
        lane: Lane::Normal.number(),
        fresh: true,
        ticket,
    }
}

fn desk(capacities: &[(u64, u32)]) -> Desk {
    let mut desk = Desk::new(AHEAD);
    for &(agent, capacity) in capacities {
        desk.set_seat(AgentId(agent), true, capacity);
        desk.set_online(AgentId(agent), true);
    }
    desk
}

fn queue(desk: &mut Desk, conversation: u64, rank: Rank) {
    desk.observe(ConversationId(conversation), Place::Queued(rank));
}

fn given(decisions: &[Assignment]) -> Vec<(u64, u64)> {
    decisions
        .iter()
        .map(|given| (given.conversation.0, given.agent.0))
        .collect()
}

#[test]
fn the_least_loaded_is_chosen_and_of_those_the_one_idle_longest() {
    let mut desk = desk(&[(1, 2), (2, 2)]);
    for n in 1..=5 {
        queue(&mut desk, n, rank(n));
    }
    assert_eq!(given(&desk.decide()), [(1, 1), (2, 2), (3, 1), (4, 2)]);
    assert_eq!(
        desk.place(ConversationId(5)).0,
        5,
        "reserved ones keep their place until they are served"
    );
}

#[test]
fn whoever_lost_an_agent_goes_before_all_who_were_never_served() {
    let mut desk = Desk::new(AHEAD);
    queue(&mut desk, 1, rank(1));
    queue(
        &mut desk,
        2,
        Rank {
            fresh: false,
            ..rank(8)
        },
    );
    queue(
        &mut desk,
        3,
        Rank {
            fresh: false,
            ..rank(9)
        },
    );
    let order: Vec<u64> = desk.places().iter().map(|(id, ..)| id.0).collect();
    assert_eq!(order, [2, 3, 1]);
}

#[test]
fn an_agent_who_is_away_offline_or_full_gets_nothing() {
    let mut desk = desk(&[(1, 1), (2, 1), (3, 0)]);
    desk.set_seat(AgentId(1), false, 1);
    desk.set_online(AgentId(2), false);
    queue(&mut desk, 1, rank(1));
    assert_eq!(desk.decide(), []);
    assert_eq!(
        desk.reserve(ConversationId(1), AgentId(3)),
        Err(Refused::Full)
    );
}

#[test]
fn a_reservation_is_exclusive_until_it_is_released() {
    let mut desk = desk(&[(1, 5), (2, 5)]);
    queue(&mut desk, 7, rank(1));
    assert_eq!(desk.reserve(ConversationId(7), AgentId(1)), Ok(()));
    assert_eq!(
        desk.reserve(ConversationId(7), AgentId(2)),
        Err(Refused::Reserved)
    );
    assert_eq!(desk.decide(), []);
    desk.release(ConversationId(7));
    assert_eq!(
        given(&desk.decide()),
        [(7, 2)],
        "the other one has been idle longer"
    );
}

#[test]
fn the_wait_is_estimated_from_recent_talks_and_open_places() {
    let mut desk = desk(&[(1, 2)]);
    queue(&mut desk, 1, rank(1));
    queue(&mut desk, 2, rank(2));
    assert_eq!(
        desk.place(ConversationId(2)),
        (2, 0),
        "nothing is known yet"
    );
    desk.handled(std::time::Duration::from_secs(60));
    assert_eq!(desk.place(ConversationId(2)), (2, 60));
}

#[test]
fn vips_go_first_and_let_somebody_else_by_after_every_few() {
    let mut desk = desk(&[(1, 100)]);
    for n in 1..=3 {
        queue(&mut desk, n, rank(n));
    }
    for n in 11..=15 {
        let lane = Lane::Vip.number();
        queue(&mut desk, n, Rank { lane, ..rank(n) });
    }
    let order: Vec<u64> = desk.places().iter().map(|(id, ..)| id.0).collect();
    assert_eq!(order, [11, 12, 1, 13, 14, 2, 15, 3]);
    assert_eq!(desk.place(ConversationId(2)).0, 6);
    let served: Vec<u64> = given(&desk.decide()).iter().map(|(id, _)| *id).collect();
    assert_eq!(served, order);
}

#[test]
fn what_passed_before_counts_for_who_comes_next() {
    let mut desk = desk(&[(1, 1)]);
    let vip = |ticket| Rank {
        lane: Lane::Vip.number(),
        ..rank(ticket)
    };
    queue(&mut desk, 1, rank(1));
    for n in 2..=3 {
        queue(&mut desk, n, vip(n));
        assert_eq!(given(&desk.decide()), [(n, 1)]);
        desk.observe(ConversationId(n), Place::Owned(AgentId(1)));
        desk.observe(ConversationId(n), Place::Elsewhere);
    }
    queue(&mut desk, 4, vip(4));
    assert_eq!(given(&desk.decide()), [(1, 1)], "two have passed");
}

#[derive(Debug, Clone)]
enum Step {
    Queue(u64, bool, Lane),
    Bot(u64),
    Seat(u64, bool, u32),
    Online(u64, bool),
    Claim(u64, u64),
    Decide(Vec<bool>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let conversation = 1..12_u64;
    let agent = 1..5_u64;
    let lane = prop_oneof![Just(Lane::Vip), Just(Lane::Normal)];
    let step = prop_oneof![
        4 => (conversation.clone(), any::<bool>(), lane).prop_map(|(c, fresh, lane)| Step::Queue(c, fresh, lane)),
        2 => conversation.clone().prop_map(Step::Bot),
        2 => (agent.clone(), any::<bool>(), 0..4_u32).prop_map(|(a, free, n)| Step::Seat(a, free, n)),
        2 => (agent.clone(), any::<bool>()).prop_map(|(a, online)| Step::Online(a, online)),
        2 => (conversation, agent).prop_map(|(c, a)| Step::Claim(c, a)),
        4 => proptest::collection::vec(any::<bool>(), 12).prop_map(Step::Decide),
    ];
    proptest::collection::vec(step, 1..80)
}

/// The decision becomes true or is refused, as the store may do.
fn settle(desk: &mut Desk, given: Assignment, applied: bool) {
    if applied {
        desk.observe(given.conversation, Place::Owned(given.agent));
    } else {
        desk.release(given.conversation);
    }
}

proptest! {
    #[test]
    fn capacity_order_and_single_ownership_hold_under_any_schedule(steps in steps()) {
        let mut desk = Desk::new(AHEAD);
        let mut tickets = 0;
        for step in steps {
            match step {
                Step::Queue(c, fresh, lane) => {
                    tickets += 1;
                    let rank = Rank { lane: lane.number(), fresh, ticket: tickets };
                    desk.observe(ConversationId(c), Place::Queued(rank));
                }
                Step::Bot(c) => { desk.observe(ConversationId(c), Place::Elsewhere); }
                Step::Seat(a, free, capacity) => desk.set_seat(AgentId(a), free, capacity),
                Step::Online(a, online) => { desk.set_online(AgentId(a), online); }
                Step::Claim(c, a) => {
                    let (conversation, agent) = (ConversationId(c), AgentId(a));
                    let room = desk.seat(agent).is_some_and(super::Seat::has_room);
                    let taken = desk.reserve(conversation, agent);
                    prop_assert!(taken.is_err() || room);
                    if taken.is_ok() { settle(&mut desk, Assignment { conversation, agent }, true); }
                }
                Step::Decide(luck) => {
                    let order: Vec<_> = desk.places().iter().map(|(id, ..)| *id).collect();
                    let decisions = desk.decide();
                    let served: Vec<_> = decisions.iter().map(|given| given.conversation).collect();
                    prop_assert_eq!(&order[..served.len()], &served[..], "the queue is served in order");
                    for given in &decisions {
                        let seat = desk.seat(given.agent).expect("a seat was chosen");
                        prop_assert!(seat.online && seat.free && seat.load() <= seat.capacity);
                    }
                    if served.len() < order.len() {
                        let idle = (1..5).filter_map(|a| desk.seat(AgentId(a))).any(super::Seat::is_open);
                        prop_assert!(!idle, "nobody waits while a seat is open");
                    }
                    for (given, applied) in decisions.into_iter().zip(luck) { settle(&mut desk, given, applied); }
                }
            }
            for (id, position, _) in desk.places() {
                prop_assert_eq!(desk.place(id).0, position, "one place, however it is asked for");
            }
            let mut seen = BTreeSet::new();
            for seat in (1..5).filter_map(|a| desk.seat(AgentId(a))) {
                prop_assert!(seat.owned.iter().all(|id| seen.insert(*id)), "one owner each");
                prop_assert!(seat.reserved.is_empty());
            }
            prop_assert!(desk.places().iter().all(|(id, ..)| !seen.contains(id)), "queued or owned, not both");
        }
    }
}
