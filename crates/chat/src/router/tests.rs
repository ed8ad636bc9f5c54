//! What a desk does, told by examples; laws under any schedule and in a whole small world beside.

mod explore;
mod fold;
mod groups;
mod laws;
mod offers;
mod properties;

use std::collections::BTreeMap;

use kefu_types::{AgentId, ConversationId, GroupId};

use super::{Assignment, Desk, DeskLimits, Members, Place, Refused, Terms, Time, Waiting};
use crate::{lanes::Lane, model::Rank};

/// How many of the first lane may pass.
const AHEAD: u32 = 2;
/// Milliseconds.
const OFFER: Time = 20_000;
const AGAIN: Time = 60_000;

const LIMITS: DeskLimits = DeskLimits {
    vip_ahead_max: AHEAD,
    offer_ms: OFFER,
    offer_again_ms: AGAIN,
    offers_missed_max: 2,
};

const A: AgentId = AgentId(1);
const B: AgentId = AgentId(2);
const SALES: GroupId = GroupId(7);

const fn rank(ticket: u64) -> Rank {
    Rank {
        lane: Lane::Normal.number(),
        fresh: true,
        ticket,
    }
}

const fn free(capacity: u32) -> Terms {
    Terms {
        free: true,
        capacity,
        manual: false,
    }
}

const fn owned(agent: AgentId) -> Place {
    Place::Owned {
        agent,
        group: GroupId(0),
    }
}

fn desk(capacities: &[(u64, u32)]) -> Desk {
    let mut desk = Desk::new(LIMITS);
    for &(agent, capacity) in capacities {
        desk.set_seat(AgentId(agent), free(capacity));
        desk.set_online(AgentId(agent), true);
    }
    desk
}

/// Members with their levels.
fn listed(levels: &[(AgentId, u8)]) -> Members {
    Members::Listed(levels.iter().copied().collect::<BTreeMap<_, _>>())
}

fn queue(desk: &mut Desk, conversation: u64, rank: Rank) {
    queue_in(desk, conversation, rank, GroupId(0));
}

fn queue_in(desk: &mut Desk, conversation: u64, rank: Rank, group: GroupId) {
    let waiting = Waiting {
        rank,
        group,
        since: 0,
        last: None,
    };
    desk.observe(ConversationId(conversation), Place::Queued(waiting));
}

fn order(desk: &Desk, group: GroupId) -> Vec<u64> {
    desk.places(group).map(|(id, ..)| id.0).collect()
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
    assert_eq!(given(&desk.decide(0)), [(1, 1), (2, 2), (3, 1), (4, 2)]);
    assert_eq!(
        desk.place(ConversationId(5)).0,
        5,
        "reserved ones keep their place until they are served"
    );
}

#[test]
fn whoever_lost_an_agent_goes_before_all_who_were_never_served() {
    let mut desk = Desk::new(LIMITS);
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
    assert_eq!(order(&desk, GroupId(0)), [2, 3, 1]);
}

#[test]
fn an_agent_who_is_away_offline_or_full_gets_nothing() {
    let mut desk = desk(&[(1, 1), (2, 1), (3, 0)]);
    desk.set_seat(A, Terms::default());
    desk.set_online(AgentId(2), false);
    queue(&mut desk, 1, rank(1));
    assert_eq!(desk.decide(0), []);
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
    assert_eq!(desk.decide(0), []);
    desk.release(ConversationId(7));
    assert_eq!(
        given(&desk.decide(0)),
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
    desk.handled(GroupId(0), std::time::Duration::from_secs(60));
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
    let order = order(&desk, GroupId(0));
    assert_eq!(order, [11, 12, 1, 13, 14, 2, 15, 3]);
    assert_eq!(desk.place(ConversationId(2)).0, 6);
    let served: Vec<u64> = given(&desk.decide(0)).iter().map(|(id, _)| *id).collect();
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
        assert_eq!(given(&desk.decide(0)), [(n, 1)]);
        desk.observe(ConversationId(n), owned(A));
        desk.observe(ConversationId(n), Place::Elsewhere);
    }
    queue(&mut desk, 4, vip(4));
    assert_eq!(given(&desk.decide(0)), [(1, 1)], "two have passed");
}
