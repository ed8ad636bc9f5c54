//! The engine: one catalogue, fitted.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use kefu_intents::Catalogue;
use kefu_text::normalize;
use kefu_types::Lang;
use serde::{Deserialize, Serialize};

use crate::calibrate::{Bands, Calibration, Weighed};
use crate::corpus::{Corpus, Sample, embed, embed_within};
use crate::fit::{Effort, Fitting, fit};
use crate::keyword::{KeywordError, KeywordTier};
use crate::knowledge::{KnowledgeIndex, compete};
use crate::model::Model;
use crate::port::{EmbedError, Embedder, VectorCache};
use crate::progress::{Meter, Progress};
use crate::spelling::Spelling;
use crate::verdict::Verdict;

/// What the operator wants of the decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Share of the answers that shall be right, 0 to 1.
    pub target_precision: f64,
    /// Share of the questions back that shall name the right intent, where there is one.
    pub confirm_hit_rate: f64,
    /// Choices of a question back, at most.
    pub confirm_choices: usize,
    /// Two candidates are close when the second has at least this share of the first's
    /// probability; close ones are always asked.
    pub close_ratio: f64,
    /// Share of the visitors' texts that no intent covers, 0 to 1.
    pub out_of_scope_share: f64,
    /// Share of the texts of known intents that may be refused because they seem out of scope,
    /// 0 to 1: the more, the more out-of-scope text is refused too.
    pub refusal_rate: f64,
    /// Questions of the knowledge base above which a graph is built over their vectors; below, a
    /// scan of all is fast and cannot miss.
    pub exact_texts_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            target_precision: 0.97,
            confirm_hit_rate: 0.9,
            confirm_choices: 3,
            close_ratio: 0.5,
            out_of_scope_share: 0.03,
            refusal_rate: 0.1,
            exact_texts_max: 20_000,
        }
    }
}

/// Why an engine could not be built; the one that serves goes on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BuildError {
    /// A keyword.
    #[error(transparent)]
    Keyword(#[from] KeywordError),
    /// The encoder.
    #[error("the phrasings could not be embedded: {0}")]
    Embed(#[from] EmbedError),
}

/// The fitted understanding of one catalogue. Immutable; shared between threads.
pub struct Engine {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) embedder: Option<Arc<dyn Embedder>>,
    pub(crate) keywords: KeywordTier,
    pub(crate) spelling: Spelling,
    /// `None` where no intent has a phrasing.
    pub(crate) classifier: Option<Classifier>,
    /// `None` where the knowledge base is empty.
    pub(crate) knowledge: Option<Arc<KnowledgeIndex>>,
    pub(crate) settings: Settings,
}

/// The second tier.
pub(crate) struct Classifier {
    pub model: Model,
    pub calibration: Calibration,
    /// What the model was fitted on; row i of the model is sample i.
    pub samples: Vec<Sample>,
    /// Samples that changed since the model was fitted whole.
    pub patched: usize,
}

/// What an engine has beside its classifier, or needs to have it. The keywords come first: what is
/// wrong with them should be known before anything is embedded or fitted.
pub(crate) struct Around<'a> {
    pub keywords: KeywordTier,
    /// The index that serves; taken over where the entries did not change.
    pub knowledge: Option<&'a Arc<KnowledgeIndex>>,
    pub cache: &'a dyn VectorCache,
    pub progress: &'a dyn Fn(usize, usize),
}

impl Around<'_> {
    /// The engine with this classifier.
    pub fn join(
        self,
        catalogue: Arc<Catalogue>,
        embedder: Option<Arc<dyn Embedder>>,
        classifier: Option<Classifier>,
        settings: Settings,
    ) -> Result<Engine, BuildError> {
        let knowledge = KnowledgeIndex::build(
            self.knowledge,
            &catalogue.knowledge,
            embedder.as_deref(),
            self.cache,
            &settings,
            self.progress,
        )?;
        Ok(Engine {
            spelling: Spelling::of(&catalogue),
            catalogue,
            embedder,
            keywords: self.keywords,
            classifier,
            knowledge,
            settings,
        })
    }
}

impl Engine {
    /// Embeds what the cache does not know, fits and calibrates. Without an embedder the keyword
    /// tier and the n-grams serve alone. Uses the current rayon pool; the same input gives the same
    /// engine, on any number of threads.
    ///
    /// # Errors
    /// When a keyword is not usable or the embedder fails.
    pub fn build(
        catalogue: Arc<Catalogue>,
        embedder: Option<Arc<dyn Embedder>>,
        cache: &dyn VectorCache,
        settings: &Settings,
        progress: Progress<'_>,
    ) -> Result<Self, BuildError> {
        Self::build_beside(None, catalogue, embedder, cache, settings, progress)
    }

    /// As [`Self::build`]; a knowledge base that did not change is taken over.
    pub(crate) fn build_beside(
        knowledge: Option<&Arc<KnowledgeIndex>>,
        catalogue: Arc<Catalogue>,
        embedder: Option<Arc<dyn Embedder>>,
        cache: &dyn VectorCache,
        settings: &Settings,
        progress: Progress<'_>,
    ) -> Result<Self, BuildError> {
        let keywords = KeywordTier::build(&catalogue)?;
        let meter = Meter::new(progress);
        let phrasings = catalogue
            .intents
            .iter()
            .map(|intent| intent.phrasings.len());
        let effort = Effort::of(phrasings.sum());
        let embedding = meter.part(0);
        let part = meter.part(effort.all);
        let questions = meter.part(catalogue.knowledge.entries().len());
        let around = Around {
            keywords,
            knowledge,
            cache,
            progress: &|done, all| questions.report(done, all),
        };
        let embedded = |done, all| embedding.report(done, all);
        let corpus = Corpus::build(&catalogue, embedder.as_deref(), cache, &embedded)?;
        let fitting = Fitting { part, effort };
        let classifier = (!corpus.samples.is_empty()).then(|| {
            let (model, calibration) = fit(&corpus, settings, &fitting);
            Classifier {
                model,
                calibration,
                samples: corpus.samples,
                patched: 0,
            }
        });
        drop(fitting);
        around.join(catalogue, embedder, classifier, settings.clone())
    }

    /// The knowledge base, where there is one.
    #[must_use]
    pub const fn knowledge(&self) -> Option<&Arc<KnowledgeIndex>> {
        self.knowledge.as_ref()
    }

    /// The catalogue it was built from.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// What the operator wanted.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The model that it was built with; `None` without one.
    #[must_use]
    pub fn model_id(&self) -> Option<&str> {
        self.embedder.as_deref().map(Embedder::model_id)
    }

    /// The least confidence of an answer, as calibrated; `None` where nothing was.
    #[must_use]
    pub fn answer_threshold(&self) -> Option<f64> {
        let calibration = &self.classifier.as_ref()?.calibration;
        Some(calibration.bands().answer)
    }

    /// What `text` means. `lang` is the language it is taken to be in; detected where `None`.
    ///
    /// # Errors
    /// When the embedder does; never where keywords decide.
    pub fn understand(&self, text: &str, lang: Option<Lang>) -> Result<Verdict, EmbedError> {
        self.understand_within(text, lang, Duration::MAX)
    }

    /// As [`Self::understand`] for somebody who waits at most `wait` for the encoder, which may have
    /// its own, shorter limit.
    ///
    /// # Errors
    /// When the embedder does, or is not ready in time; never where keywords decide.
    pub fn understand_within(
        &self,
        text: &str,
        lang: Option<Lang>,
        wait: Duration,
    ) -> Result<Verdict, EmbedError> {
        let vector = || match &self.embedder {
            Some(embedder) => embed_within(embedder.as_ref(), &self.read(text), wait),
            None => Ok(None),
        };
        self.understand_with(text, lang, vector)
    }

    /// As [`Self::understand`] for many texts at once, the encoder called a single time for those
    /// that keywords do not decide.
    ///
    /// # Errors
    /// When the embedder does.
    pub fn understand_all(&self, texts: &[&str]) -> Result<Vec<Verdict>, EmbedError> {
        let open = |text: &&str| {
            let hit = self.keywords.find(&normalize(text));
            self.learned() && hit.is_none_or(|hit| hit.intents.len() > 1)
        };
        let read: Vec<_> = texts
            .iter()
            .filter(|t| open(t))
            .map(|t| self.read(t))
            .collect();
        let wanted: Vec<&str> = read.iter().map(AsRef::as_ref).collect();
        let mut vectors = match &self.embedder {
            Some(embedder) if !wanted.is_empty() => embed(embedder.as_ref(), &wanted)?,
            _ => Vec::new(),
        }
        .into_iter();
        let mut understand = |text: &&str| {
            let vector = if open(text) { vectors.next() } else { None };
            self.understand_with(text, None, || Ok(vector))
        };
        texts.iter().map(&mut understand).collect()
    }

    /// As [`Self::understand`]; `vector` is called only when keywords do not decide.
    pub(crate) fn understand_with(
        &self,
        text: &str,
        lang: Option<Lang>,
        vector: impl FnOnce() -> Result<Option<Vec<f32>>, EmbedError>,
    ) -> Result<Verdict, EmbedError> {
        let normal = normalize(text);
        let hit = self.keywords.find(&normal);
        if let Some(verdict) = hit.as_ref().and_then(|hit| self.by_keyword(hit)) {
            return Ok(verdict);
        }
        if !self.learned() || normal.is_empty() {
            return Ok(self.nothing(hit));
        }
        let lang = lang.or_else(|| Lang::detect(text)).unwrap_or_default();
        let vector = vector()?.unwrap_or_default();
        let read = normalize(&self.read(text));
        let (weighed, bands) = self.weigh(&vector, &read, lang);
        Ok(match (hit, bands) {
            (Some(hit), _) => self.by_tie(hit, &weighed),
            (None, Some(bands)) => self.by_probability(&weighed, bands),
            (None, None) => self.nothing(None),
        })
    }

    /// What the second tier reads instead of `text`.
    pub(crate) fn read<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let known = |word: &str| {
            let embedder = self.embedder.as_deref();
            embedder.is_some_and(|embedder| embedder.knows_word(word))
        };
        self.spelling.correct(text, &known)
    }

    /// Whether there is anything that a text without keywords can be compared with.
    pub(crate) const fn learned(&self) -> bool {
        self.classifier.is_some() || self.knowledge.is_some()
    }

    /// Intents and entries of the knowledge base with their probabilities, and the bands of the
    /// likeliest's kind. Entries are numbered after all intents.
    pub(crate) fn weigh(
        &self,
        vector: &[f32],
        normal: &str,
        lang: Lang,
    ) -> (Weighed, Option<Bands>) {
        let nothing = || Weighed {
            candidates: Vec::new(),
            in_scope: 0.0,
        };
        let intents = self.classifier.as_ref().map(|classifier| {
            let query = classifier.model.query(vector, normal, lang);
            let weighed = classifier
                .calibration
                .weigh(&classifier.model.candidates(&query));
            (weighed, Some(classifier.calibration.bands()))
        });
        let intents = intents.unwrap_or_else(|| (nothing(), None));
        let Some(knowledge) = &self.knowledge else {
            return intents;
        };
        let entries = knowledge.weigh(vector, normal, lang);
        compete(intents, (entries, knowledge.bands()), self.intents_count())
    }

    pub(crate) fn intents_count(&self) -> u32 {
        u32::try_from(self.catalogue.intents.len()).unwrap_or(u32::MAX)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("version", &self.catalogue.version)
            .field("intents", &self.catalogue.intents.len())
            .finish_non_exhaustive()
    }
}
