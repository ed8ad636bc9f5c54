//! Who is asked, answers or does not.

use super::*;
use crate::router::Rules;

const FIRST: ConversationId = ConversationId(1);

/// Agents A and B, who are asked first, and one who waits.
fn asking() -> Desk {
    let mut desk = desk(&[(1, 2), (2, 2)]);
    let rules = Rules {
        manual: true,
        ..Rules::default()
    };
    desk.set_group(GroupId(0), rules, Members::Everybody);
    queue(&mut desk, 1, rank(1));
    desk
}

fn asked(decisions: &[Assignment]) -> Vec<(u64, u64, Option<Time>)> {
    let of = |one: &Assignment| (one.conversation.0, one.agent.0, one.offered_until);
    decisions.iter().map(of).collect()
}

#[test]
fn who_is_asked_and_accepts_gets_it() {
    let mut desk = asking();
    assert_eq!(asked(&desk.decide(0)), [(1, 1, Some(OFFER))]);
    assert_eq!(desk.next_due(0), Some(OFFER));
    assert_eq!(desk.accept(FIRST, B), Err(Refused::Ended));
    assert_eq!(desk.reserve(FIRST, B), Err(Refused::Offered));
    assert_eq!(desk.accept(FIRST, A), Ok(()));
    assert_eq!(desk.accept(FIRST, A), Err(Refused::Ended), "once");
    assert_eq!(desk.expire(OFFER), [], "it is theirs");
    desk.observe(FIRST, owned(A));
    assert_eq!(desk.seat(A).map(|seat| seat.load()), Some(1));
    assert_eq!(desk.waiting(), 0);
}

#[test]
fn claiming_what_one_is_asked_about_is_accepting_it() {
    let mut desk = asking();
    desk.decide(0);
    assert_eq!(desk.reserve(FIRST, A), Ok(()));
    assert_eq!(desk.expire(OFFER), []);
}

#[test]
fn who_declines_is_passed_over_for_a_while_and_it_keeps_its_place() {
    let mut desk = asking();
    desk.decide(0);
    queue(&mut desk, 2, rank(2));
    assert_eq!(asked(&desk.decide(1)), [(2, 2, Some(OFFER + 1))]);
    assert_eq!(desk.decline(FIRST, A, 5), Ok(()));
    assert_eq!(order(&desk, GroupId(0)), [2, 1], "one is being asked about");
    assert_eq!(asked(&desk.decide(5)), [], "A said no, B is being asked");
    assert_eq!(desk.accept(ConversationId(2), B), Ok(()));
    assert_eq!(asked(&desk.decide(6)), [(1, 2, Some(OFFER + 6))]);
    assert_eq!(desk.decline(FIRST, B, 7), Ok(()));
    assert_eq!(asked(&desk.decide(8)), []);
    assert_eq!(desk.next_due(8), Some(AGAIN + 5), "then A is asked again");
    assert_eq!(
        asked(&desk.decide(AGAIN + 5)),
        [(1, 1, Some(AGAIN + 5 + OFFER))]
    );
}

#[test]
fn who_does_not_answer_is_away_after_a_few() {
    let mut desk = asking();
    desk.set_online(B, false);
    desk.decide(0);
    let missed = desk.expire(OFFER);
    assert_eq!(
        missed.iter().map(|one| one.away).collect::<Vec<_>>(),
        [false]
    );
    queue(&mut desk, 2, rank(2));
    assert_eq!(
        asked(&desk.decide(OFFER)),
        [(2, 1, Some(2 * OFFER))],
        "about something else at once"
    );
    let missed = desk.expire(2 * OFFER);
    assert_eq!(
        missed.iter().map(|one| one.away).collect::<Vec<_>>(),
        [true]
    );
    assert_eq!(
        asked(&desk.decide(10 * AGAIN)),
        [],
        "until they say that they are free"
    );
    desk.set_seat(A, Terms::default());
    desk.set_seat(A, free(2));
    assert_eq!(asked(&desk.decide(10 * AGAIN)).len(), 1);
}

#[test]
fn an_answer_in_between_makes_the_count_begin_again() {
    let mut desk = asking();
    desk.set_online(B, false);
    desk.decide(0);
    assert!(!desk.expire(OFFER)[0].away);
    desk.decide(OFFER + AGAIN);
    assert_eq!(desk.decline(FIRST, A, OFFER + AGAIN), Ok(()));
    desk.decide(OFFER + 2 * AGAIN);
    assert!(!desk.expire(2 * OFFER + 2 * AGAIN)[0].away);
}

#[test]
fn an_offer_ends_with_the_agent_or_the_wait() {
    let mut desk = asking();
    desk.decide(0);
    desk.set_online(A, false);
    assert_eq!(desk.take_withdrawn().len(), 1);
    assert_eq!(desk.accept(FIRST, A), Err(Refused::Ended));
    assert_eq!(
        asked(&desk.decide(1)),
        [(1, 2, Some(OFFER + 1))],
        "at once to another"
    );
    desk.observe(FIRST, Place::Elsewhere);
    let withdrawn = desk.take_withdrawn();
    assert_eq!(
        withdrawn.iter().map(|one| one.agent).collect::<Vec<_>>(),
        [B]
    );
    assert_eq!(desk.seat(B).map(|seat| seat.load()), Some(0));
}

#[test]
fn an_agent_may_want_to_be_asked_where_the_group_does_not_ask() {
    let mut desk = desk(&[(1, 1)]);
    let terms = Terms {
        manual: true,
        ..free(1)
    };
    desk.set_seat(A, terms);
    queue(&mut desk, 1, rank(1));
    assert_eq!(asked(&desk.decide(0)), [(1, 1, Some(OFFER))]);
}
