//! Texts as bags of n-grams: what embeddings blur (names, numbers, negations) stays sharp here.

use std::collections::HashMap;

use kefu_text::{char_ngrams, words};

/// A sparse vector: ascending ids and their weights, of length 1 or empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bag {
    pub ids: Vec<u32>,
    pub weights: Vec<f32>,
    /// The share of the text's weight that the vocabulary knows, 0 to 1.
    pub known: f32,
}

/// The vocabulary with its inverse document frequencies.
#[derive(Debug, Clone)]
pub(crate) struct Lexicon {
    terms: HashMap<u64, (u32, f32)>,
    unknown_idf: f32,
}

impl Lexicon {
    /// From normalised texts; the `terms_max` most frequent terms stay.
    pub fn fit<'a>(texts: impl Iterator<Item = &'a str>, terms_max: usize) -> Self {
        let mut documents = HashMap::<u64, u32>::new();
        let mut total = 0f32;
        for text in texts {
            total += 1.0;
            for (term, _) in counts(text) {
                *documents.entry(term).or_default() += 1;
            }
        }
        let mut ranked: Vec<(u64, u32)> = documents.into_iter().collect();
        ranked.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(terms_max);
        let idf = |count: f32| ((1.0 + total) / (1.0 + count)).ln() + 1.0;
        let terms = (0u32..)
            .zip(ranked)
            .map(|(id, (term, count))| (term, (id, idf(count as f32))))
            .collect();
        Self {
            terms,
            unknown_idf: idf(0.0),
        }
    }

    /// Learns the terms of a text that came later, as ones that nothing else has.
    pub fn extend(&mut self, text: &str) {
        for (term, _) in counts(text) {
            let next = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
            self.terms.entry(term).or_insert((next, self.unknown_idf));
        }
    }

    /// How many terms there are; every id is below.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// The bag of a normalised text: (1 + ln count) · idf, scaled to length 1.
    pub fn bag(&self, text: &str) -> Bag {
        let (mut all, mut known) = (0f32, 0f32);
        let mut entries: Vec<(u32, f32)> = Vec::new();
        for (term, count) in counts(text) {
            let frequency = 1.0 + (count as f32).ln();
            if let Some(&(id, idf)) = self.terms.get(&term) {
                known += frequency * idf;
                all += frequency * idf;
                entries.push((id, frequency * idf));
            } else {
                all += frequency * self.unknown_idf;
            }
        }
        entries.sort_unstable_by_key(|entry| entry.0);
        let length = entries
            .iter()
            .map(|(_, w)| w * w)
            .sum::<f32>()
            .sqrt()
            .max(1e-9);
        Bag {
            ids: entries.iter().map(|entry| entry.0).collect(),
            weights: entries.iter().map(|entry| entry.1 / length).collect(),
            known: if all > 0.0 { known / all } else { 0.0 },
        }
    }
}

/// Distinct terms of a normalised text and how often each stands there, in order of their hashes.
fn counts(text: &str) -> Vec<(u64, u32)> {
    let mut hashes: Vec<u64> = char_ngrams(text, 1..=3)
        .map(|gram| hash(1, &[gram]))
        .collect();
    let mut before = "";
    for word in words(text) {
        hashes.push(hash(2, &[word]));
        hashes.push(hash(3, &[before, word]));
        before = word;
    }
    hashes.sort_unstable();
    hashes
        .chunk_by(|a, b| a == b)
        .map(|run| (run[0], run.len() as u32))
        .collect()
}

/// FNV-1a over a kind and its parts. Terms are compared by these 64 bits alone: among a million
/// terms a clash has odds of one in forty million, and would only blur one weight.
fn hash(kind: u8, parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xFF]));
    std::iter::once(kind)
        .chain(bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::Lexicon;

    #[test]
    fn bags_have_length_one_and_know_what_they_know() {
        let lexicon = Lexicon::fit(["我要退货", "return it"].into_iter(), 1000);
        let bag = lexicon.bag("我要退货");
        let length: f32 = bag.weights.iter().map(|w| w * w).sum();
        assert!((length - 1.0).abs() < 1e-5);
        assert!((bag.known - 1.0).abs() < 1e-6);
        assert!(bag.ids.is_sorted());
        let half = lexicon.bag("我要发票");
        assert!(half.known > 0.1 && half.known < 0.6, "{}", half.known);
        assert_eq!(lexicon.bag("天").known, 0.0);
    }

    #[test]
    fn the_vocabulary_is_bounded_by_the_rarest() {
        let lexicon = Lexicon::fit(["退货", "退款", "退"].into_iter(), 1);
        assert_eq!(lexicon.len(), 1);
        assert_eq!(lexicon.bag("退").ids, [0]);
        assert!(lexicon.bag("货").ids.is_empty());
    }
}
