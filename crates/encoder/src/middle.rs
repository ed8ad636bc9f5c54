//! The second part of a sentence vector: what the encoder says before it has made up its mind.
//!
//! Two thirds of the way through the layers single words count for more than in the last, and a
//! classifier with few phrasings gains from both; ADR 61 has the figures. The part is folded to a third of
//! the layer's width, as the whole of it would cost twice the time of every dot product and
//! brings little more: numbers a third of the width apart are added with fixed signs, which keeps
//! inner products in expectation (Weinberger et al. 2009, feature hashing).

/// Length of the second part beside the first's, one. It then has a fifth of the squared distances
/// between sentences, as far as they differ from their mean.
const LENGTH: f32 = 0.42;
/// Numbers that are folded into one.
const FOLD: usize = 3;

/// Which of so many layers is read: the eighth of twelve.
pub(crate) const fn layer(layers: usize) -> usize {
    (2 * layers).div_ceil(3)
}

/// Width of the second part for a layer of `hidden` numbers.
pub(crate) const fn width(hidden: usize) -> usize {
    hidden.div_ceil(FOLD)
}

/// `last` with `middle` behind it, of length one. Both come with length one.
pub(crate) fn join(mut last: Vec<f32>, middle: &[f32]) -> Vec<f32> {
    let width = width(middle.len());
    let mut folded = vec![0.0; width];
    for (at, value) in middle.iter().enumerate() {
        folded[at % width] += sign(at) * LENGTH * value;
    }
    last.extend(folded);
    unit(&mut last);
    last
}

/// Brings a vector to length one; a zero stays zero.
pub(crate) fn unit(vector: &mut [f32]) {
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    vector
        .iter_mut()
        .for_each(|value| *value /= norm.max(f32::MIN_POSITIVE));
}

/// Fixed for ever, as vectors are kept: the highest bit of a number scrambled by SplitMix64.
const fn sign(at: usize) -> f32 {
    let x = (at as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    if (x ^ (x >> 31)) >> 63 == 1 {
        1.0
    } else {
        -1.0
    }
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, join, layer, sign, unit, width};

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn two_thirds_of_the_layers_are_read() {
        assert_eq!([1, 2, 3, 6, 12, 24].map(layer), [1, 2, 2, 4, 8, 16]);
        assert_eq!([384, 32, 1].map(width), [128, 11, 1]);
    }

    #[test]
    fn the_first_part_is_the_vector_without_the_second() {
        let plain = vec![0.6, 0.8, 0.0];
        let joined = join(plain.clone(), &[0.0, 1.0, 0.0]);
        assert_eq!(joined.len(), 4);
        assert!((dot(&joined, &joined) - 1.0).abs() < 1e-6);
        let mut first = joined[..3].to_vec();
        unit(&mut first);
        assert!(first.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-6));
        let second = dot(&joined[3..], &joined[3..]).sqrt();
        assert!((second / dot(&joined[..3], &joined[..3]).sqrt() - LENGTH).abs() < 1e-6);
    }

    #[test]
    fn signs_are_as_often_minus_as_plus() {
        let sum: f32 = (0..384).map(sign).sum();
        assert!(sum.abs() < 60.0, "{sum}");
    }
}
