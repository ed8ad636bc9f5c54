//! Texts as vectors of their characters, so that one comparison serves with and without a model.

use std::collections::{BTreeSet, HashMap};

use kefu_text::{char_ngrams, words};

/// Length of a sketch: enough that a text's twenty or so n-grams seldom share a place.
const LENGTH: usize = 512;

/// One vector of length 1 for each normalised text: n-grams of one to three characters and whole
/// words, weighed by how few texts have them, each hashed to a place and a sign (Weinberger et
/// al. 2009).
pub(super) fn sketches(texts: &[String]) -> Vec<Vec<f32>> {
    let terms: Vec<BTreeSet<&str>> = texts.iter().map(|text| terms(text)).collect();
    let mut frequency: HashMap<&str, usize> = HashMap::new();
    for term in terms.iter().flatten() {
        *frequency.entry(term).or_default() += 1;
    }
    let all = texts.len() as f32;
    let sketch = |terms: &BTreeSet<&str>| {
        let mut vector = vec![0f32; LENGTH];
        for term in terms {
            let seen = frequency.get(term).copied().unwrap_or(1) as f32;
            let hash = hash(term);
            let sign = if hash & 1 == 0 { 1.0 } else { -1.0 };
            vector[(hash >> 1) as usize % LENGTH] += sign * (1.0 + all / seen).ln();
        }
        unit(&mut vector);
        vector
    };
    terms.iter().map(sketch).collect()
}

fn terms(text: &str) -> BTreeSet<&str> {
    char_ngrams(text, 1..=3).chain(words(text)).collect()
}

/// FNV-1a with a last mixing step, so that the lowest bit is as good as any.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 16
}

/// Scales to length 1; what has no length stays as it is.
pub(super) fn unit(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::sketches;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn texts_that_share_characters_are_near_and_strangers_are_not() {
        let texts = ["我要退货", "我想要退货", "开发票", ""].map(str::to_owned);
        let found = sketches(&texts);
        assert!((cosine(&found[0], &found[0]) - 1.0).abs() < 1e-5);
        assert!(cosine(&found[0], &found[1]) > 0.4);
        assert!(cosine(&found[0], &found[2]) < 0.3);
        assert!(
            cosine(&found[3], &found[0]).abs() < 1e-6,
            "nothing is near nothing"
        );
    }
}
