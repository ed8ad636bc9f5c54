//! Groups: who serves them, who helps, how they choose.

use kefu_types::{ConversationId, GroupId};

use super::*;
use crate::router::{Overflow, Rules, Strategy};

const SUPPORT: GroupId = GroupId(8);

fn with_strategy(strategy: Strategy) -> Rules {
    Rules {
        strategy,
        ..Rules::default()
    }
}

fn vip(ticket: u64) -> Rank {
    Rank {
        lane: Lane::Vip.number(),
        ..rank(ticket)
    }
}

#[test]
fn only_members_serve_a_group_and_each_line_has_its_own_places() {
    let mut desk = desk(&[(1, 1), (2, 1)]);
    desk.set_group(SALES, Rules::default(), listed(&[(B, 1)]));
    queue_in(&mut desk, 1, rank(1), SALES);
    queue_in(&mut desk, 2, rank(2), SALES);
    queue(&mut desk, 3, rank(3));
    assert_eq!(given(&desk.decide(0)), [(1, 2), (3, 1)]);
    assert_eq!(desk.place(ConversationId(2)).0, 2);
    assert_eq!(desk.place(ConversationId(3)).0, 1);
}

#[test]
fn a_group_without_members_or_that_nobody_knows() {
    let mut desk = desk(&[(1, 9)]);
    desk.set_group(SALES, Rules::default(), listed(&[]));
    queue_in(&mut desk, 1, rank(1), SALES);
    queue_in(&mut desk, 2, rank(2), GroupId(99));
    assert_eq!(given(&desk.decide(0)), [(2, 1)], "unknown is the default");
    desk.remove_group(SALES);
    assert_eq!(given(&desk.decide(0)), [(1, 1)], "so is what was closed");
}

#[test]
fn a_new_group_gets_the_line_that_waited_for_it_elsewhere() {
    let mut desk = desk(&[(1, 9)]);
    desk.set_online(A, false);
    queue_in(&mut desk, 1, rank(1), SALES);
    queue(&mut desk, 2, rank(2));
    desk.set_group(SALES, Rules::default(), listed(&[(B, 1)]));
    assert_eq!(order(&desk, SALES), [1]);
    assert_eq!(order(&desk, GroupId(0)), [2]);
}

#[test]
fn helpers_come_when_somebody_has_waited_long_enough_and_own_agents_go_first() {
    let mut desk = desk(&[(1, 1), (2, 2)]);
    desk.set_group(SUPPORT, Rules::default(), listed(&[(B, 1)]));
    let overflow = Some(Overflow {
        to: SUPPORT,
        after_ms: 1_000,
    });
    let rules = Rules {
        overflow,
        ..Rules::default()
    };
    desk.set_group(SALES, rules, listed(&[(A, 1)]));
    for n in 1..=3 {
        queue_in(&mut desk, n, rank(n), SALES);
    }
    assert_eq!(given(&desk.decide(999)), [(1, 1)]);
    assert_eq!(desk.next_due(999), Some(1_000));
    assert_eq!(given(&desk.decide(1_000)), [(2, 2), (3, 2)]);
}

#[test]
fn a_group_has_room_of_its_own() {
    let mut desk = desk(&[(1, 9)]);
    let rules = Rules {
        capacity: 1,
        ..Rules::default()
    };
    desk.set_group(SALES, rules, listed(&[(A, 1)]));
    queue_in(&mut desk, 1, rank(1), SALES);
    queue_in(&mut desk, 2, rank(2), SALES);
    assert_eq!(given(&desk.decide(0)), [(1, 1)]);
    assert_eq!(
        desk.reserve(ConversationId(2), A),
        Err(Refused::GroupFull),
        "nor may anybody take more of it"
    );
    let place = Place::Owned {
        agent: A,
        group: SALES,
    };
    desk.observe(ConversationId(1), place);
    assert_eq!(desk.decide(0), []);
    assert_eq!(
        desk.reserve(ConversationId(1), A),
        Ok(()),
        "it is counted once, whoever has it"
    );
    desk.release(ConversationId(1));
    desk.observe(ConversationId(1), Place::Elsewhere);
    assert_eq!(given(&desk.decide(0)), [(2, 1)]);
}

#[test]
fn round_robin_goes_round_whatever_the_load() {
    let mut desk = desk(&[(1, 9), (2, 9)]);
    desk.set_group(
        GroupId(0),
        with_strategy(Strategy::RoundRobin),
        Members::Everybody,
    );
    for n in 1..=4 {
        desk.observe(ConversationId(100 + n), owned(A));
        queue(&mut desk, n, rank(n));
    }
    let served = given(&desk.decide(0));
    assert_eq!(served, [(1, 2), (2, 1), (3, 2), (4, 1)]);
}

#[test]
fn the_best_level_is_chosen_while_it_has_room() {
    let mut desk = desk(&[(1, 9), (2, 2)]);
    let rules = with_strategy(Strategy::SkillLevel);
    desk.set_group(SALES, rules, listed(&[(A, 3), (B, 1)]));
    for n in 1..=3 {
        queue_in(&mut desk, n, rank(n), SALES);
    }
    assert_eq!(given(&desk.decide(0)), [(1, 2), (2, 2), (3, 1)]);
}

#[test]
fn the_last_agent_is_first_where_that_is_wanted_or_they_were_lost() {
    for (strategy, fresh, expected) in [
        (Strategy::LastAgent, true, 1),
        (Strategy::LastAgent, false, 1),
        (Strategy::LeastLoaded, true, 2),
        (Strategy::LeastLoaded, false, 1),
    ] {
        let mut desk = desk(&[(1, 9), (2, 9)]);
        desk.set_group(GroupId(0), with_strategy(strategy), Members::Everybody);
        desk.observe(ConversationId(100), owned(A));
        let waiting = Waiting {
            rank: Rank { fresh, ..rank(1) },
            group: GroupId(0),
            since: 0,
            last: Some(A),
        };
        desk.observe(ConversationId(1), Place::Queued(waiting));
        assert_eq!(
            given(&desk.decide(0)),
            [(1, expected)],
            "{strategy:?} {fresh}"
        );
    }
}

#[test]
fn a_last_agent_who_is_away_or_full_is_not_waited_for() {
    let mut desk = desk(&[(1, 0), (2, 1)]);
    let waiting = Waiting {
        rank: Rank {
            fresh: false,
            ..rank(1)
        },
        group: GroupId(0),
        since: 0,
        last: Some(A),
    };
    desk.observe(ConversationId(1), Place::Queued(waiting));
    assert_eq!(given(&desk.decide(0)), [(1, 2)]);
}

#[test]
fn between_groups_that_share_an_agent_the_longest_wait_goes_first() {
    let mut desk = desk(&[(1, 9)]);
    desk.set_group(SALES, Rules::default(), listed(&[(A, 1)]));
    queue(&mut desk, 1, rank(5));
    queue_in(&mut desk, 2, rank(4), SALES);
    queue(&mut desk, 3, rank(6));
    assert_eq!(given(&desk.decide(0)), [(2, 1), (1, 1), (3, 1)]);
}

#[test]
fn vips_of_one_group_do_not_starve_another() {
    let mut desk = desk(&[(1, 1)]);
    desk.set_group(SALES, Rules::default(), listed(&[(A, 1)]));
    queue(&mut desk, 1, rank(1));
    let mut served = Vec::new();
    for n in 2..=6 {
        queue_in(&mut desk, n, vip(n), SALES);
        served.extend(given(&desk.decide(0)));
        if let Some((id, _)) = served.last().copied() {
            desk.observe(ConversationId(id), owned(A));
            desk.observe(ConversationId(id), Place::Elsewhere);
        }
    }
    let ids: Vec<u64> = served.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids[..3], [2, 3, 1], "two have passed: {ids:?}");
}

#[test]
fn a_decision_names_the_place_that_it_was_made_for() {
    let mut desk = desk(&[(1, 9)]);
    desk.set_group(SALES, Rules::default(), listed(&[(A, 1)]));
    queue_in(&mut desk, 1, rank(1), SALES);
    queue_in(&mut desk, 2, vip(2), GroupId(99));
    let decisions = desk.decide(0);
    let places: Vec<_> = decisions
        .iter()
        .map(|one| (one.conversation.0, one.rank, one.group))
        .collect();
    assert_eq!(places, [(2, vip(2), GroupId(0)), (1, rank(1), SALES)]);
    assert_eq!(desk.held_in(ConversationId(1)), Some(SALES));
    assert_eq!(desk.held_in(ConversationId(3)), None);
}
