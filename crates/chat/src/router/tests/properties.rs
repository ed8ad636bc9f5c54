//! The laws under any schedule of a middling world.

use proptest::prelude::*;

use super::{laws::consistent, *};
use crate::router::{Overflow, Rules, Strategy as Way};

#[derive(Debug, Clone)]
enum Step {
    Queue {
        conversation: u64,
        group: u64,
        lane: Lane,
        fresh: bool,
        last: Option<u64>,
    },
    Elsewhere(u64),
    Seat(u64, Terms),
    Online(u64, bool),
    Group(u64, Rules, Vec<(u64, u8)>),
    Close(u64),
    Claim(u64, u64),
    Answer(u64, bool),
    Settle(u64, bool),
    Pass(Time),
}

fn rules() -> impl Strategy<Value = Rules> {
    let way = prop_oneof![
        Just(Way::LeastLoaded),
        Just(Way::RoundRobin),
        Just(Way::LastAgent),
        Just(Way::SkillLevel)
    ];
    let overflow = proptest::option::of((0..3_u64, 0..50_i64));
    (way, overflow, 0..4_u32, any::<bool>()).prop_map(|(strategy, overflow, capacity, manual)| {
        Rules {
            strategy,
            overflow: overflow.map(|(to, after_ms)| Overflow {
                to: GroupId(to),
                after_ms,
            }),
            capacity,
            manual,
        }
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = 1..12_u64;
    let agent = 1..5_u64;
    let lane = prop_oneof![Just(Lane::Vip), Just(Lane::Normal)];
    let last = proptest::option::of(agent.clone());
    let queue = (id.clone(), 0..4_u64, lane, any::<bool>(), last).prop_map(
        |(conversation, group, lane, fresh, last)| Step::Queue {
            conversation,
            group,
            lane,
            fresh,
            last,
        },
    );
    let terms =
        (any::<bool>(), 0..4_u32, any::<bool>()).prop_map(|(free, capacity, manual)| Terms {
            free,
            capacity,
            manual,
        });
    let members = proptest::collection::vec((agent.clone(), 1..9_u8), 0..4);
    let step = prop_oneof![
        8 => queue,
        2 => id.clone().prop_map(Step::Elsewhere),
        3 => (agent.clone(), terms).prop_map(|(agent, terms)| Step::Seat(agent, terms)),
        3 => (agent.clone(), any::<bool>()).prop_map(|(agent, online)| Step::Online(agent, online)),
        2 => (0..3_u64, rules(), members).prop_map(|(id, rules, members)| Step::Group(id, rules, members)),
        1 => (0..3_u64).prop_map(Step::Close),
        2 => (id.clone(), agent).prop_map(|(id, agent)| Step::Claim(id, agent)),
        4 => (id.clone(), any::<bool>()).prop_map(|(id, yes)| Step::Answer(id, yes)),
        8 => (id, any::<bool>()).prop_map(|(id, applied)| Step::Settle(id, applied)),
        3 => (0..40_i64).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 1..120)
}

/// A desk with quick offers, and what the world around it knows.
struct World {
    desk: Desk,
    now: Time,
    tickets: u64,
}

impl World {
    fn step(&mut self, step: Step) {
        let desk = &mut self.desk;
        match step {
            Step::Queue {
                conversation,
                group,
                lane,
                fresh,
                last,
            } => {
                self.tickets += 1;
                let rank = Rank {
                    lane: lane.number(),
                    fresh,
                    ticket: self.tickets,
                };
                let waiting = Waiting {
                    rank,
                    group: GroupId(group),
                    since: self.now,
                    last: last.map(AgentId),
                };
                desk.observe(ConversationId(conversation), Place::Queued(waiting));
            }
            Step::Elsewhere(id) => drop(desk.observe(ConversationId(id), Place::Elsewhere)),
            Step::Seat(agent, terms) => desk.set_seat(AgentId(agent), terms),
            Step::Online(agent, online) => {
                desk.set_online(AgentId(agent), online);
            }
            Step::Group(id, rules, members) => {
                let levels = members.into_iter().map(|(id, level)| (AgentId(id), level));
                desk.set_group(GroupId(id), rules, Members::Listed(levels.collect()));
            }
            Step::Close(id) => desk.remove_group(GroupId(id)),
            Step::Claim(id, agent) => {
                let _ = desk.reserve(ConversationId(id), AgentId(agent));
            }
            Step::Answer(id, yes) => self.answer(ConversationId(id), yes),
            Step::Settle(id, applied) => self.settle(ConversationId(id), applied),
            Step::Pass(ms) => {
                self.now += ms;
                desk.expire(self.now);
            }
        }
    }

    fn answer(&mut self, id: ConversationId, yes: bool) {
        let asked = self.desk.offers().find(|offer| offer.conversation == id);
        let Some(offer) = asked else { return };
        let answered = if yes {
            self.desk.accept(id, offer.agent)
        } else {
            self.desk.decline(id, offer.agent, self.now)
        };
        assert_eq!(answered, Ok(()));
    }

    /// The store makes a reservation true, or refuses it.
    fn settle(&mut self, id: ConversationId, applied: bool) {
        let Some(talk) = self.desk.talks.get(&id) else {
            return;
        };
        let (home, Some(hold)) = (talk.home, talk.hold) else {
            return;
        };
        match (applied, hold.offered_until) {
            (_, Some(_)) => {}
            (true, None) => {
                let place = Place::Owned {
                    agent: hold.agent,
                    group: home,
                };
                self.desk.observe(id, place);
            }
            (false, None) => self.desk.release(id),
        }
    }
}

proptest! {
    #[test]
    fn the_laws_hold_under_any_schedule(steps in steps()) {
        let limits = DeskLimits { offer_ms: 30, offer_again_ms: 50, ..LIMITS };
        let mut world = World { desk: Desk::new(limits), now: 0, tickets: 0 };
        for step in steps {
            world.step(step);
            consistent(&world.desk);
            super::laws::decide(&mut world.desk, world.now);
            consistent(&world.desk);
        }
    }
}
