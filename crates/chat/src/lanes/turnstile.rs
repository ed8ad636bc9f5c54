//! Whose turn it is.

use super::Lane;

/// Decides which of two lanes is next. Pure, and as small as two numbers, so that every schedule of
/// it can be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Turnstile {
    ahead_max: u32,
    passed: u32,
}

impl Turnstile {
    /// At most `ahead_max` (at least 1) go by the first lane while somebody waits in the other.
    #[must_use]
    pub const fn new(ahead_max: u32) -> Self {
        Self {
            ahead_max: if ahead_max == 0 { 1 } else { ahead_max },
            passed: 0,
        }
    }

    /// Which lane is next, when these have somebody in them.
    #[must_use]
    pub const fn next(&self, vip: bool, normal: bool) -> Option<Lane> {
        match (vip, normal) {
            (false, false) => None,
            (true, false) => Some(Lane::Vip),
            (false, true) => Some(Lane::Normal),
            (true, true) if self.passed >= self.ahead_max => Some(Lane::Normal),
            (true, true) => Some(Lane::Vip),
        }
    }

    /// Somebody went by `lane` while the normal one had somebody in it, or not.
    pub const fn took(&mut self, lane: Lane, normal_waits: bool) {
        self.passed = match (lane, normal_waits) {
            (Lane::Vip, true) => self.passed.saturating_add(1),
            _ => 0,
        };
    }

    /// Who was taken from `lane` came back and has not passed: it is that lane's turn again.
    pub const fn back(&mut self, lane: Lane) {
        self.passed = match lane {
            Lane::Normal => self.ahead_max,
            Lane::Vip => self.passed.saturating_sub(1),
        };
    }

    /// The same where at most `coming_back` who passed may still come back: further beyond its
    /// turn than that, a lane is owed it all the same.
    #[cfg(test)]
    pub fn fold(&mut self, coming_back: u32) {
        self.passed = self.passed.min(self.ahead_max + coming_back);
    }

    /// How many of the first lane go before what has `ahead` others before it in the normal lane,
    /// if none comes or leaves.
    #[must_use]
    pub fn before_normal(&self, ahead: usize, vips: usize) -> usize {
        let each = self.ahead_max as usize;
        let first = each.saturating_sub(self.passed as usize);
        first.saturating_add(ahead.saturating_mul(each)).min(vips)
    }

    /// How many of the normal lane go before what has `ahead` others before it in the first lane,
    /// if none comes or leaves.
    #[must_use]
    pub fn before_vip(&self, ahead: usize, normals: usize) -> usize {
        let each = self.ahead_max as usize;
        let first = each.saturating_sub(self.passed as usize);
        match ahead.checked_sub(first) {
            None => 0,
            Some(further) => (1 + further / each).min(normals),
        }
    }
}
