//! A small world walked whole: two groups, two agents, three conversations, everything that can
//! happen to them, breadth first until nothing new appears, with the laws checked in every state.
//!
//! The set closes because numbers are folded: tickets and touches are only compared, so they are
//! renumbered in their order; times only count against now, so they are shifted, and what is long
//! over is over. From every state, a fair day (people come back, answer, and end their talks, while
//! time passes) leaves nobody waiting: nothing waits for ever.
//!
//! Planted and caught: a lost place after a decline; helpers who come before the wait; an offer
//! that outlives the agent; a group's room that forgets what is reserved; a reservation that is
//! released twice as one.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::{
    fold::{fold, key},
    laws::consistent,
    *,
};
use crate::router::{Overflow, Rules, Strategy};

pub(super) const TALKS: [ConversationId; 3] =
    [ConversationId(1), ConversationId(2), ConversationId(3)];
const STATES_MAX: usize = 60_000;
/// A tick of the clock; everything else is a multiple of it.
pub(super) const TICK: Time = 10;

/// What a walk looks at. All of it at once would not close in minutes.
#[derive(Debug, Clone, Copy)]
struct Walk {
    manual: bool,
    overflow: bool,
    capacity: u32,
    lanes: bool,
    sticky: bool,
    statuses: bool,
    absences: bool,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Queue(ConversationId, GroupId, Lane),
    Leave(ConversationId),
    /// The store makes a reservation true, or refuses it.
    Settle(ConversationId, bool),
    Answer(AgentId, bool),
    End(ConversationId),
    /// The agent is lost: back to the front.
    Lose(ConversationId),
    Online(AgentId, bool),
    Free(AgentId, bool),
    Tick,
}

impl Walk {
    fn start(self) -> Desk {
        let limits = DeskLimits {
            vip_ahead_max: 1,
            offer_ms: TICK,
            offer_again_ms: TICK,
            offers_missed_max: 2,
        };
        let mut desk = Desk::new(limits);
        let overflow = self.overflow.then_some(Overflow {
            to: GroupId(0),
            after_ms: TICK,
        });
        let rules = Rules {
            strategy: Strategy::SkillLevel,
            overflow,
            capacity: self.capacity,
            manual: self.manual,
        };
        desk.set_group(SALES, rules, listed(&[(A, 1)]));
        for agent in [A, B] {
            desk.set_seat(agent, free(1));
            desk.set_online(agent, true);
        }
        desk
    }

    fn alphabet(self, desk: &Desk) -> Vec<Event> {
        let mut events = vec![Event::Tick];
        for id in TALKS {
            let talk = desk.talks.get(&id);
            match talk.map(|talk| talk.place).unwrap_or_default() {
                Place::Elsewhere => {
                    for group in [GroupId(0), SALES] {
                        events.push(Event::Queue(id, group, Lane::Normal));
                        if self.lanes {
                            events.push(Event::Queue(id, group, Lane::Vip));
                        }
                    }
                }
                Place::Queued(_) => events.push(Event::Leave(id)),
                Place::Owned { .. } => {
                    events.push(Event::End(id));
                    if self.sticky {
                        events.push(Event::Lose(id));
                    }
                }
            }
            let held = talk.and_then(|talk| talk.hold);
            if held.is_some_and(|hold| hold.offered_until.is_none()) {
                events.extend([true, false].map(|applied| Event::Settle(id, applied)));
            }
        }
        for seat in desk.seats.values() {
            if seat.offered.is_some() {
                events.extend([true, false].map(|yes| Event::Answer(seat.agent, yes)));
            }
            if self.absences || !seat.online {
                events.push(Event::Online(seat.agent, !seat.online));
            }
            if self.statuses || !seat.terms.free {
                events.push(Event::Free(seat.agent, !seat.terms.free));
            }
        }
        events
    }
}

/// What happens, what follows from it by time, and what is decided then, by the laws.
fn step(desk: &mut Desk, event: Event) {
    let now = happens(desk, event);
    consistent(desk);
    super::laws::decide(desk, now);
    consistent(desk);
    fold(desk, now);
}

/// The same where the states in between are looked at elsewhere.
fn go(desk: &mut Desk, event: Event) {
    let now = happens(desk, event);
    desk.decide(now);
    fold(desk, now);
}

/// The time after it: folded states begin at 0.
fn happens(desk: &mut Desk, event: Event) -> Time {
    let mut now = 0;
    match event {
        Event::Queue(id, group, lane) => wait(desk, id, group, (lane, true, None)),
        Event::Leave(id) | Event::End(id) => drop(desk.observe(id, Place::Elsewhere)),
        Event::Settle(id, true) => {
            let (home, agent) = desk.talks[&id]
                .hold
                .map(|hold| (hold.group, hold.agent))
                .expect("it is reserved");
            desk.observe(id, Place::Owned { agent, group: home });
        }
        Event::Settle(id, false) => desk.release(id),
        Event::Answer(agent, yes) => {
            let offer = desk.offer(agent).expect("they are asked");
            let answered = if yes {
                desk.accept(offer.conversation, agent)
            } else {
                desk.decline(offer.conversation, agent, now)
            };
            assert_eq!(answered, Ok(()));
        }
        Event::Lose(id) => {
            if let Place::Owned { agent, group } = desk.talks[&id].place {
                wait(desk, id, group, (Lane::Normal, false, Some(agent)));
            }
        }
        Event::Online(agent, online) => {
            desk.set_online(agent, online);
        }
        Event::Free(agent, free) => desk.set_seat(
            agent,
            Terms {
                free,
                ..super::free(1)
            },
        ),
        Event::Tick => now = TICK,
    }
    desk.expire(now);
    now
}

fn wait(
    desk: &mut Desk,
    id: ConversationId,
    group: GroupId,
    (lane, fresh, last): (Lane, bool, Option<AgentId>),
) {
    let rank = Rank {
        lane: lane.number(),
        fresh,
        ticket: 1_000,
    };
    let waiting = Waiting {
        rank,
        group,
        since: 0,
        last,
    };
    desk.observe(id, Place::Queued(waiting));
}

/// People do what they should, for a while. Whoever waits is served.
fn fair_day(mut desk: Desk) {
    for _ in 0..40 {
        if desk.waiting() == 0 {
            return;
        }
        let mut events: Vec<Event> = Vec::new();
        for agent in [A, B] {
            events.extend([Event::Online(agent, true), Event::Free(agent, true)]);
        }
        for event in events {
            go(&mut desk, event);
        }
        for agent in [A, B] {
            if desk.offer(agent).is_some() {
                go(&mut desk, Event::Answer(agent, true));
            }
        }
        for id in TALKS {
            let talk = desk.talks.get(&id);
            let held = talk.and_then(|talk| talk.hold);
            if held.is_some_and(|hold| hold.offered_until.is_none()) {
                go(&mut desk, Event::Settle(id, true));
            }
            let place = desk.talks.get(&id).map(|talk| talk.place);
            if matches!(place, Some(Place::Owned { .. })) {
                go(&mut desk, Event::End(id));
            }
        }
        go(&mut desk, Event::Tick);
    }
    panic!("somebody waits for ever: {desk:?}");
}

fn explore(walk: Walk) -> (usize, usize, BTreeSet<&'static str>) {
    let mut start = walk.start();
    fold(&mut start, 0);
    let mut seen = HashSet::from([key(&start)]);
    let mut queue = VecDeque::from([start]);
    let (mut transitions, mut kinds) = (0, BTreeSet::new());
    while let Some(desk) = queue.pop_front() {
        kinds.extend(desk.talks.values().map(kind));
        for event in walk.alphabet(&desk) {
            let mut next = desk.clone();
            step(&mut next, event);
            transitions += 1;
            if seen.insert(key(&next)) {
                queue.push_back(next);
            }
            assert!(seen.len() < STATES_MAX, "the set does not close: {walk:?}");
        }
        fair_day(desk);
    }
    (seen.len(), transitions, kinds)
}

fn kind(talk: &crate::router::desk::Talk) -> &'static str {
    match (talk.place, talk.hold) {
        (Place::Queued(_), None) => "waiting",
        (Place::Queued(_), Some(hold)) if hold.offered_until.is_some() => "offered",
        (Place::Queued(_), Some(_)) => "reserved",
        (Place::Owned { .. }, None) => "owned",
        (Place::Owned { .. }, Some(_)) => "handed over",
        (Place::Elsewhere, _) => "claimed from elsewhere",
    }
}

const PLAIN: Walk = Walk {
    manual: false,
    overflow: false,
    capacity: 0,
    lanes: false,
    sticky: false,
    statuses: false,
    absences: true,
};

fn walk(walk: Walk) {
    let (states, transitions, kinds) = explore(walk);
    println!("{walk:?}: {states} states, {transitions} transitions, {kinds:?}");
    assert!(kinds.contains("waiting") && kinds.contains("owned"));
    assert!(kinds.contains("reserved"));
    assert_eq!(kinds.contains("offered"), walk.manual);
}

#[test]
fn every_state_with_a_group_that_is_helped_obeys_every_law() {
    walk(Walk {
        overflow: true,
        ..PLAIN
    });
}

#[test]
fn every_state_with_two_lanes_obeys_every_law() {
    walk(Walk {
        lanes: true,
        absences: false,
        ..PLAIN
    });
}

#[test]
fn every_state_with_agents_who_are_lost_obeys_every_law() {
    walk(Walk {
        sticky: true,
        capacity: 1,
        absences: false,
        ..PLAIN
    });
}

#[test]
fn every_state_with_offers_obeys_every_law() {
    walk(Walk {
        manual: true,
        ..PLAIN
    });
}

#[test]
fn every_state_with_agents_who_pause_obeys_every_law() {
    walk(Walk {
        statuses: true,
        capacity: 1,
        ..PLAIN
    });
}
