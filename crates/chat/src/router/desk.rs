//! The lines and the seats of one tenant, and what is learned of them.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use kefu_types::{AgentId, ConversationId, GroupId};

use super::{
    DeskLimits, Members, Offer, Place, Rules, Seat, Terms, Time, Waiting,
    estimate::Estimate,
    group::Group,
    line::{Waiter, lane_of},
    place::DEFAULT,
};
use crate::{lanes::Lane, model::Rank};

/// What is kept of one conversation.
#[derive(Debug, Clone)]
pub(super) struct Talk {
    pub(super) place: Place,
    /// The group whose line or load it is in.
    pub(super) home: GroupId,
    pub(super) hold: Option<Hold>,
}

impl Default for Talk {
    fn default() -> Self {
        Self {
            place: Place::Elsewhere,
            home: DEFAULT,
            hold: None,
        }
    }
}

/// A reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) agent: AgentId,
    /// Whose room it takes.
    pub(super) group: GroupId,
    /// The lane that it was taken from.
    pub(super) lane: Option<Lane>,
    /// The agent is being asked, until then.
    pub(super) offered_until: Option<Time>,
}

/// How a reservation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The agent owns it.
    CameTrue,
    /// The store or the agent said no, or the agent nothing.
    Refused,
    /// The agent or the conversation went: whoever was asked is to be told.
    Withdrawn,
}

/// Lines and seats.
#[derive(Debug, Clone)]
pub struct Desk {
    pub(super) limits: DeskLimits,
    pub(super) groups: BTreeMap<GroupId, Group>,
    pub(super) seats: BTreeMap<AgentId, Seat>,
    pub(super) talks: HashMap<ConversationId, Talk>,
    /// Who does not want what waits, and until when that counts.
    pub(super) declines: HashMap<ConversationId, Vec<(AgentId, Time)>>,
    /// Seats that are open.
    pub(super) open: usize,
    pub(super) touches: u64,
    pub(super) waiting: [usize; 2],
    /// Talks of all groups, for those that know nothing of their own.
    pub(super) estimate: Estimate,
    pub(super) withdrawn: Vec<Offer>,
}

impl Desk {
    /// An empty desk with the default group, which everybody serves.
    #[must_use]
    pub fn new(limits: DeskLimits) -> Self {
        let default = Group::new(limits.vip_ahead_max);
        Self {
            limits,
            groups: BTreeMap::from([(DEFAULT, default)]),
            seats: BTreeMap::new(),
            talks: HashMap::new(),
            declines: HashMap::new(),
            open: 0,
            touches: 0,
            waiting: [0; 2],
            estimate: Estimate::default(),
            withdrawn: Vec::new(),
        }
    }

    /// Learns where a conversation is now. Says which agents' load changed. A reservation that has
    /// come true ends here, and not earlier, so that its place is never free in between.
    pub fn observe(&mut self, conversation: ConversationId, place: Place) -> Vec<AgentId> {
        let home = self.home(place.group());
        let known = self.talks.get(&conversation);
        let held = known.and_then(|talk| talk.hold);
        // An offer stands as long as the conversation waits in the same line.
        let stays =
            matches!(place, Place::Queued(_)) && known.is_some_and(|talk| talk.home == home);
        if let Some(hold) = held {
            let came_true = matches!(place, Place::Owned { agent, .. } if agent == hold.agent);
            let void = hold.offered_until.is_some() && !stays;
            if came_true || void {
                let how = if came_true {
                    Ending::CameTrue
                } else {
                    Ending::Withdrawn
                };
                self.let_go(conversation, how);
            }
        }
        let mut talk = self.talks.remove(&conversation).unwrap_or_default();
        let mut changed = Vec::new();
        if (talk.place, talk.home) != (place, home) {
            changed.extend(self.take_out(conversation, &talk));
            talk.place = place;
            talk.home = home;
            self.move_hold(conversation, &mut talk);
            changed.extend(self.put_in(conversation, &talk));
        }
        if !stays {
            self.declines.remove(&conversation);
        }
        if talk.hold.is_some() || talk.place != Place::Elsewhere {
            self.talks.insert(conversation, talk);
        }
        changed
    }

    /// Sets what an agent may and wants to do. Who is not free any more is asked nothing.
    pub fn set_seat(&mut self, agent: AgentId, terms: Terms) {
        let seat = self.seat_mut(agent);
        if terms.free && !seat.terms.free {
            seat.missed = 0;
        }
        seat.terms = terms;
        self.settle_seat(agent);
    }

    /// Sets whether a workspace is connected. Says whether that is new.
    pub fn set_online(&mut self, agent: AgentId, online: bool) -> bool {
        let before = std::mem::replace(&mut self.seat_mut(agent).online, online);
        self.settle_seat(agent);
        before != online
    }

    /// A group as it is from now on. What waits for it moves into its line.
    pub fn set_group(&mut self, id: GroupId, rules: Rules, members: Members) {
        let ahead = self.limits.vip_ahead_max;
        let is_new = !self.groups.contains_key(&id);
        let group = self.groups.entry(id).or_insert_with(|| Group::new(ahead));
        group
            .given
            .retain(|agent, _| members.level(*agent).is_some());
        group.rules = rules;
        group.members = members;
        let members = &group.members;
        let open = self.seats.values().filter(|seat| seat.shown);
        group.open = open
            .map(|seat| seat.agent)
            .filter(|agent| members.level(*agent).is_some())
            .collect();
        if is_new {
            self.rehome();
        }
    }

    /// A group is closed: what it had is the default group's. That one stays.
    pub fn remove_group(&mut self, id: GroupId) {
        if id != DEFAULT && self.groups.remove(&id).is_some() {
            self.rehome();
        }
    }

    /// A talk of this group took this long, from assignment to its end.
    pub fn handled(&mut self, group: GroupId, took: Duration) {
        self.estimate.handled(took);
        let home = self.home(group);
        if let Some(group) = self.groups.get_mut(&home) {
            group.estimate.handled(took);
        }
    }

    /// An agent's seat, if they were ever heard of.
    #[must_use]
    pub fn seat(&self, agent: AgentId) -> Option<&Seat> {
        self.seats.get(&agent)
    }

    /// The group that stands for this one: itself, or the default one.
    #[must_use]
    pub fn home(&self, group: GroupId) -> GroupId {
        if self.groups.contains_key(&group) {
            group
        } else {
            DEFAULT
        }
    }

    fn take_out(&mut self, conversation: ConversationId, talk: &Talk) -> Option<AgentId> {
        let group = self.groups.get_mut(&talk.home);
        match talk.place {
            Place::Queued(waiting) => {
                if let Some(group) = group {
                    group.line.leaving.retain(|id| *id != conversation);
                    group.line.leave(waiting.rank, conversation);
                }
                self.count(waiting.rank, -1);
                None
            }
            Place::Owned { agent, .. } => {
                if let Some(group) = group {
                    group.owned.remove(&conversation);
                }
                self.touch(agent).owned.remove(&conversation);
                self.show(agent);
                Some(agent)
            }
            Place::Elsewhere => None,
        }
    }

    fn put_in(&mut self, conversation: ConversationId, talk: &Talk) -> Option<AgentId> {
        let group = self.groups.get_mut(&talk.home);
        match talk.place {
            Place::Queued(Waiting { rank, since, .. }) => {
                let waiter = Waiter {
                    rank,
                    conversation,
                    since,
                };
                match (group, talk.hold) {
                    (Some(group), Some(_)) => group.line.leaving.push(conversation),
                    (Some(group), None) => group.line.join(waiter),
                    (None, _) => {}
                }
                self.count(rank, 1);
                None
            }
            Place::Owned { agent, .. } => {
                if let Some(group) = group {
                    group.owned.insert(conversation);
                }
                self.touch(agent).owned.insert(conversation);
                self.show(agent);
                Some(agent)
            }
            Place::Elsewhere => None,
        }
    }

    /// What is reserved takes room of the group in which it is now.
    fn move_hold(&mut self, conversation: ConversationId, talk: &mut Talk) {
        let Some(hold) = &mut talk.hold else { return };
        if let Some(group) = self.groups.get_mut(&hold.group) {
            group.reserved.remove(&conversation);
        }
        hold.group = talk.home;
        if let Some(group) = self.groups.get_mut(&talk.home) {
            group.reserved.insert(conversation);
        }
    }

    /// Everything into the line of the group that stands for its own now. Rare: a group was made
    /// or closed.
    fn rehome(&mut self) {
        let moved: Vec<(ConversationId, Place)> = self
            .talks
            .iter()
            .filter(|(_, talk)| self.home(talk.place.group()) != talk.home)
            .map(|(id, talk)| (*id, talk.place))
            .collect();
        for (id, place) in moved {
            self.observe(id, place);
        }
    }

    fn count(&mut self, rank: Rank, by: isize) {
        let number = usize::from(lane_of(rank).number());
        if let Some(waiting) = self.waiting.get_mut(number) {
            *waiting = waiting.saturating_add_signed(by);
        }
    }

    /// After what a seat may and wants has changed.
    fn settle_seat(&mut self, agent: AgentId) {
        let seat = self.seat_mut(agent);
        if !seat.serves()
            && let Some(offered) = seat.offered
        {
            self.let_go(offered, Ending::Withdrawn);
        }
        self.show(agent);
    }

    /// Brings the groups in line with whether a seat is open.
    pub(super) fn show(&mut self, agent: AgentId) {
        let Some(seat) = self.seats.get_mut(&agent) else {
            return;
        };
        let open = seat.is_open();
        if std::mem::replace(&mut seat.shown, open) == open {
            return;
        }
        self.open = self.open.saturating_add_signed(if open { 1 } else { -1 });
        for group in self.groups.values_mut() {
            if open && group.members.level(agent).is_some() {
                group.open.insert(agent);
            } else if !open {
                group.open.remove(&agent);
            }
        }
    }

    pub(super) fn touch(&mut self, agent: AgentId) -> &mut Seat {
        self.touches += 1;
        let touched = self.touches;
        let seat = self.seat_mut(agent);
        seat.touched = touched;
        seat
    }

    pub(super) fn seat_mut(&mut self, agent: AgentId) -> &mut Seat {
        self.seats.entry(agent).or_insert_with(|| Seat::new(agent))
    }
}
