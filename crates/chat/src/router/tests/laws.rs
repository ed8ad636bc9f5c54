//! What must hold, computed anew from what is kept of each conversation and agent.

use std::collections::BTreeSet;

use super::*;
use crate::router::{group::Group, line::lane_of};

/// Whether this agent fits this conversation, by the words of the module's beginning.
pub(super) fn fits(desk: &Desk, conversation: ConversationId, agent: AgentId, now: Time) -> bool {
    let talk = &desk.talks[&conversation];
    let (Place::Queued(_), group) = (talk.place, &desk.groups[&talk.home]) else {
        return false;
    };
    // Somebody who served the visitor once may never have been here since.
    let Some(seat) = desk.seats.get(&agent) else {
        return false;
    };
    let loads = |taken: &dyn Fn(&crate::router::desk::Talk) -> bool| {
        desk.talks.values().filter(|talk| taken(talk)).count()
    };
    let own = loads(&|talk| {
        matches!(talk.place, Place::Owned { agent: who, .. } if who == agent)
            || talk.hold.is_some_and(|hold| hold.agent == agent)
    });
    let of_group = loads(&|other| {
        other.home == talk.home
            && (matches!(other.place, Place::Owned { .. }) || other.hold.is_some())
    });
    let helped = group.rules.overflow.is_some_and(|overflow| {
        let waited = desk.talks.values().any(|other| match other.place {
            Place::Queued(waiting) => {
                other.home == talk.home
                    && other.hold.is_none()
                    && now - waiting.since >= overflow.after_ms
            }
            _ => false,
        });
        let helpers = desk.groups.get(&overflow.to);
        waited && helpers.is_some_and(|helpers| helpers.members.level(agent).is_some())
    });
    let declined = desk.declines.get(&conversation);
    let declined = declined.is_some_and(|all| {
        let mut all = all.iter();
        all.any(|(who, until)| *who == agent && *until > now)
    });
    seat.online
        && seat.terms.free
        && seat.offered.is_none()
        && own < seat.terms.capacity as usize
        && (group.rules.capacity == 0 || of_group < group.rules.capacity as usize)
        && (group.members.level(agent).is_some() || helped)
        && !declined
}

/// Everything that is kept twice agrees, and nothing is in two places.
pub(super) fn consistent(desk: &Desk) {
    let mut seen = BTreeSet::new();
    for seat in desk.seats.values() {
        assert!(seat.owned.iter().all(|id| seen.insert(*id)), "one owner");
        assert_eq!(seat.shown, seat.is_open());
        let holds = desk
            .talks
            .iter()
            .filter(|(_, talk)| talk.hold.is_some_and(|hold| hold.agent == seat.agent));
        let held: BTreeSet<_> = holds.map(|(id, _)| *id).collect();
        assert_eq!(seat.reserved, held);
        let asked = desk.offers().filter(|offer| offer.agent == seat.agent);
        let asked: Vec<_> = asked.map(|offer| offer.conversation).collect();
        assert_eq!(seat.offered.into_iter().collect::<Vec<_>>(), asked);
        assert!(
            seat.offered.is_none() || seat.serves(),
            "who is away is not asked"
        );
    }
    for (id, group) in &desk.groups {
        let open = desk.seats.values().filter(|seat| seat.is_open());
        let open = open.filter(|seat| group.members.level(seat.agent).is_some());
        assert_eq!(group.open, open.map(|seat| seat.agent).collect());
        in_line(desk, *id, group);
    }
    for (id, talk) in &desk.talks {
        assert_eq!(desk.home(talk.home), talk.home);
        let owner = match talk.place {
            Place::Owned { agent, .. } => Some(agent),
            _ => None,
        };
        let of = desk.seats.values().find(|seat| seat.owned.contains(id));
        assert_eq!(of.map(|seat| seat.agent), owner);
    }
    assert_eq!(
        desk.open,
        desk.seats.values().filter(|seat| seat.is_open()).count()
    );
    assert!(desk.declines.keys().all(|id| matches!(
        desk.talks.get(id).map(|talk| talk.place),
        Some(Place::Queued(_))
    )));
}

fn in_line(desk: &Desk, id: GroupId, group: &Group) {
    let queued = desk
        .talks
        .iter()
        .filter(|(_, talk)| talk.home == id && matches!(talk.place, Place::Queued(_)));
    let queued: BTreeSet<_> = queued.map(|(id, _)| *id).collect();
    let placed: Vec<_> = desk.places(id).collect();
    assert_eq!(
        placed.iter().map(|(id, ..)| *id).collect::<BTreeSet<_>>(),
        queued
    );
    assert_eq!(placed.len(), queued.len(), "one place");
    for (id, position, wait_s) in placed {
        assert_eq!(
            desk.place(id),
            (position, wait_s),
            "however it is asked for"
        );
    }
    let owned = desk
        .talks
        .iter()
        .filter(|(_, talk)| talk.home == id && matches!(talk.place, Place::Owned { .. }));
    assert_eq!(group.owned, owned.map(|(id, _)| *id).collect());
}

/// Decides, and checks the decisions: capacities, order, and that nobody waits whom somebody fits.
pub(super) fn decide(desk: &mut Desk, now: Time) -> Vec<Assignment> {
    let before = desk.clone();
    let decisions = desk.decide(now);
    if let Some(first) = decisions.first() {
        returns(&before, first, now);
    }
    for (at, one) in decisions.iter().enumerate() {
        let seat = &desk.seats[&one.agent];
        assert!(seat.load() <= seat.terms.capacity, "room of the agent");
        let talk = &desk.talks[&one.conversation];
        let group = &desk.groups[&talk.home];
        assert!(
            group.rules.capacity == 0 || group.load() <= group.rules.capacity,
            "of the group"
        );
        let rank = rank_of(desk, one.conversation);
        let later = decisions[at + 1..].iter().map(|later| later.conversation);
        let waiting = desk.talks.iter().filter(|(_, talk)| talk.hold.is_none());
        for other in later.chain(waiting.map(|(id, _)| *id)) {
            let same = desk.talks[&other].home == talk.home;
            let passed = rank_of(desk, other)
                .zip(rank)
                .is_some_and(|(other, rank)| lane_of(other) == lane_of(rank) && other < rank);
            let declined = desk.declines.get(&other).is_some_and(|all| {
                let mut all = all.iter();
                all.any(|(who, until)| *who == one.agent && *until > now)
            });
            assert!(
                !(same && passed) || declined,
                "an inversion: {one:?} before {other:?}"
            );
        }
    }
    for (id, talk) in &desk.talks {
        let fit = |agent: &&AgentId| talk.hold.is_none() && fits(desk, *id, **agent, now);
        let idle = desk.seats.keys().find(fit);
        assert_eq!(idle, None, "{id:?} waits while somebody fits");
    }
    decisions
}

/// Whoever lost their agent goes back to that one, if they fit.
fn returns(before: &Desk, first: &Assignment, now: Time) {
    if let Place::Queued(Waiting {
        rank,
        last: Some(last),
        ..
    }) = before.talks[&first.conversation].place
        && !rank.fresh
        && fits(before, first.conversation, last, now)
    {
        assert_eq!(first.agent, last);
    }
}

fn rank_of(desk: &Desk, conversation: ConversationId) -> Option<Rank> {
    match desk.talks[&conversation].place {
        Place::Queued(waiting) => Some(waiting.rank),
        _ => None,
    }
}
