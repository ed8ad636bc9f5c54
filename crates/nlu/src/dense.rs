//! Vectors moved to where their differences show.
//!
//! All similarities of a sentence encoder lie in a narrow cone; subtracting the mean opens it.
//! Each language has its own mean, because the language itself is one of the largest directions.

use kefu_types::Lang;

/// As many texts the background counts for: it leads while an intent set is small.
const BACKGROUND_TEXTS: f32 = 20.0;

/// The origin of each language.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    zh: Vec<f32>,
    en: Vec<f32>,
}

impl Space {
    /// From (vector, language) pairs of the samples and of the background; all vectors of length
    /// `dimension`.
    pub fn fit<'a>(
        dimension: usize,
        samples: impl Iterator<Item = (&'a [f32], Lang)>,
        background: impl Iterator<Item = (&'a [f32], Lang)>,
    ) -> Self {
        let behind = sums(dimension, background);
        let before = sums(dimension, samples);
        let centre = |side: usize| {
            let mut mean = vec![0f32; dimension];
            let (sum, count) = &behind[side];
            let share = if *count > 0.0 { BACKGROUND_TEXTS } else { 0.0 };
            add(&mut mean, sum, share / count.max(1.0));
            add(&mut mean, &before[side].0, 1.0);
            let all = (share + before[side].1).max(1.0);
            mean.iter_mut().for_each(|x| *x /= all);
            mean
        };
        Self {
            zh: centre(0),
            en: centre(1),
        }
    }

    /// `vector` seen from its language's origin, of length 1 (or all zero if it is the origin).
    pub fn place(&self, vector: &[f32], lang: Lang) -> Vec<f32> {
        let origin = if lang == Lang::En { &self.en } else { &self.zh };
        let mut placed: Vec<f32> = vector.iter().zip(origin).map(|(v, o)| v - o).collect();
        let length = dot(&placed, &placed).sqrt();
        if length > 1e-6 {
            placed.iter_mut().for_each(|x| *x /= length);
        } else {
            placed.fill(0.0);
        }
        placed
    }
}

/// The sum and the number of the vectors of each language.
fn sums<'a>(
    dimension: usize,
    vectors: impl Iterator<Item = (&'a [f32], Lang)>,
) -> [(Vec<f32>, f32); 2] {
    let mut sums = [(vec![0f32; dimension], 0f32), (vec![0f32; dimension], 0f32)];
    for (vector, lang) in vectors {
        let (sum, count) = &mut sums[usize::from(lang == Lang::En)];
        add(sum, vector, 1.0);
        *count += 1.0;
    }
    sums
}

/// `to += scale * from`. Inlined, so that it is compiled for the processor that its caller found.
#[inline(always)]
pub(crate) fn add(to: &mut [f32], from: &[f32], scale: f32) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += scale * f;
    }
}

/// The dot product, in eight running sums so that it vectorises; inlined as [`add`] is.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    let mut sums = [0f32; 8];
    for (x, y) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use kefu_types::Lang;

    use super::{Space, dot};

    #[test]
    fn the_mean_vanishes_and_lengths_are_one() {
        let vectors = [vec![1.0, 0.2], vec![1.0, -0.2]];
        let pairs = vectors.iter().map(|v| (v.as_slice(), Lang::Zh));
        let space = Space::fit(2, pairs, std::iter::empty());
        let placed = space.place(&vectors[0], Lang::Zh);
        assert!(
            (placed[1] - 1.0).abs() < 1e-5,
            "the common direction is gone: {placed:?}"
        );
        assert!((dot(&placed, &placed) - 1.0).abs() < 1e-5);
        assert_eq!(space.place(&[1.0, 0.0], Lang::Zh), [0.0, 0.0]);
    }

    #[test]
    fn dot_counts_the_odd_end() {
        let a: Vec<f32> = (0..19u8).map(f32::from).collect();
        assert!((dot(&a, &a) - 2109.0).abs() < 1e-3);
    }
}
