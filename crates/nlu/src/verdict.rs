//! What the engine says about one text.

use serde::{Deserialize, Serialize};

/// Which tier decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// A keyword rule; the model was not touched, or only to order a tie.
    Keyword,
    /// The classifier over embeddings and character n-grams.
    Embedding,
    /// Nothing was sure enough.
    Fallback,
}

/// What to do with the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Answer this intent.
    Answer(String),
    /// Ask which of these was meant, likeliest first; at least one, at most `confirm_choices`.
    Confirm(Vec<String>),
    /// Say that this was not understood.
    Fallback,
}

/// An intent with the probability that it is the right one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The intent's id.
    pub intent: String,
    /// Calibrated, 0 to 1; over all intents the sum is at most 1, the rest is "none of these".
    pub probability: f64,
}

/// The whole explanation of one decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which tier decided.
    pub tier: Tier,
    /// What to do.
    pub decision: Decision,
    /// Up to five, best first; there also on a fallback, for reports.
    pub candidates: Vec<Scored>,
    /// The keywords of the rules that won, as written in the intent files.
    pub keywords: Vec<String>,
    /// The probability that the first candidate is right, 0 to 1.
    pub confidence: f64,
    /// The probability that any intent is right, 0 to 1.
    pub in_scope: f64,
}

impl Verdict {
    /// The first candidate's id.
    #[must_use]
    pub fn top(&self) -> Option<&str> {
        self.candidates.first().map(|scored| scored.intent.as_str())
    }
}
