//! Samples laid out for the two matrix products of an evaluation, once for all evaluations.
//!
//! Classes come in panels of [`PANEL`], so that what belongs to a panel (its weights, the scores of
//! a chunk of samples) lies together and stays in the caches; features and samples come in groups of
//! [`GROUP`], as many as have their sums in registers at once.

use super::{BAG_LENGTH, Examples};

/// Classes side by side: two registers of the widest kind.
pub(super) const PANEL: usize = 32;
/// One feature's weights, or one sample's scores, for the classes of a panel.
pub(super) type Row = [f32; PANEL];
/// Samples (scores) or features (gradient) that are computed together.
pub(super) const GROUP: usize = 6;
/// Samples whose scores for a panel stay in the nearest cache.
pub(super) const CHUNK: usize = 40 * GROUP;

/// A number for each of a group.
pub(super) type Group = [f32; GROUP];

/// Nothing beyond `samples` and `dimension` but zeros.
pub(super) struct Packed {
    pub samples: usize,
    pub classes: usize,
    pub dimension: usize,
    pub terms: usize,
    pub labels: Vec<u32>,
    /// By group of samples, then feature.
    by_sample: Vec<Group>,
    /// By chunk of samples, then group of features, then sample.
    by_feature: Vec<Group>,
    /// The terms of each sample with their weights.
    bags: Lists,
    /// The samples of each term with the weights it has there.
    columns: Lists,
}

/// Lists of (number, weight), end to end.
struct Lists {
    ends: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Lists {
    fn of(&self, at: usize) -> &[(u32, f32)] {
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[from..self.ends[at]]
    }
}

impl Packed {
    pub fn new(examples: &Examples) -> Self {
        let (samples, dimension) = (examples.labels.len(), examples.dense.ncols());
        let value = |sample: usize, feature: usize| {
            let found = examples.dense.get((sample, feature));
            found.copied().unwrap_or_default()
        };
        let mut by_sample = Vec::with_capacity(samples.div_ceil(GROUP) * dimension);
        for first in (0..samples).step_by(GROUP) {
            let group = |feature| std::array::from_fn(|at| value(first + at, feature));
            by_sample.extend((0..dimension).map(group));
        }
        let mut by_feature = Vec::with_capacity(dimension.div_ceil(GROUP) * samples);
        for from in (0..samples).step_by(CHUNK) {
            for first in (0..dimension).step_by(GROUP) {
                let group = |sample| std::array::from_fn(|at| value(sample, first + at));
                by_feature.extend((from..(from + CHUNK).min(samples)).map(group));
            }
        }
        Self {
            samples,
            classes: examples.classes,
            dimension,
            terms: examples.terms,
            labels: examples.labels.clone(),
            by_sample,
            by_feature,
            bags: bags(examples),
            columns: columns(examples),
        }
    }

    /// Panels of classes.
    pub fn panels(&self) -> usize {
        self.classes.div_ceil(PANEL).max(1)
    }

    /// Rows of a panel's weights: features, one for the bias, terms.
    pub fn rows(&self) -> usize {
        self.dimension + 1 + self.terms
    }

    /// The samples of a chunk: the first, and one past the last.
    pub fn chunk(&self, chunk: usize) -> (usize, usize) {
        let first = chunk * CHUNK;
        (first, (first + CHUNK).min(self.samples))
    }

    /// The features of the group of samples that begins with `first`.
    pub fn group_of_samples(&self, first: usize) -> &[Group] {
        let from = first / GROUP * self.dimension;
        &self.by_sample[from..from + self.dimension]
    }

    /// The samples of a chunk with the features from `first` on.
    pub fn group_of_features(&self, chunk: usize, first: usize) -> &[Group] {
        let (start, end) = self.chunk(chunk);
        let count = end - start;
        let from = start * self.dimension.div_ceil(GROUP) + first / GROUP * count;
        &self.by_feature[from..from + count]
    }

    pub fn bag(&self, sample: usize) -> &[(u32, f32)] {
        self.bags.of(sample)
    }

    pub fn column(&self, term: usize) -> &[(u32, f32)] {
        self.columns.of(term)
    }

    /// Of each row, the sum over the samples of its square.
    pub fn squares(&self) -> Vec<f32> {
        let mut squares = vec![0f32; self.rows()];
        for group in self.by_sample.chunks_exact(self.dimension.max(1)) {
            for (square, of_group) in squares.iter_mut().zip(group) {
                *square += of_group.iter().map(|x| x * x).sum::<f32>();
            }
        }
        squares[self.dimension] = self.samples as f32;
        let first = self.dimension + 1;
        for (term, square) in squares[first..].iter_mut().enumerate() {
            *square = self.column(term).iter().map(|(_, w)| w * w).sum();
        }
        squares
    }
}

fn bags(examples: &Examples) -> Lists {
    let (mut ends, mut entries) = (Vec::new(), Vec::new());
    for bag in &examples.bags {
        let weights = bag.weights.iter().map(|w| BAG_LENGTH * w);
        entries.extend(bag.ids.iter().copied().zip(weights));
        ends.push(entries.len());
    }
    Lists { ends, entries }
}

fn columns(examples: &Examples) -> Lists {
    let mut ends = vec![0usize; examples.terms];
    for id in examples.bags.iter().flat_map(|bag| &bag.ids) {
        ends[*id as usize] += 1;
    }
    let mut sum = 0;
    for end in &mut ends {
        // Where the list begins, until all its entries are there.
        sum += std::mem::replace(end, sum);
    }
    let mut entries = vec![(0u32, 0f32); sum];
    for (sample, bag) in (0u32..).zip(&examples.bags) {
        for (&id, weight) in bag.ids.iter().zip(&bag.weights) {
            let end = &mut ends[id as usize];
            entries[*end] = (sample, BAG_LENGTH * weight);
            *end += 1;
        }
    }
    Lists { ends, entries }
}
