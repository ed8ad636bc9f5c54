//! What became of each case.

use super::report::{Fate, Outcome, WorstError};
use super::{Case, OUT_OF_SCOPE, WORST_MAX};
use crate::verdict::{Decision, Verdict};

impl Fate {
    /// What `verdict` made of `case`.
    #[must_use]
    pub fn of(case: &Case, verdict: &Verdict) -> Self {
        let outside = case.intent == OUT_OF_SCOPE;
        match &verdict.decision {
            Decision::Fallback if outside => Self::Right,
            Decision::Fallback => Self::Refused,
            Decision::Answer(intent) if !outside && *intent == case.intent => Self::Right,
            Decision::Answer(_) => Self::Wrong,
            Decision::Confirm(choices) if !outside && choices.contains(&case.intent) => {
                Self::AskedRight
            }
            Decision::Confirm(_) => Self::AskedWrong,
        }
    }

    /// Whether it is listed among the errors.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Refused | Self::AskedWrong | Self::Wrong)
    }
}

/// One outcome per case, in their order.
pub(super) fn outcomes(judged: &[(&Case, &Verdict)]) -> Vec<Outcome> {
    let outcome = |(case, verdict): &(&Case, &Verdict)| Outcome {
        text: case.text.clone(),
        expected: case.intent.clone(),
        fate: Fate::of(case, verdict),
        got: verdict.top().map(str::to_owned),
        probability: verdict.confidence,
    };
    judged.iter().map(outcome).collect()
}

/// Wrong answers first, then wrong questions, then refusals; the surest mistake first in each.
pub(super) fn worst(judged: &[(&Case, &Verdict)]) -> Vec<WorstError> {
    let mut errors: Vec<WorstError> = judged
        .iter()
        .filter_map(|(case, verdict)| error(case, verdict))
        .collect();
    errors.sort_by(|a, b| {
        let sure = b.probability.total_cmp(&a.probability);
        b.fate.cmp(&a.fate).then(sure).then(a.text.cmp(&b.text))
    });
    errors.truncate(WORST_MAX);
    errors
}

fn error(case: &Case, verdict: &Verdict) -> Option<WorstError> {
    let fate = Fate::of(case, verdict);
    let choices = match &verdict.decision {
        Decision::Confirm(choices) => choices.clone(),
        _ => Vec::new(),
    };
    let meant = verdict.candidates.iter().find(|c| c.intent == case.intent);
    fate.is_error().then(|| WorstError {
        text: case.text.clone(),
        expected: case.intent.clone(),
        got: verdict.top().map(str::to_owned),
        fate,
        choices,
        probability: verdict.confidence,
        expected_probability: meant.map(|scored| scored.probability),
        tier: verdict.tier,
        keywords: verdict.keywords.clone(),
    })
}
