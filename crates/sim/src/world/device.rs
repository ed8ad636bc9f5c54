//! A reader's screen: what it has shown so far, and whether it knows that it is behind.

use super::reading::Eyes;
use crate::log::Row;

/// One open page of one person.
#[derive(Debug, Clone)]
pub(super) struct Device {
    pub(super) eyes: Eyes,
    /// Everything up to here was shown, in order.
    pub(super) cursor: u64,
    /// The watch is in force on the link of now.
    pub(super) watching: bool,
    /// It must read the store.
    pub(super) behind: bool,
}

impl Device {
    pub(super) const fn new(eyes: Eyes, cursor: u64) -> Self {
        Self {
            eyes,
            cursor,
            watching: false,
            behind: false,
        }
    }

    /// Events come once, in order, or show by a gap that some are missing.
    pub(super) fn pushed(&mut self, rows: &[Row]) {
        for row in rows {
            if row.seq == self.cursor + 1 {
                self.cursor = row.seq;
            } else if row.seq > self.cursor {
                self.behind = true;
            }
        }
    }

    /// The head says how far the history goes.
    pub(super) fn told(&mut self, last_seq: u64) {
        self.watching = true;
        self.behind |= last_seq > self.cursor;
    }
}
