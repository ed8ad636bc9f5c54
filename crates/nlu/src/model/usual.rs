//! How near an intent's phrasings are to one another: the measure of what is near for it.
//!
//! A similarity of 0.6 is much for a broad intent and little for a narrow one. So whether a text
//! belongs is asked relative to the intent's own phrasings, each compared with the others as the
//! text is with all of them: with their mean, with the nearest in n-grams, and with the few nearest
//! around the place where the text lies (as the local outlier factor of Breunig et al. 2000 does).

use ndarray::Array2;

use super::{Class, overlap, row_dot};
use crate::dense::{add, dot};
use crate::lexicon::Bag;

/// As many phrasings the mean of all classes counts for.
const PRIOR: f32 = 3.0;
/// Phrasings around a text that say how dense it is there.
const AROUND: usize = 5;
/// Phrasings of a class that stand for it where each is compared with each: bounds the time of a
/// large intent, which is the square of this.
const REPRESENTATIVES_MAX: usize = 256;
/// Keeps the ratio of distances finite where a text is a phrasing word by word.
const DISTANCE_MIN: f32 = 0.01;

#[derive(Debug, Clone)]
pub(super) struct Usual {
    /// Per class, the mean cosine of a phrasing to the mean of the others.
    cohesions: Vec<f32>,
    /// Per class, the mean likeness of a phrasing to the nearest other in n-grams.
    wordings: Vec<f32>,
    /// Per row, the mean cosine to the nearest others of its class; read only where the row is a
    /// representative.
    company: Vec<f32>,
}

impl Usual {
    /// `dense` and `bags` are by class; there are `terms` of n-grams.
    pub fn of(dense: &Array2<f32>, bags: &[Bag], terms: usize, classes: &[Class]) -> Self {
        let cohesions: Vec<Sum> = classes.iter().map(|class| cohesion(dense, class)).collect();
        let mut spread = vec![0f32; terms];
        let wordings: Vec<Sum> = (classes.iter())
            .map(|class| wording(bags, class, &mut spread))
            .collect();
        Self {
            cohesions: shrunk(&cohesions),
            wordings: shrunk(&wordings),
            company: company(dense, classes),
        }
    }

    /// By how much a text with this cosine to the mean of a class is nearer than its phrasings are.
    pub fn belonging(&self, class: usize, centroid: f32) -> f32 {
        centroid - self.cohesions[class]
    }

    /// The same of n-grams and the nearest phrasing.
    pub fn wording(&self, class: usize, lexical: f32) -> f32 {
        lexical - self.wordings[class]
    }

    /// How far the phrasings around `query` are from their own neighbours, beside how far the query
    /// is from them: about 1 where it lies among them, less the more it lies apart.
    pub fn company<'a>(
        &self,
        dense: &Array2<f32>,
        query: &[f32],
        classes: impl Iterator<Item = &'a Class>,
    ) -> f32 {
        let mut near: Vec<(f32, f32)> = classes
            .flat_map(representatives)
            .map(|row| (row_dot(dense, row, query), self.company[row]))
            .collect();
        nearest_first(&mut near, |pair| pair.0);
        let count = near.len().max(1) as f32;
        let (to_them, theirs) = (near.iter()).fold((0.0, 0.0), |(t, o), n| (t + n.0, o + n.1));
        let distance = |cosines: f32| DISTANCE_MIN + (1.0 - cosines / count).max(0.0);
        distance(theirs) / distance(to_them)
    }
}

/// A sum over the phrasings of a class, and their number; nothing of a lone one.
type Sum = (f32, f32);

/// The means, drawn towards that of all classes as far as there are few phrasings.
fn shrunk(sums: &[Sum]) -> Vec<f32> {
    let (sum, count) = sums
        .iter()
        .fold((0.0, 0.0), |(s, c), own| (s + own.0, c + own.1));
    let all = if count > 0.0 { sum / count } else { 0.0 };
    let mean = |(sum, count): &Sum| (sum + PRIOR * all) / (count + PRIOR);
    sums.iter().map(mean).collect()
}

/// Rows spread evenly over the class.
fn representatives(class: &Class) -> impl Iterator<Item = usize> + Clone + use<> {
    let step = (class.to - class.from).div_ceil(REPRESENTATIVES_MAX).max(1);
    (class.from..class.to).step_by(step)
}

/// Leaves the [`AROUND`] largest, in no order that matters.
fn nearest_first<T>(near: &mut Vec<T>, value: impl Fn(&T) -> f32) {
    if near.len() > AROUND {
        near.select_nth_unstable_by(AROUND - 1, |a, b| value(b).total_cmp(&value(a)));
        near.truncate(AROUND);
    }
}

/// The cosine of each row of the class to the mean of the others.
fn cohesion(dense: &Array2<f32>, class: &Class) -> Sum {
    if class.to - class.from < 2 {
        return (0.0, 0.0);
    }
    let rows = || (class.from..class.to).filter_map(|row| dense.row(row).to_slice());
    let mut whole = vec![0f32; dense.ncols()];
    rows().for_each(|row| add(&mut whole, row, 1.0));
    let square = dot(&whole, &whole);
    let cosine = |row: &[f32]| {
        let (with, own) = (dot(row, &whole), dot(row, row));
        let others = (square - 2.0 * with + own).max(1e-12).sqrt();
        (with - own) / others
    };
    (rows().map(cosine).sum(), (class.to - class.from) as f32)
}

/// The likeness of each representative to the nearest other one in n-grams. `spread` is zero
/// before and after.
fn wording(bags: &[Bag], class: &Class, spread: &mut [f32]) -> Sum {
    let rows = representatives(class);
    let count = rows.clone().count();
    if count < 2 {
        return (0.0, 0.0);
    }
    let mut sum = 0.0;
    for row in rows.clone() {
        let own = &bags[row];
        for (&id, &weight) in own.ids.iter().zip(&own.weights) {
            spread[id as usize] = weight;
        }
        let others = rows.clone().filter(|&other| other != row);
        sum += others
            .map(|other| overlap(&bags[other], spread))
            .fold(0.0, f32::max);
        own.ids.iter().for_each(|&id| spread[id as usize] = 0.0);
    }
    (sum, count as f32)
}

/// Per representative, the mean cosine to the [`AROUND`] nearest others of its class; a lone one
/// gets the mean of those that are not.
fn company(dense: &Array2<f32>, classes: &[Class]) -> Vec<f32> {
    let mut company = vec![0f32; dense.nrows()];
    let (mut sum, mut count) = (0.0, 0.0);
    for class in classes.iter().filter(|class| class.to - class.from > 1) {
        let rows: Vec<usize> = representatives(class).collect();
        let mut cosines = vec![0f32; rows.len() * rows.len()];
        for (i, &row) in rows.iter().enumerate() {
            let own = dense.row(row);
            for (j, &other) in rows.iter().enumerate().take(i) {
                let cosine = own.as_slice().map_or(0.0, |own| row_dot(dense, other, own));
                cosines[i * rows.len() + j] = cosine;
                cosines[j * rows.len() + i] = cosine;
            }
        }
        for (i, &row) in rows.iter().enumerate() {
            let mut near = cosines[i * rows.len()..][..rows.len()].to_vec();
            near.swap_remove(i);
            nearest_first(&mut near, |&cosine| cosine);
            company[row] = near.iter().sum::<f32>() / near.len().max(1) as f32;
            sum += company[row];
            count += 1.0;
        }
    }
    let all = if count > 0.0 { sum / count } else { 0.0 };
    for class in classes.iter().filter(|class| class.to - class.from == 1) {
        company[class.from] = all;
    }
    company
}

#[cfg(test)]
mod tests;
