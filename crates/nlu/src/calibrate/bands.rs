//! Where answering begins and where asking ends.

use crate::engine::Settings;

/// What the calibration says of one judged text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    /// That the first candidate is right.
    pub confidence: f64,
    /// That one of the choices is right, if any intent is.
    pub hit: f64,
    /// That any intent is right.
    pub in_scope: f64,
    /// Whether the first candidate was.
    pub first_right: bool,
    /// Whether one of the choices was.
    pub choice_right: bool,
}

/// The lower ends of the bands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bands {
    /// Least confidence of an answer.
    pub answer: f64,
    /// Least probability that a question names the right intent.
    pub confirm: f64,
    /// Least probability of being in scope of a question.
    pub in_scope: f64,
}

/// With fewer judged texts than this there are no shares to speak of.
const SEEN_MIN: usize = 20;

impl Bands {
    /// `seen` are texts of known intents, `outside` of none, `exact` the confidences of phrasings
    /// asked word by word. Where too few texts were seen, only what is as sure as a phrasing word
    /// by word is answered, and whatever is rather in scope than not is asked.
    pub fn fit(settings: &Settings, seen: &[Judged], outside: &[Judged], exact: &[f64]) -> Self {
        let answer = answer_from(settings, seen, outside).unwrap_or_else(|| first_decile(exact));
        if seen.len() < SEEN_MIN {
            return Self {
                answer,
                confirm: 0.0,
                in_scope: 0.5,
            };
        }
        let in_scope = in_scope_from(settings, seen, answer);
        let confirm = confirm_from(settings, seen, answer, in_scope);
        Self {
            answer,
            confirm,
            in_scope,
        }
    }
}

/// The probability of being in scope below which as many texts of known intents fall as the
/// operator allows to be refused; but never refuses what looks more like a known intent than not.
fn in_scope_from(settings: &Settings, seen: &[Judged], answer: f64) -> f64 {
    let mut unsure: Vec<f64> = seen
        .iter()
        .filter(|j| j.confidence < answer)
        .map(|j| j.in_scope)
        .collect();
    unsure.sort_by(f64::total_cmp);
    let refused = (settings.refusal_rate * seen.len() as f64) as usize;
    unsure
        .get(refused)
        .copied()
        .unwrap_or(1.0)
        .min(1.0 - settings.out_of_scope_share)
}

/// The least confidence above which the answers meet the target; outside texts weigh as much of
/// the traffic as the settings say. `None` where no threshold does, or too few texts show it.
fn answer_from(settings: &Settings, seen: &[Judged], outside: &[Judged]) -> Option<f64> {
    let share = if outside.is_empty() {
        0.0
    } else {
        settings.out_of_scope_share.clamp(0.0, 0.9)
    };
    // Counts of a few hundred texts swing with chance, probabilities are off where the folds are;
    // half of each does better than either.
    let expected = |j: &Judged, right: bool| 0.5 * (f64::from(u8::from(right)) + j.confidence);
    // In units of one seen text, so that the half wrong text of the prior below is one.
    let outside_weight = share / (1.0 - share) * seen.len() as f64 / outside.len().max(1) as f64;
    let mut texts: Vec<(f64, f64, f64)> = (seen.iter())
        .map(|j| (j.confidence, 1.0, expected(j, j.first_right)))
        .chain(
            outside
                .iter()
                .map(|j| (j.confidence, outside_weight, expected(j, false))),
        )
        .collect();
    texts.sort_by(|a, b| b.0.total_cmp(&a.0));
    lowest_cut(&texts, settings.target_precision)
}

/// The least hit probability above which questions name the right intent often enough.
fn confirm_from(settings: &Settings, seen: &[Judged], answer: f64, in_scope: f64) -> f64 {
    let asked = |j: &&Judged| j.confidence < answer && j.in_scope >= in_scope;
    let mut texts: Vec<(f64, f64, f64)> = (seen.iter().filter(asked))
        .map(|j| (j.hit, 1.0, f64::from(u8::from(j.choice_right))))
        .collect();
    texts.sort_by(|a, b| b.0.total_cmp(&a.0));
    lowest_cut(&texts, settings.confirm_hit_rate).unwrap_or(settings.confirm_hit_rate)
}

/// The lowest value in `texts` (value, weight, weight if right; descending) down to which the
/// weighted share of right ones is at least `target`, half a wrong text added as a prior.
fn lowest_cut(texts: &[(f64, f64, f64)], target: f64) -> Option<f64> {
    let (mut all, mut right) = (1.0, 0.5);
    let mut cut = None;
    for (at, (value, weight, of_right)) in texts.iter().enumerate() {
        all += weight;
        right += weight * of_right;
        let last_of_ties = texts.get(at + 1).is_none_or(|next| next.0 < *value);
        if last_of_ties && right >= target * all {
            cut = Some(*value);
        }
    }
    cut
}

fn first_decile(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 10).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::lowest_cut;

    #[test]
    fn the_cut_is_the_lowest_that_meets_the_target() {
        let texts: Vec<(f64, f64, f64)> = (0..100u8)
            .map(|i| (1.0 - f64::from(i) / 100.0, 1.0, f64::from(u8::from(i < 50))))
            .collect();
        let cut = lowest_cut(&texts, 0.9).expect("50 right ones in a row");
        // (50 + ½) / (1 + n) ≥ 0.9 holds up to n = 55.
        assert!((cut - 0.46).abs() < 1e-9, "{cut}");
        assert_eq!(
            lowest_cut(&texts[..3], 0.97),
            None,
            "three texts prove nothing"
        );
        assert_eq!(lowest_cut(&[], 0.5), None);
    }

    #[test]
    fn texts_that_tie_stay_together() {
        let tie = [
            (0.5, 1.0, 1.0),
            (0.5, 1.0, 1.0),
            (0.5, 1.0, 0.0),
            (0.5, 1.0, 0.0),
        ];
        assert_eq!(lowest_cut(&tie, 0.6), None);
    }
}
