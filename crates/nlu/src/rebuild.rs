//! A new engine from the one that serves, when little changed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use kefu_intents::Catalogue;

use crate::corpus::{Sample, embed_all, samples};
use crate::engine::{Around, BuildError, Classifier, Engine, Settings};
use crate::keyword::KeywordTier;
use crate::port::{EmbedError, Embedder, VectorCache};
use crate::progress::Progress;

/// Smaller sets are fitted anew in less time than anybody notices.
const PATCHED_FROM: usize = 300;
/// One in so many samples may have changed since the last whole fit. The thresholds were learned
/// from the others, and two in a hundred texts move them less than chance in the folds does.
const CHANGED_ONE_IN: usize = 50;

impl Engine {
    /// As [`Self::build`], from the engine that serves. Where no phrasing changed, what was fitted
    /// is taken over whole, and the result decides as a full build would. Where few did and every
    /// intent is still there, the head is patched ([`Self::is_patched`]) and the calibration kept.
    /// Otherwise it is a full build.
    ///
    /// # Errors
    /// As [`Self::build`].
    pub fn rebuild(
        previous: &Self,
        catalogue: Arc<Catalogue>,
        embedder: Option<Arc<dyn Embedder>>,
        cache: &dyn VectorCache,
        settings: &Settings,
        progress: Progress<'_>,
    ) -> Result<Self, BuildError> {
        let same_model = previous.model_id() == embedder.as_deref().map(Embedder::model_id);
        let classifier = match &previous.classifier {
            Some(old) if same_model && previous.settings == *settings => {
                let after = renumbered(old, &previous.catalogue, &catalogue);
                let embed = |texts: &[&str]| match &embedder {
                    Some(embedder) => embed_all(texts, embedder.as_ref(), cache, progress),
                    None => Ok(vec![Vec::new(); texts.len()]),
                };
                match after {
                    Some(old) => old.followed(samples(&catalogue), &embed)?,
                    None => None,
                }
            }
            _ => None,
        };
        let Some(classifier) = classifier else {
            return Self::build_beside(
                previous.knowledge(),
                catalogue,
                embedder,
                cache,
                settings,
                progress,
            );
        };
        let around = Around {
            keywords: KeywordTier::build(&catalogue)?,
            knowledge: previous.knowledge(),
            cache,
            progress,
        };
        around.join(catalogue, embedder, Some(classifier), settings.clone())
    }

    /// Whether phrasings changed since the last whole fit, so that a full build of the same
    /// catalogue would decide a little differently. It is worth one, beside the traffic: a rebuild
    /// of a patched engine with no further change is that.
    #[must_use]
    pub fn is_patched(&self) -> bool {
        self.classifier.as_ref().is_some_and(|c| c.patched > 0)
    }
}

/// The classifier with the numbers that its intents have in the new catalogue; `None` when an
/// intent that has phrasings went, or their order changed.
fn renumbered(old: &Classifier, before: &Catalogue, after: &Catalogue) -> Option<Classifier> {
    let places: HashMap<&str, u32> = (0u32..)
        .zip(&after.intents)
        .map(|(at, intent)| (intent.id.as_str(), at))
        .collect();
    let mut numbers = BTreeMap::<u32, u32>::new();
    for sample in &old.samples {
        let id = before.intents.get(sample.intent as usize)?.id.as_str();
        numbers.insert(sample.intent, *places.get(id)?);
    }
    if !numbers.values().is_sorted() {
        return None;
    }
    let number = |intent: u32| numbers.get(&intent).copied().unwrap_or(u32::MAX);
    let samples = old.samples.iter().map(|sample| Sample {
        intent: number(sample.intent),
        ..sample.clone()
    });
    Some(Classifier {
        model: old.model.renumbered(&number),
        calibration: old.calibration.clone(),
        samples: samples.collect(),
        patched: old.patched,
    })
}

/// The texts in, one vector each out.
type Embed<'a> = &'a dyn Fn(&[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;

impl Classifier {
    /// This classifier for the samples `after`; `None` where it has to be fitted anew.
    fn followed(self, after: Vec<Sample>, embed: Embed<'_>) -> Result<Option<Self>, EmbedError> {
        let key = |sample: &Sample| (sample.intent, sample.text.clone(), sample.lang);
        let known: HashSet<_> = self.samples.iter().map(key).collect();
        let new: Vec<usize> = (0..after.len())
            .filter(|&at| !known.contains(&key(&after[at])))
            .collect();
        let gone = (self.samples.len() + new.len()).saturating_sub(after.len());
        // A phrasing that is worded anew both goes and comes; that is one change.
        let changed = new.len().max(gone);
        if changed == 0 {
            // A full build would see them in another order only if the files have one.
            let same = self.samples.iter().map(key).eq(after.iter().map(key));
            // Who asks again of a patched engine has the time for a fit.
            return Ok((same && self.patched == 0).then_some(self));
        }
        let intents = |samples: &[Sample]| -> HashSet<u32> {
            samples.iter().map(|sample| sample.intent).collect()
        };
        let patched = self.patched + changed;
        let small = after.len().min(self.samples.len()) < PATCHED_FROM;
        if small
            || patched * CHANGED_ONE_IN > after.len()
            || intents(&after) != intents(&self.samples)
        {
            return Ok(None);
        }
        let texts: Vec<&str> = new.iter().map(|&at| after[at].text.as_str()).collect();
        let vectors: HashMap<usize, Vec<f32>> = new.iter().copied().zip(embed(&texts)?).collect();
        let vector_of = |at: usize| vectors.get(&at).cloned().unwrap_or_default();
        Ok(Some(Self {
            model: self.model.patched(&self.samples, &after, &vector_of),
            calibration: self.calibration,
            samples: after,
            patched,
        }))
    }
}
