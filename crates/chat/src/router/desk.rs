//! The queue and the seats of one tenant.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use kefu_types::{AgentId, ConversationId};

use super::{Seat, estimate::Estimate};
use crate::{
    lanes::{Lane, Turnstile},
    model::Rank,
};

/// Where a committed conversation is, as far as routing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It waits.
    Queued(Rank),
    /// It takes an agent's capacity.
    Owned(AgentId),
    /// With the bot, or closed.
    Elsewhere,
}

/// A decision: this conversation is reserved for this agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// What.
    pub conversation: ConversationId,
    /// To whom.
    pub agent: AgentId,
}

/// Why a reservation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The agent owns as many as they may.
    #[error("the agent owns as many conversations as they may")]
    Full,
    /// The router is giving it to somebody at this moment.
    #[error("the conversation is being assigned at this moment")]
    Reserved,
}

/// The queue and the seats.
#[derive(Debug, Clone)]
pub struct Desk {
    /// In order within each lane; between them, the turnstile decides.
    vip: BTreeMap<Rank, ConversationId>,
    normal: BTreeMap<Rank, ConversationId>,
    turnstile: Turnstile,
    places: HashMap<ConversationId, Place>,
    reserved: HashMap<ConversationId, AgentId>,
    seats: BTreeMap<AgentId, Seat>,
    estimate: Estimate,
    touches: u64,
}

impl Desk {
    /// An empty desk. While somebody waits, at most `vip_ahead_max` of the first lane pass.
    #[must_use]
    pub fn new(vip_ahead_max: u32) -> Self {
        Self {
            vip: BTreeMap::new(),
            normal: BTreeMap::new(),
            turnstile: Turnstile::new(vip_ahead_max),
            places: HashMap::new(),
            reserved: HashMap::new(),
            seats: BTreeMap::new(),
            estimate: Estimate::default(),
            touches: 0,
        }
    }

    /// Learns where a conversation is now. Says which agents' load changed. A reservation that has
    /// come true ends here, and not earlier, so that its place is never free in between.
    pub fn observe(&mut self, conversation: ConversationId, place: Place) -> Vec<AgentId> {
        if let Place::Owned(agent) = place
            && self.reserved.get(&conversation) == Some(&agent)
        {
            self.release(conversation);
        }
        let before = match place {
            Place::Elsewhere => self.places.remove(&conversation),
            _ => self.places.insert(conversation, place),
        };
        if before == Some(place) {
            return Vec::new();
        }
        let mut changed = Vec::new();
        match before {
            Some(Place::Queued(rank)) => {
                if matches!(place, Place::Owned(_)) {
                    self.turnstile.took(lane_of(rank), !self.normal.is_empty());
                }
                self.lane(rank).remove(&rank);
            }
            Some(Place::Owned(agent)) => {
                self.touch(agent).owned.remove(&conversation);
                changed.push(agent);
            }
            _ => {}
        }
        match place {
            Place::Queued(rank) => {
                self.lane(rank).insert(rank, conversation);
            }
            Place::Owned(agent) => {
                self.touch(agent).owned.insert(conversation);
                changed.push(agent);
            }
            Place::Elsewhere => {}
        }
        changed
    }

    /// Sets what an agent may and wants to do.
    pub fn set_seat(&mut self, agent: AgentId, free: bool, capacity: u32) {
        let seat = self.seats.entry(agent).or_insert_with(|| Seat::new(agent));
        seat.free = free;
        seat.capacity = capacity;
    }

    /// Sets whether a workspace is connected. Says whether that is new.
    pub fn set_online(&mut self, agent: AgentId, online: bool) -> bool {
        let seat = self.seats.entry(agent).or_insert_with(|| Seat::new(agent));
        std::mem::replace(&mut seat.online, online) != online
    }

    /// A talk took this long, from assignment to its end.
    pub fn handled(&mut self, took: Duration) {
        self.estimate.handled(took);
    }

    /// Reserves waiting conversations for open seats, in order, until one or the other runs out.
    pub fn decide(&mut self) -> Vec<Assignment> {
        let mut decisions = Vec::new();
        if !self.seats.values().any(Seat::is_open) {
            return decisions;
        }
        for conversation in self.order() {
            if self.reserved.contains_key(&conversation) {
                continue;
            }
            let open = self.seats.values().filter(|seat| seat.is_open());
            let Some(agent) = open
                .min_by_key(|seat| (seat.load(), seat.touched))
                .map(|seat| seat.agent)
            else {
                break;
            };
            self.put_reservation(conversation, agent);
            decisions.push(Assignment {
                conversation,
                agent,
            });
        }
        decisions
    }

    /// Reserves one conversation for one agent who asked for it or was chosen by a colleague.
    ///
    /// # Errors
    /// When the agent has no room or somebody else is getting it.
    pub fn reserve(&mut self, conversation: ConversationId, agent: AgentId) -> Result<(), Refused> {
        if self.reserved.contains_key(&conversation) {
            return Err(Refused::Reserved);
        }
        if !self.seats.get(&agent).is_some_and(Seat::has_room) {
            return Err(Refused::Full);
        }
        self.put_reservation(conversation, agent);
        Ok(())
    }

    /// Takes a reservation back that did not come true.
    pub fn release(&mut self, conversation: ConversationId) {
        if let Some(agent) = self.reserved.remove(&conversation)
            && let Some(seat) = self.seats.get_mut(&agent)
        {
            seat.reserved.remove(&conversation);
        }
    }

    /// Place in the queue from 1 and seconds to wait; zeros when it does not wait.
    #[must_use]
    pub fn place(&self, conversation: ConversationId) -> (u32, u32) {
        let Some(Place::Queued(rank)) = self.places.get(&conversation) else {
            return (0, 0);
        };
        let ahead = |queue: &BTreeMap<Rank, ConversationId>| queue.range(..rank).count();
        let before = match lane_of(*rank) {
            Lane::Vip => {
                let ahead = ahead(&self.vip);
                ahead + self.turnstile.before_vip(ahead, self.normal.len())
            }
            Lane::Normal => {
                let ahead = ahead(&self.normal);
                ahead + self.turnstile.before_normal(ahead, self.vip.len())
            }
        };
        let position = u32::try_from(before + 1).unwrap_or(u32::MAX);
        (position, self.estimate.wait_s(position, self.room()))
    }

    /// All that wait, in order, each with its place and seconds to wait.
    #[must_use]
    pub fn places(&self) -> Vec<(ConversationId, u32, u32)> {
        let room = self.room();
        (1..)
            .zip(self.order())
            .map(|(n, id)| (id, n, self.estimate.wait_s(n, room)))
            .collect()
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.vip.len() + self.normal.len()
    }

    /// How many wait in one lane.
    #[must_use]
    pub fn waiting_in(&self, lane: Lane) -> usize {
        match lane {
            Lane::Vip => self.vip.len(),
            Lane::Normal => self.normal.len(),
        }
    }

    /// An agent's seat, if they were ever heard of.
    #[must_use]
    pub fn seat(&self, agent: AgentId) -> Option<&Seat> {
        self.seats.get(&agent)
    }

    /// All that wait, in the order in which they are served if none comes or leaves.
    fn order(&self) -> Vec<ConversationId> {
        let mut turnstile = self.turnstile;
        let (mut vip, mut normal) = (
            self.vip.values().peekable(),
            self.normal.values().peekable(),
        );
        let mut order = Vec::with_capacity(self.waiting());
        while let Some(lane) = turnstile.next(vip.peek().is_some(), normal.peek().is_some()) {
            turnstile.took(lane, normal.peek().is_some());
            let next = match lane {
                Lane::Vip => vip.next(),
                Lane::Normal => normal.next(),
            };
            order.extend(next.copied());
        }
        order
    }

    const fn lane(&mut self, rank: Rank) -> &mut BTreeMap<Rank, ConversationId> {
        match lane_of(rank) {
            Lane::Vip => &mut self.vip,
            Lane::Normal => &mut self.normal,
        }
    }

    /// Talks that the seats which take any can hold at once.
    fn room(&self) -> u32 {
        self.seats
            .values()
            .filter(|seat| seat.online && seat.free)
            .map(|seat| seat.capacity)
            .sum()
    }

    fn put_reservation(&mut self, conversation: ConversationId, agent: AgentId) {
        self.reserved.insert(conversation, agent);
        self.touch(agent).reserved.insert(conversation);
    }

    fn touch(&mut self, agent: AgentId) -> &mut Seat {
        self.touches += 1;
        let seat = self.seats.entry(agent).or_insert_with(|| Seat::new(agent));
        seat.touched = self.touches;
        seat
    }
}

const fn lane_of(rank: Rank) -> Lane {
    Lane::from_number(rank.lane)
}
