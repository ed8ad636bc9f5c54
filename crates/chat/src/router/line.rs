//! Who waits in one group, in order.

use std::collections::VecDeque;

use kefu_types::ConversationId;

use super::Time;
use crate::{
    lanes::{Lane, Turnstile},
    model::Rank,
};

/// One who waits and is not reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiter {
    pub(super) rank: Rank,
    pub(super) conversation: ConversationId,
    /// Since when.
    pub(super) since: Time,
}

/// Two lanes and the turnstile between them, behind those who are reserved already.
///
/// Each lane is sorted: tickets grow, so almost all join at the end and leave at the front, and a
/// place is a binary search instead of a walk.
#[derive(Debug, Clone)]
pub(super) struct Line {
    vip: VecDeque<Waiter>,
    normal: VecDeque<Waiter>,
    pub(super) turnstile: Turnstile,
    /// Reserved and not gone yet, in the order in which they were: they are next.
    pub(super) leaving: Vec<ConversationId>,
}

impl Line {
    pub(super) fn new(vip_ahead_max: u32) -> Self {
        Self {
            vip: VecDeque::new(),
            normal: VecDeque::new(),
            turnstile: Turnstile::new(vip_ahead_max),
            leaving: Vec::new(),
        }
    }

    pub(super) fn lane(&self, lane: Lane) -> &VecDeque<Waiter> {
        match lane {
            Lane::Vip => &self.vip,
            Lane::Normal => &self.normal,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.vip.is_empty() && self.normal.is_empty()
    }

    pub(super) fn join(&mut self, waiter: Waiter) {
        let lane = self.lane_mut(waiter.rank);
        let at = lane.partition_point(|other| other.rank < waiter.rank);
        lane.insert(at, waiter);
    }

    pub(super) fn leave(&mut self, rank: Rank, conversation: ConversationId) {
        let lane = self.lane_mut(rank);
        let at = lane.partition_point(|other| other.rank < rank);
        let is_there = |other: &Waiter| other.conversation == conversation;
        // Ranks are of one generator and differ; should two be alike, both are looked at.
        let found = (at..lane.len())
            .take_while(|at| lane.get(*at).is_some_and(|other| other.rank == rank))
            .find(|at| lane.get(*at).is_some_and(is_there));
        if let Some(at) = found {
            lane.remove(at);
        }
    }

    /// Since when the one waits who has waited longest. Within a lane times grow with tickets,
    /// those who were served before and the others each for themselves.
    pub(super) fn longest(&self) -> Option<Time> {
        let of = |lane: &VecDeque<Waiter>| {
            let again = lane.front().map(|first| first.since);
            let fresh = lane.partition_point(|waiter| !waiter.rank.fresh);
            let fresh = lane.get(fresh).map(|first| first.since);
            [again, fresh].into_iter().flatten().min()
        };
        [of(&self.vip), of(&self.normal)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Somebody was taken out of turn or in it.
    pub(super) fn took(&mut self, lane: Lane) {
        self.turnstile.took(lane, !self.normal.is_empty());
    }

    /// Place from 1, of one who waits and is not reserved.
    pub(super) fn position(&self, rank: Rank) -> usize {
        let lane = lane_of(rank);
        let ahead = self.lane(lane).partition_point(|waiter| waiter.rank < rank);
        let across = match lane {
            Lane::Vip => self.turnstile.before_vip(ahead, self.normal.len()),
            Lane::Normal => self.turnstile.before_normal(ahead, self.vip.len()),
        };
        self.leaving.len() + ahead + across + 1
    }

    /// All who wait, in the order in which they are served if none comes or leaves.
    pub(super) fn order(&self) -> impl Iterator<Item = ConversationId> + '_ {
        let mut turnstile = self.turnstile;
        let (mut vip, mut normal) = (self.vip.iter().peekable(), self.normal.iter().peekable());
        let ready = std::iter::from_fn(move || {
            let lane = turnstile.next(vip.peek().is_some(), normal.peek().is_some())?;
            let next = match lane {
                Lane::Vip => vip.next(),
                Lane::Normal => normal.next(),
            };
            turnstile.took(lane, normal.peek().is_some());
            next.map(|waiter| waiter.conversation)
        });
        self.leaving.iter().copied().chain(ready)
    }

    /// Another number for the same place, where only the order of numbers counts.
    #[cfg(test)]
    pub(super) fn renumber(&mut self, conversation: ConversationId, rank: Rank, since: Time) {
        let mut lane = self.lane_mut(rank).iter_mut();
        if let Some(waiter) = lane.find(|waiter| waiter.conversation == conversation) {
            waiter.rank = rank;
            waiter.since = since;
        }
    }

    const fn lane_mut(&mut self, rank: Rank) -> &mut VecDeque<Waiter> {
        match lane_of(rank) {
            Lane::Vip => &mut self.vip,
            Lane::Normal => &mut self.normal,
        }
    }
}

pub(super) const fn lane_of(rank: Rank) -> Lane {
    Lane::from_number(rank.lane)
}
