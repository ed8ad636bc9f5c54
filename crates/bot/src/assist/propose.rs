//! From the visitor's words to whole replies.

use std::time::Duration;

use kefu_nlu::Engine;
use kefu_proto::v1;

use crate::{
    reading::{Press, Said},
    wording::Wording,
};

/// At most `most` replies, of intents that are at least so likely, in the engine's calibrated order.
///
/// A keyword names one intent for certain; what is close to it is then of no use. Whatever an intent
/// would do for the visitor (ask, act, hand over) is not done: an agent reads the words and decides.
pub(crate) fn proposals(
    engine: &Engine,
    wording: &Wording<'_>,
    said: &Said,
    wait: Duration,
    (most, least): (usize, f64),
) -> Vec<v1::Proposal> {
    let ranked = ranked(engine, wording, said, wait);
    let mut proposals: Vec<v1::Proposal> = Vec::new();
    for (intent, score) in ranked {
        if proposals.len() >= most || score < least {
            break;
        }
        let Some(text) = wording.proposal(&intent, &said.text) else {
            continue;
        };
        // Two intents may say the same: once is enough.
        if proposals.iter().all(|known| known.text != text) {
            proposals.push(v1::Proposal {
                title: wording.title_of(&intent),
                intent,
                text,
                score,
            });
        }
    }
    proposals
}

/// Intents and entries of the knowledge base, likeliest first.
fn ranked(
    engine: &Engine,
    wording: &Wording<'_>,
    said: &Said,
    wait: Duration,
) -> Vec<(String, f64)> {
    let text = match &said.press {
        Some(Press::Intent { id, .. }) => return vec![(id.clone(), 1.0)],
        Some(Press::Say(text)) => text.as_str(),
        Some(Press::Choice { label, .. }) => label.as_str(),
        Some(Press::Human | Press::Cancel | Press::None) => return Vec::new(),
        None => said.text.as_str(),
    };
    if text.trim().is_empty() {
        return Vec::new();
    }
    let lang = kefu_types::Lang::detect(text).or(Some(wording.lang));
    match engine.understand_within(text, lang, wait) {
        Ok(verdict) => {
            let scored = verdict.candidates.into_iter();
            scored.map(|it| (it.intent, it.probability)).collect()
        }
        // Without the encoder in time there is nothing to say, and nobody waits for it.
        Err(_) => Vec::new(),
    }
}
