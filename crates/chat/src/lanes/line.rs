//! A waiting line with two lanes.

use std::collections::VecDeque;

use super::{Lane, Turnstile};

/// First come, first served in each lane; between them, the turnstile decides.
pub(crate) struct Line<T> {
    vip: VecDeque<T>,
    normal: VecDeque<T>,
    turnstile: Turnstile,
}

impl<T> Line<T> {
    pub(crate) const fn new(ahead_max: u32) -> Self {
        Self {
            vip: VecDeque::new(),
            normal: VecDeque::new(),
            turnstile: Turnstile::new(ahead_max),
        }
    }

    const fn lane(&mut self, lane: Lane) -> &mut VecDeque<T> {
        match lane {
            Lane::Vip => &mut self.vip,
            Lane::Normal => &mut self.normal,
        }
    }

    pub(crate) fn push_back(&mut self, lane: Lane, item: T) {
        self.lane(lane).push_back(item);
    }

    pub(crate) fn push_front(&mut self, lane: Lane, item: T) {
        self.lane(lane).push_front(item);
    }

    /// Who is next, without taking it.
    pub(crate) fn peek(&self) -> Option<(Lane, &T)> {
        let lane = self
            .turnstile
            .next(!self.vip.is_empty(), !self.normal.is_empty())?;
        let front = match lane {
            Lane::Vip => self.vip.front(),
            Lane::Normal => self.normal.front(),
        };
        front.map(|item| (lane, item))
    }

    /// Takes the first of `lane`: it is its turn.
    pub(crate) fn take(&mut self, lane: Lane) -> Option<T> {
        let waits = !self.normal.is_empty();
        let item = self.lane(lane).pop_front()?;
        self.turnstile.took(lane, waits);
        Some(item)
    }

    /// Removes the first of `lane`, who does not wait any more: nobody was passed.
    pub(crate) fn discard(&mut self, lane: Lane) {
        self.lane(lane).pop_front();
    }
}
