//! The engine: one catalogue, fitted.

use std::sync::Arc;

use kefu_intents::Catalogue;
use kefu_text::normalize;
use kefu_types::Lang;

use crate::calibrate::{Calibration, Weighed};
use crate::corpus::{Corpus, embed};
use crate::keyword::{KeywordError, KeywordHit, KeywordTier};
use crate::model::Model;
use crate::port::{EmbedError, Embedder, VectorCache};
use crate::verdict::{Decision, Scored, Tier, Verdict};

/// What the operator wants of the decision.
#[derive(Debug, Clone, PartialEq)]
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
    catalogue: Arc<Catalogue>,
    embedder: Option<Arc<dyn Embedder>>,
    keywords: KeywordTier,
    /// `None` where no intent has a phrasing.
    classifier: Option<(Model, Calibration)>,
    settings: Settings,
}

impl Engine {
    /// Embeds what the cache does not know, fits and calibrates. Without an embedder the keyword
    /// tier and the n-grams serve alone. `progress` hears (texts embedded, all texts). Uses the
    /// current rayon pool; the same input gives the same engine.
    ///
    /// # Errors
    /// When a keyword is not usable or the embedder fails.
    pub fn build(
        catalogue: Arc<Catalogue>,
        embedder: Option<Arc<dyn Embedder>>,
        cache: &dyn VectorCache,
        settings: &Settings,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Self, BuildError> {
        let keywords = KeywordTier::build(&catalogue)?;
        let corpus = Corpus::build(&catalogue, embedder.as_deref(), cache, progress)?;
        let rows: Vec<usize> = (0..corpus.samples.len()).collect();
        let classifier = (!rows.is_empty()).then(|| {
            let model = Model::fit(&corpus, &rows);
            let calibration = Calibration::fit(&corpus, &model, settings);
            (model, calibration)
        });
        let settings = settings.clone();
        Ok(Self {
            catalogue,
            embedder,
            keywords,
            classifier,
            settings,
        })
    }

    /// The catalogue it was built from.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// What `text` means. `lang` is the language it is taken to be in; detected where `None`.
    ///
    /// # Errors
    /// When the embedder does; never where keywords decide.
    pub fn understand(&self, text: &str, lang: Option<Lang>) -> Result<Verdict, EmbedError> {
        let vector = || match &self.embedder {
            Some(embedder) => Ok(embed(embedder.as_ref(), &[text])?.into_iter().next()),
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
            self.classifier.is_some() && hit.is_none_or(|hit| hit.intents.len() > 1)
        };
        let wanted: Vec<&str> = texts.iter().copied().filter(open).collect();
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
        let Some((model, calibration)) = &self.classifier else {
            return Ok(self.nothing(hit));
        };
        if normal.is_empty() {
            return Ok(self.nothing(hit));
        }
        let lang = lang.or_else(|| Lang::detect(text)).unwrap_or_default();
        let vector = vector()?.unwrap_or_default();
        let candidates = model.candidates(&model.query(&vector, &normal, lang));
        let weighed = calibration.weigh(&candidates);
        Ok(match hit {
            Some(hit) => self.by_tie(hit, &weighed),
            None => self.by_probability(&weighed, calibration),
        })
    }

    /// One intent's rules won: no more questions.
    fn by_keyword(&self, hit: &KeywordHit) -> Option<Verdict> {
        let [intent] = hit.intents[..] else {
            return None;
        };
        let id = self.id(intent)?;
        Some(Verdict {
            tier: Tier::Keyword,
            decision: Decision::Answer(id.clone()),
            candidates: vec![Scored {
                intent: id,
                probability: 1.0,
            }],
            keywords: hit.keywords.clone(),
            confidence: 1.0,
            in_scope: 1.0,
        })
    }

    /// Rules of several intents won alike: the visitor chooses; the classifier only orders.
    fn by_tie(&self, hit: KeywordHit, weighed: &Weighed) -> Verdict {
        let of = |intent: u32| {
            weighed
                .candidates
                .iter()
                .find(|c| c.0 == intent)
                .map_or(0.0, |c| c.1)
        };
        let sum: f64 = hit.intents.iter().map(|&intent| of(intent)).sum();
        // One of the tied intents is meant, so their probabilities are scaled to sum to one; a
        // little for each keeps those that the classifier did not name.
        let floor = 0.01;
        let scale = 1.0 / (sum + floor * hit.intents.len() as f64);
        let mut tied: Vec<(u32, f64)> = hit
            .intents
            .iter()
            .map(|&intent| (intent, (of(intent) + floor) * scale))
            .collect();
        tied.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let candidates = self.scored(&tied);
        let choices = candidates.iter().take(self.settings.confirm_choices);
        Verdict {
            tier: Tier::Keyword,
            decision: Decision::Confirm(choices.map(|c| c.intent.clone()).collect()),
            confidence: candidates.first().map_or(0.0, |c| c.probability),
            candidates,
            keywords: hit.keywords,
            in_scope: 1.0,
        }
    }

    fn by_probability(&self, weighed: &Weighed, calibration: &Calibration) -> Verdict {
        let bands = calibration.bands();
        let candidates = self.scored(&weighed.candidates);
        let of = |at: usize| candidates.get(at).map_or(0.0, |c| c.probability);
        let (confidence, second) = (of(0), of(1));
        let count = calibration.choices(weighed, self.settings.confirm_choices);
        let chosen: f64 = (0..count).map(of).sum();
        let close = second >= self.settings.close_ratio * confidence;
        let choices = || {
            candidates
                .iter()
                .take(count)
                .map(|c| c.intent.clone())
                .collect()
        };
        let asks = weighed.in_scope >= bands.in_scope && chosen >= bands.confirm * weighed.in_scope;
        let decision = match candidates.first() {
            Some(top) if confidence >= bands.answer && !close => {
                Decision::Answer(top.intent.clone())
            }
            Some(_) if confidence >= bands.answer || asks => Decision::Confirm(choices()),
            _ => Decision::Fallback,
        };
        let tier = match decision {
            Decision::Fallback => Tier::Fallback,
            _ => Tier::Embedding,
        };
        let in_scope = weighed.in_scope;
        Verdict {
            tier,
            decision,
            candidates,
            keywords: Vec::new(),
            confidence,
            in_scope,
        }
    }

    /// There is nothing to classify, or nothing to classify with.
    fn nothing(&self, hit: Option<KeywordHit>) -> Verdict {
        match hit {
            Some(hit) => self.by_tie(
                hit,
                &Weighed {
                    candidates: Vec::new(),
                    in_scope: 1.0,
                },
            ),
            None => Verdict {
                tier: Tier::Fallback,
                decision: Decision::Fallback,
                candidates: Vec::new(),
                keywords: Vec::new(),
                confidence: 0.0,
                in_scope: 0.0,
            },
        }
    }

    fn scored(&self, candidates: &[(u32, f64)]) -> Vec<Scored> {
        let scored = candidates.iter().filter_map(|&(intent, probability)| {
            Some(Scored {
                intent: self.id(intent)?,
                probability,
            })
        });
        scored.take(crate::model::CANDIDATES_MAX).collect()
    }

    fn id(&self, intent: u32) -> Option<String> {
        self.catalogue
            .intents
            .get(intent as usize)
            .map(|intent| intent.id.clone())
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
