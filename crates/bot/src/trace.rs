//! How the bot came to a reply, for agents and admins.

use std::time::Duration;

use kefu_dialog::Reply;
use kefu_nlu::{Scored, Tier, Verdict};
use kefu_proto::v1;

use crate::{reading::Reading, wording::Wording};

/// The trace of one reply that took `spent` to decide.
pub(crate) fn of(
    wording: &Wording<'_>,
    reading: &Reading,
    reply: &Reply,
    spent: Duration,
) -> v1::Trace {
    let verdict = reading.verdict.as_ref();
    let candidate = |scored: &Scored| v1::Candidate {
        intent: scored.intent.clone(),
        title: wording.title_of(&scored.intent),
        score: scored.probability,
    };
    let candidates = |verdict: &Verdict| verdict.candidates.iter().map(candidate).collect();
    v1::Trace {
        catalogue: wording.catalogue.version.clone(),
        tier: tier(reading).to_owned(),
        decision: decision(reply).to_owned(),
        candidates: verdict.map(candidates).unwrap_or_default(),
        keywords: verdict.map(|v| v.keywords.clone()).unwrap_or_default(),
        micros: u64::try_from(spent.as_micros()).unwrap_or(u64::MAX),
        assist: None,
    }
}

/// What decided: the dialog itself, or one of the NLU's tiers.
pub(crate) const fn tier(reading: &Reading) -> &'static str {
    match &reading.verdict {
        Some(verdict) if !reading.by_dialog => match verdict.tier {
            Tier::Keyword => "keyword",
            Tier::Embedding => "embedding",
            Tier::Fallback => "fallback",
        },
        _ if reading.by_dialog => "dialog",
        _ => "fallback",
    }
}

const fn decision(reply: &Reply) -> &'static str {
    match reply {
        Reply::Answer { .. } | Reply::Cancelled => "answer",
        Reply::Confirm { .. } => "confirm",
        Reply::Ask { .. } | Reply::Check { .. } | Reply::Which { .. } => "ask",
        Reply::Fallback { .. } | Reply::Failed { .. } | Reply::Media => "fallback",
        Reply::Handoff { .. } => "handoff",
    }
}
