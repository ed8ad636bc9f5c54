//! Which phrasing is held back when.

use std::collections::{BTreeSet, HashMap};

use kefu_intents::{Catalogue, Intent};
use kefu_text::normalize;

use super::Case;

/// The phrasings of a catalogue, each in the part that holds it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folds {
    /// Phrasings that are held back once, in the catalogue's order.
    pub cases: Vec<Case>,
    /// Of each case, which part it is in, from 0.
    pub fold_of: Vec<usize>,
    /// Phrasings that are never held back.
    pub skipped: usize,
    /// (intent, normalised text) → part.
    parts: HashMap<(usize, String), usize>,
}

impl Folds {
    /// Stratified: an intent's distinct phrasings are spread evenly over the parts, in an order
    /// drawn from `seed`. Spellings that normalise alike stay together, for one would give the
    /// other away; what is word by word the title, or all that an intent has, is never held back.
    pub fn draw(catalogue: &Catalogue, folds: usize, seed: u64) -> Self {
        let folds = folds.max(2);
        let mut drawn = Self {
            cases: Vec::new(),
            fold_of: Vec::new(),
            skipped: 0,
            parts: HashMap::new(),
        };
        // Where the last intent ended the next begins, so that small intents fill all parts.
        let mut next = 0;
        for (at, intent) in catalogue.intents.iter().enumerate() {
            let titles = titles(intent);
            let mut texts: BTreeSet<String> = (intent.phrasings.iter())
                .map(|phrasing| normalize(&phrasing.text))
                .filter(|normal| !normal.is_empty() && !titles.contains(normal))
                .collect();
            if titles.is_empty() && texts.len() == 1 {
                texts.clear();
            }
            let mut order: Vec<(u64, String)> = texts
                .into_iter()
                .map(|normal| (mix(seed, &intent.id, &normal), normal))
                .collect();
            order.sort_unstable();
            for (_, normal) in order {
                drawn.parts.insert((at, normal), next % folds);
                next += 1;
            }
            drawn.cases_of(at, intent);
        }
        drawn
    }

    fn cases_of(&mut self, at: usize, intent: &Intent) {
        let mut seen = BTreeSet::new();
        for phrasing in &intent.phrasings {
            let normal = normalize(&phrasing.text);
            if !seen.insert(normal.clone()) {
                continue;
            }
            let Some(fold) = self.parts.get(&(at, normal)) else {
                self.skipped += 1;
                continue;
            };
            self.fold_of.push(*fold);
            self.cases.push(Case {
                intent: intent.id.clone(),
                text: phrasing.text.clone(),
            });
        }
    }

    /// `catalogue` without the phrasings of part `fold`.
    pub fn without(&self, catalogue: &Catalogue, fold: usize) -> Catalogue {
        let mut rest = catalogue.clone();
        for (at, intent) in rest.intents.iter_mut().enumerate() {
            intent.phrasings.retain(|phrasing| {
                let key = (at, normalize(&phrasing.text));
                self.parts.get(&key) != Some(&fold)
            });
        }
        rest
    }
}

/// The titles that an engine learns from beside the phrasings.
fn titles(intent: &Intent) -> BTreeSet<String> {
    let titles = intent.title.0.values();
    titles
        .filter(|title| **title != intent.id)
        .map(|title| normalize(title))
        .filter(|normal| !normal.is_empty())
        .collect()
}

/// A hash that depends on nothing but its arguments: FNV-1a, then the finaliser of splitmix64.
fn mix(seed: u64, id: &str, text: &str) -> u64 {
    let bytes = id.bytes().chain([0]).chain(text.bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kefu_intents::{Catalogue, Intent, Localized, Phrasing};
    use kefu_types::Lang;
    use proptest::prelude::*;

    use super::{Folds, normalize};

    fn catalogue(sizes: &[usize], title: bool) -> Catalogue {
        let intents = sizes.iter().enumerate().map(|(at, &size)| {
            let phrasings = (0..size).map(|n| Phrasing {
                // Every third is a spelling of the one before.
                text: format!(
                    "意图{at}第{}句{}",
                    n - usize::from(n % 3 == 2),
                    "！".repeat(n % 3)
                ),
                lang: Lang::Zh,
            });
            let shown = if title { "标题" } else { "" };
            Intent {
                id: format!("{at:03}"),
                title: Localized(BTreeMap::from([(Lang::Zh, format!("{at:03}{shown}"))])),
                phrasings: phrasings.collect(),
                ..Intent::default()
            }
        });
        Catalogue {
            intents: intents.collect(),
            ..Catalogue::default()
        }
    }

    proptest! {
        #[test]
        fn no_engine_has_seen_in_any_spelling_what_it_is_asked(
            sizes in prop::collection::vec(0usize..12, 1..6),
            folds in 2usize..6,
            seed in any::<u64>(),
            title in any::<bool>(),
        ) {
            let set = catalogue(&sizes, title);
            let drawn = Folds::draw(&set, folds, seed);
            prop_assert_eq!(drawn.cases.len(), drawn.fold_of.len());
            for fold in 0..folds {
                let rest = drawn.without(&set, fold);
                for (case, _) in drawn.cases.iter().zip(&drawn.fold_of).filter(|c| *c.1 == fold) {
                    let intent = rest.get(&case.intent).expect("intents stay");
                    let seen = intent.phrasings.iter().map(|p| normalize(&p.text));
                    prop_assert!(!seen.into_iter().any(|text| text == normalize(&case.text)));
                    prop_assert!(title || !intent.phrasings.is_empty(), "something is left");
                }
            }
            for intent in &set.intents {
                let mut counts = vec![0usize; folds];
                for (_, &fold) in
                    drawn.cases.iter().zip(&drawn.fold_of).filter(|c| c.0.intent == intent.id)
                {
                    counts[fold] += 1;
                }
                let (most, least) = (counts.iter().max(), counts.iter().min());
                prop_assert!(most.unwrap_or(&0) - least.unwrap_or(&0) <= 1, "{counts:?}");
            }
        }
    }
}
