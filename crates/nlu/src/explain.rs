//! Why a text is decided as it is: everything that a verdict was made of.
//!
//! Serialised, this is what `kefu intents explain`, the REST door and the admin page show.

use kefu_text::normalize;
use kefu_types::Lang;
use serde::{Deserialize, Serialize};

use crate::calibrate::{Bands, Calibration};
use crate::corpus::embed;
use crate::engine::{Classifier, Engine};
use crate::keyword::RuleExplanation;
use crate::knowledge::KnowledgeIndex;
use crate::model::{CANDIDATES_MAX, Candidate, Query};
use crate::port::EmbedError;
use crate::verdict::{Decision, Tier, Verdict};

/// Phrasings shown for each candidate.
const NEAREST_MAX: usize = 3;

/// The whole explanation of one text. Probabilities and shares are 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// As it was typed.
    pub text: String,
    /// As keywords see it.
    pub normalized: String,
    /// What the encoder and the n-grams read, where the text as typed seems to hold a typo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_as: Option<String>,
    /// The language it was taken to be in.
    pub language: Lang,
    /// Which tier decided.
    pub tier: Tier,
    /// What to do.
    pub decision: Decision,
    /// Why, in one word.
    pub reason: Reason,
    /// Intents offered when asked back, likeliest first; empty otherwise.
    pub choices: Vec<String>,
    /// The probability that the first candidate is right.
    pub confidence: f64,
    /// The probability that any intent is right.
    pub in_scope: f64,
    /// What the probabilities were held against; `None` where no intent has a phrasing.
    pub thresholds: Option<Thresholds>,
    /// The keywords of the rules that won, as written.
    pub keywords: Vec<String>,
    /// Every keyword rule of which something is in the text, and what came of it.
    pub rules: Vec<RuleExplanation>,
    /// What the classifier says, also where keywords decided; best first.
    pub candidates: Vec<CandidateExplanation>,
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// One intent's keyword rules won.
    KeywordWon,
    /// Keyword rules of several intents won alike.
    KeywordTie,
    /// The first candidate is as sure as answers have to be.
    Sure,
    /// The first would be sure enough, and the second is close.
    TwoClose,
    /// Not sure enough to answer, sure enough that one of the choices is meant.
    Likely,
    /// More like text that no intent covers.
    OutOfScope,
    /// In scope, but no few choices are likely enough to hold the right one.
    TooManyAlike,
    /// Nothing is left of the text, or nothing was there to compare it with.
    Nothing,
}

/// The lower ends of the decision's bands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Least confidence of an answer.
    pub answer: f64,
    /// Least probability, given that an intent is meant, that the choices hold it.
    pub confirm: f64,
    /// Least probability of being in scope of a question back.
    pub in_scope: f64,
    /// A second candidate with this share of the first's probability is close.
    pub close_ratio: f64,
    /// Choices at most.
    pub confirm_choices: usize,
}

/// What speaks for one intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateExplanation {
    /// The intent's id.
    pub intent: String,
    /// Its standard question, in the text's language where it has one.
    pub title: String,
    /// That it is the right one.
    pub probability: f64,
    /// What the probability is made of.
    pub signals: Signals,
    /// Its phrasings most like the text, nearest first.
    pub nearest: Vec<NearPhrasing>,
}

/// The evidence for one intent, before it is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// The linear head's score; only differences between intents mean something.
    pub head: f64,
    /// The part of it that the sentence vector gave.
    pub head_dense: f64,
    /// The part that the n-grams gave.
    pub head_ngrams: f64,
    /// Cosine to the nearest phrasing, after centring: unlike texts are about 0.
    pub nearest: f64,
    /// Cosine to the mean of the phrasings, after centring.
    pub centroid: f64,
    /// How much the head's score stands out of the scores of all intents, in their standard
    /// deviations.
    #[serde(default)]
    pub distinct: f64,
    /// How much nearer to the mean than the intent's own phrasings are; below 0 for most texts.
    pub belonging: f64,
    /// How far apart the candidates' phrasings around the text lie, beside how far it is from them:
    /// about 1 among them, less apart from them.
    #[serde(default)]
    pub company: f64,
    /// Cosine of n-grams to the nearest phrasing in n-grams.
    pub ngrams: f64,
}

/// A phrasing that is like the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NearPhrasing {
    /// As written in the intent file.
    pub text: String,
    /// Cosine after centring; of n-grams where there is no model.
    pub similarity: f64,
}

impl Engine {
    /// Decides as [`Self::understand`] does and says why. The encoder is called even where
    /// keywords decide.
    ///
    /// # Errors
    /// When the embedder does.
    pub fn explain(&self, text: &str, lang: Option<Lang>) -> Result<Explanation, EmbedError> {
        let language = lang.or_else(|| Lang::detect(text)).unwrap_or_default();
        let normalized = normalize(text);
        let read = self.read(text);
        let wanted = self.learned() && !normalized.is_empty();
        let vector = match &self.embedder {
            Some(embedder) if wanted => embed(embedder.as_ref(), &[&read])?.pop(),
            _ => None,
        };
        let verdict = self.understand_with(text, lang, || Ok(vector.clone()))?;
        let (candidates, bands) = if wanted {
            let vector = vector.unwrap_or_default();
            self.explain_candidates(&vector, &normalize(&read), language)
        } else {
            let calibration = self.classifier.as_ref().map(|c| &c.calibration);
            (Vec::new(), calibration.map(Calibration::bands))
        };
        let thresholds = bands.map(|bands| self.thresholds(bands));
        let choices = match &verdict.decision {
            Decision::Confirm(choices) => choices.clone(),
            _ => Vec::new(),
        };
        Ok(Explanation {
            text: text.to_owned(),
            normalized,
            read_as: (read != text).then(|| read.into_owned()),
            language,
            reason: reason(&verdict, thresholds.as_ref()),
            tier: verdict.tier,
            decision: verdict.decision,
            choices,
            confidence: verdict.confidence,
            in_scope: verdict.in_scope,
            thresholds,
            keywords: verdict.keywords,
            rules: self.keywords.explain(&self.catalogue, text),
            candidates,
        })
    }

    fn thresholds(&self, bands: Bands) -> Thresholds {
        Thresholds {
            answer: bands.answer,
            confirm: bands.confirm,
            in_scope: bands.in_scope,
            close_ratio: self.settings.close_ratio,
            confirm_choices: self.settings.confirm_choices,
        }
    }

    /// Intents and knowledge entries as they were weighed, and the bands they were held against.
    fn explain_candidates(
        &self,
        vector: &[f32],
        normal: &str,
        lang: Lang,
    ) -> (Vec<CandidateExplanation>, Option<Bands>) {
        let (weighed, bands) = self.weigh(vector, normal, lang);
        let of_intents = self.classifier.as_ref().map(|classifier| {
            let query = classifier.model.query(vector, normal, lang);
            let found = classifier.model.candidates(&query);
            (classifier, query, found)
        });
        let of_entries = self.knowledge.as_ref().map(|knowledge| {
            let found = knowledge.evidence(vector, normal, lang);
            (knowledge, found)
        });
        let explain = |&(number, probability): &(u32, f64)| {
            let Some(intent) = self.catalogue.intents.get(number as usize) else {
                let (knowledge, found) = of_entries.as_ref()?;
                let number = number.checked_sub(self.intents_count())?;
                let candidate = found.iter().find(|c| c.intent == number)?;
                return explain_entry(knowledge, candidate, probability);
            };
            let (classifier, query, found) = of_intents.as_ref()?;
            let candidate = found.iter().find(|c| c.intent == number)?;
            let title = intent.title.get(lang).map_or(&intent.id, |title| title);
            Some(CandidateExplanation {
                intent: intent.id.clone(),
                title: title.clone(),
                probability,
                signals: signals(classifier, candidate, query),
                nearest: nearest(classifier, number, query),
            })
        };
        let candidates = weighed.candidates.iter().filter_map(explain);
        (candidates.take(CANDIDATES_MAX).collect(), bands)
    }
}

/// An entry has no head: its likeness is all that speaks for it.
fn explain_entry(
    knowledge: &KnowledgeIndex,
    candidate: &Candidate,
    probability: f64,
) -> Option<CandidateExplanation> {
    let entry = knowledge.entry(candidate.intent)?;
    let near = NearPhrasing {
        text: entry.question.to_string(),
        similarity: candidate.nearest.into(),
    };
    Some(CandidateExplanation {
        intent: entry.verdict_id(),
        title: entry.question.to_string(),
        probability,
        signals: Signals {
            head: 0.0,
            head_dense: 0.0,
            head_ngrams: 0.0,
            nearest: candidate.nearest.into(),
            centroid: 0.0,
            distinct: 0.0,
            belonging: 0.0,
            company: 0.0,
            ngrams: candidate.lexical.into(),
        },
        nearest: vec![near],
    })
}

fn signals(classifier: &Classifier, candidate: &Candidate, query: &Query) -> Signals {
    let (dense, ngrams) = classifier.model.head_parts(candidate.intent, query);
    Signals {
        head: candidate.logit.into(),
        head_dense: dense.into(),
        head_ngrams: ngrams.into(),
        nearest: candidate.nearest.into(),
        centroid: candidate.centroid.into(),
        distinct: candidate.familiar.distinct.into(),
        belonging: candidate.familiar.belonging.into(),
        company: candidate.familiar.company.into(),
        ngrams: candidate.lexical.into(),
    }
}

fn nearest(classifier: &Classifier, intent: u32, query: &Query) -> Vec<NearPhrasing> {
    let near = classifier.model.nearest(intent, query, NEAREST_MAX);
    let phrasing = |(row, similarity): (usize, f32)| {
        Some(NearPhrasing {
            text: classifier.samples.get(row)?.text.clone(),
            similarity: similarity.into(),
        })
    };
    near.into_iter().filter_map(phrasing).collect()
}

fn reason(verdict: &Verdict, thresholds: Option<&Thresholds>) -> Reason {
    let sure = thresholds.is_some_and(|t| verdict.confidence >= t.answer);
    let inside = thresholds.is_some_and(|t| verdict.in_scope >= t.in_scope);
    match (&verdict.tier, &verdict.decision) {
        (Tier::Keyword, Decision::Answer(_)) => Reason::KeywordWon,
        (Tier::Keyword, _) => Reason::KeywordTie,
        (_, Decision::Answer(_)) => Reason::Sure,
        (_, Decision::Confirm(_)) if sure => Reason::TwoClose,
        (_, Decision::Confirm(_)) => Reason::Likely,
        (_, Decision::Fallback) if verdict.candidates.is_empty() => Reason::Nothing,
        (_, Decision::Fallback) if inside => Reason::TooManyAlike,
        (_, Decision::Fallback) => Reason::OutOfScope,
    }
}
