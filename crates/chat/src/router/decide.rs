//! Decisions: who is next, and the reservations that they are.

use kefu_types::{AgentId, ConversationId, GroupId};

use super::{
    Desk, Place, Refused, Seat, Time, Waiting,
    desk::{Ending, Hold},
    group::Group,
    line::{Waiter, lane_of},
};
use crate::{lanes::Lane, model::Rank};

/// A decision: this conversation is reserved for this agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// What.
    pub conversation: ConversationId,
    /// To whom.
    pub agent: AgentId,
    /// Where in the line it stood: moved since, somebody else is next.
    pub rank: Rank,
    /// In which line.
    pub group: GroupId,
    /// The agent is to be asked, and has until then to answer. `None`: it is given.
    pub offered_until: Option<Time>,
}

/// Who would be next in one group, if it is that group's turn. Smaller goes first: a lane that is
/// owed its turn, then the first lane; in each, whoever has waited longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    class: u8,
    fresh: bool,
    ticket: u64,
    group: GroupId,
    rank: Rank,
    conversation: ConversationId,
}

impl Desk {
    /// Reserves waiting conversations for agents who fit, in order, until nobody fits anybody.
    pub fn decide(&mut self, now: Time) -> Vec<Assignment> {
        let mut decisions = Vec::new();
        while let Some(next) = self.next(now) {
            let Some(agent) = self.choose(next.group, next.conversation, next.rank, now) else {
                break;
            };
            self.passed(next.group, agent, lane_of(next.rank));
            let asks = self.is_asked(next.group, agent);
            let offered_until = asks.then(|| now.saturating_add(self.limits.offer_ms));
            self.hold(next.conversation, agent, offered_until);
            decisions.push(Assignment {
                conversation: next.conversation,
                agent,
                rank: next.rank,
                group: next.group,
                offered_until,
            });
        }
        decisions
    }

    /// Reserves one conversation for one agent who asked for it or was chosen by a colleague.
    ///
    /// # Errors
    /// When the agent or the group has no room, or somebody else is getting it.
    pub fn reserve(&mut self, conversation: ConversationId, agent: AgentId) -> Result<(), Refused> {
        let talk = self.talks.get(&conversation);
        match talk.and_then(|talk| talk.hold) {
            Some(hold) if hold.offered_until.is_some() && hold.agent == agent => {
                return self.accept(conversation, agent);
            }
            Some(hold) if hold.offered_until.is_some() => return Err(Refused::Offered),
            Some(_) => return Err(Refused::Reserved),
            None => {}
        }
        if !self.seats.get(&agent).is_some_and(Seat::has_room) {
            return Err(Refused::Full);
        }
        let home = talk.map_or_else(|| self.home(GroupId(0)), |talk| talk.home);
        let counted = |group: &Group| group.owned.contains(&conversation) || group.has_room();
        if !self.groups.get(&home).is_some_and(counted) {
            return Err(Refused::GroupFull);
        }
        self.hold(conversation, agent, None);
        Ok(())
    }

    /// Whose room a reservation takes.
    #[must_use]
    pub fn held_in(&self, conversation: ConversationId) -> Option<GroupId> {
        Some(self.talks.get(&conversation)?.hold?.group)
    }

    /// Takes a reservation back that did not come true.
    pub fn release(&mut self, conversation: ConversationId) {
        self.let_go(conversation, Ending::Refused);
    }

    fn next(&self, now: Time) -> Option<Candidate> {
        if self.open == 0 {
            return None;
        }
        let groups = self.groups.iter();
        groups
            .filter_map(|(id, group)| self.candidate(*id, group, now))
            .min()
    }

    fn candidate(&self, id: GroupId, group: &Group, now: Time) -> Option<Candidate> {
        if group.line.is_empty() || !group.has_room() {
            return None;
        }
        let helpers = self.helpers(group, now);
        if group.open.is_empty() && helpers.is_none_or(std::collections::BTreeSet::is_empty) {
            return None;
        }
        // Only those whom all who are open have declined are stepped over.
        let first = |lane| {
            let mut lane = group.line.lane(lane).iter();
            lane.find(|waiter| {
                self.fitting(waiter.conversation, group, helpers, now)
                    .next()
                    .is_some()
            })
        };
        let (vip, normal) = (first(Lane::Vip), first(Lane::Normal));
        let turnstile = group.line.turnstile;
        let owed = turnstile.next(true, true) == Some(Lane::Normal);
        let (class, waiter): (u8, &Waiter) =
            match (turnstile.next(vip.is_some(), normal.is_some())?, owed) {
                (Lane::Vip, _) => (1, vip?),
                (Lane::Normal, true) => (0, normal?),
                (Lane::Normal, false) => (2, normal?),
            };
        Some(Candidate {
            class,
            fresh: waiter.rank.fresh,
            ticket: waiter.rank.ticket,
            group: id,
            rank: waiter.rank,
            conversation: waiter.conversation,
        })
    }

    /// Somebody of the first lane passes all who wait in the normal lanes that this agent serves.
    fn passed(&mut self, taken: GroupId, agent: AgentId, lane: Lane) {
        if lane != Lane::Vip {
            return;
        }
        for (id, group) in &mut self.groups {
            let waits = !group.line.lane(Lane::Normal).is_empty();
            if *id != taken && waits && group.members.level(agent).is_some() {
                group.line.turnstile.took(Lane::Vip, true);
            }
        }
    }

    fn is_asked(&self, group: GroupId, agent: AgentId) -> bool {
        let group = self.groups.get(&group);
        let seat = self.seats.get(&agent);
        group.is_some_and(|group| group.rules.manual) || seat.is_some_and(|seat| seat.terms.manual)
    }

    fn hold(&mut self, conversation: ConversationId, agent: AgentId, offered_until: Option<Time>) {
        let talk = self.talks.entry(conversation).or_default();
        let (home, place) = (talk.home, talk.place);
        let lane = match place {
            Place::Queued(waiting) => Some(lane_of(waiting.rank)),
            _ => None,
        };
        talk.hold = Some(Hold {
            agent,
            group: home,
            lane,
            offered_until,
        });
        let seat = self.touch(agent);
        seat.reserved.insert(conversation);
        if offered_until.is_some() {
            seat.offered = Some(conversation);
        }
        let touched = seat.touched;
        if let Some(group) = self.groups.get_mut(&home) {
            group.reserved.insert(conversation);
            group.given.insert(agent, touched);
            if let Place::Queued(waiting) = place {
                group.line.leave(waiting.rank, conversation);
                group.line.leaving.push(conversation);
                group.line.took(lane_of(waiting.rank));
            }
        }
        self.show(agent);
    }

    /// Ends a reservation.
    pub(super) fn let_go(&mut self, conversation: ConversationId, how: Ending) {
        let Some(talk) = self.talks.get_mut(&conversation) else {
            return;
        };
        let Some(hold) = talk.hold.take() else {
            return;
        };
        let (place, home) = (talk.place, talk.home);
        if place == Place::Elsewhere {
            self.talks.remove(&conversation);
        }
        if how == Ending::Withdrawn
            && let Some(until) = hold.offered_until
        {
            self.withdrawn.push(super::Offer {
                conversation,
                agent: hold.agent,
                until,
            });
        }
        if let Some(group) = self.groups.get_mut(&hold.group) {
            group.reserved.remove(&conversation);
        }
        if let Place::Queued(waiting) = place {
            // Whose turn it was and who was not served is owed it.
            let owed = hold.lane.filter(|_| how != Ending::CameTrue);
            self.back_in_line(conversation, home, waiting, owed);
        }
        let seat = self.seat_mut(hold.agent);
        seat.reserved.remove(&conversation);
        if seat.offered == Some(conversation) {
            seat.offered = None;
        }
        self.show(hold.agent);
    }

    /// At its old place.
    fn back_in_line(
        &mut self,
        conversation: ConversationId,
        home: GroupId,
        waiting: Waiting,
        owed: Option<Lane>,
    ) {
        let Some(group) = self.groups.get_mut(&home) else {
            return;
        };
        group.line.leaving.retain(|id| *id != conversation);
        group.line.join(Waiter {
            rank: waiting.rank,
            conversation,
            since: waiting.since,
        });
        if let Some(lane) = owed {
            group.line.turnstile.back(lane);
        }
    }
}
