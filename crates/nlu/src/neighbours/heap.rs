//! Similarities that can be ordered.

use std::cmp::Ordering;

/// A row and how near it is. Nearer is greater; of equals the lower row is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    pub similarity: f32,
    pub row: u32,
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        self.similarity
            .total_cmp(&other.similarity)
            .then(other.row.cmp(&self.row))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Near {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Near {}

/// The best so many of a stream.
pub(super) struct Best {
    kept: Vec<Near>,
    most: usize,
    least: f32,
}

impl Best {
    pub fn new(most: usize) -> Self {
        Self {
            kept: Vec::with_capacity(2 * most.max(1)),
            most: most.max(1),
            least: f32::NEG_INFINITY,
        }
    }

    /// Room for twice as many, so that the worse half goes only now and then.
    #[inline]
    pub fn offer(&mut self, near: Near) {
        if near.similarity < self.least {
            return;
        }
        self.kept.push(near);
        if self.kept.len() >= 2 * self.most {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.kept.len() > self.most {
            self.kept
                .select_nth_unstable_by(self.most - 1, |a, b| b.cmp(a));
            self.kept.truncate(self.most);
            self.least = self.kept[self.most - 1].similarity;
        }
    }

    /// Best first.
    pub fn into_sorted(mut self) -> Vec<Near> {
        self.cut();
        self.kept.sort_unstable_by(|a, b| b.cmp(a));
        self.kept
    }
}
