//! Where answering begins and where asking ends.

use std::collections::BTreeMap;

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
    /// The first candidate's intent.
    pub first: u32,
}

/// A judged text on one scale.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// What the threshold is held against.
    value: f64,
    /// As many texts it stands for.
    weight: f64,
    /// As many of them that are right.
    right: f64,
    /// The intent that would be answered.
    intent: u32,
}

/// Standard errors by which the target has to be met: half of one, as with one the smallest sets
/// sometimes answer next to nothing. Visitors do not ask of each intent as often
/// as it has phrasings, so what is right of the answers swings with which intents they ask of.
const CAUTION: f64 = 0.5;

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

/// Least confidence of any answer. Many certain answers leave room for a few that are more likely wrong
/// than right without missing the target; whoever gets one of those is helped by none of the others.
const EVEN: f64 = 0.5;

/// With fewer judged texts than this there are no shares to speak of.
const SEEN_MIN: usize = 20;

impl Bands {
    /// `seen` are texts of known intents, `outside` of none, `exact` the confidences of phrasings
    /// asked word by word. Where too few texts were seen, only what is as sure as a phrasing word
    /// by word is answered, and whatever is rather in scope than not is asked.
    pub fn fit(settings: &Settings, seen: &[Judged], outside: &[Judged], exact: &[f64]) -> Self {
        let answer = answer_from(settings, seen, outside)
            .unwrap_or_else(|| first_decile(exact).min(sure_enough(settings.target_precision)))
            .max(EVEN);
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
    let mark = |j: &Judged, weight: f64, right: bool| Mark {
        value: j.confidence,
        weight,
        right: weight * expected(j, right),
        intent: j.first,
    };
    let marks = (seen.iter().map(|j| mark(j, 1.0, j.first_right)))
        .chain(outside.iter().map(|j| mark(j, outside_weight, false)));
    lowest_cut(marks.collect(), settings.target_precision)
}

/// The least hit probability above which questions name the right intent often enough.
fn confirm_from(settings: &Settings, seen: &[Judged], answer: f64, in_scope: f64) -> f64 {
    let asked = |j: &&Judged| j.confidence < answer && j.in_scope >= in_scope;
    let mark = |j: &Judged| Mark {
        value: j.hit,
        weight: 1.0,
        right: f64::from(u8::from(j.choice_right)),
        intent: j.first,
    };
    let marks = seen.iter().filter(asked).map(mark).collect();
    lowest_cut(marks, settings.confirm_hit_rate).unwrap_or(settings.confirm_hit_rate)
}

/// Half way from the target to certainty: so sure is sure enough where nothing wrong was seen that
/// was as sure. Without this end a set that is easily told apart would demand the certainty that
/// its own phrasings happen to have, and refuse the next visitor for a ten-thousandth.
fn sure_enough(target: f64) -> f64 {
    f64::midpoint(1.0, target)
}

/// The lowest value down to which the share of right ones is at least `target`, and no higher than
/// [`sure_enough`] where all the wrong ones lie lower; by [`CAUTION`] standard errors, half a wrong text added as a prior. The error is of a mean over
/// clusters (Liang & Zeger 1986): texts of one intent are right and wrong together.
fn lowest_cut(mut marks: Vec<Mark>, target: f64) -> Option<f64> {
    marks.sort_by(|a, b| b.value.total_cmp(&a.value));
    let (mut all, mut right) = (1.0, 0.5);
    let mut clusters = BTreeMap::<u32, (f64, f64)>::new();
    // Sums over the clusters of right², right · all and all².
    let (mut rr, mut ra, mut aa) = (0.0, 0.0, 0.0);
    let (mut cut, mut highest_wrong) = (None, 0.0_f64);
    for (at, mark) in marks.iter().enumerate() {
        all += mark.weight;
        right += mark.right;
        let (r, a) = clusters.entry(mark.intent).or_default();
        let (before_r, before_a) = (*r, *a);
        *r += mark.right;
        *a += mark.weight;
        rr += *r * *r - before_r * before_r;
        ra += *r * *a - before_r * before_a;
        aa += *a * *a - before_a * before_a;
        let share = right / all;
        let variance = (rr - 2.0 * share * ra + share * share * aa).max(0.0) / (all * all);
        if mark.right < 0.5 * mark.weight {
            highest_wrong = highest_wrong.max(mark.value);
        }
        let last_of_ties = marks.get(at + 1).is_none_or(|next| next.value < mark.value);
        if last_of_ties && share - CAUTION * variance.sqrt() >= target {
            cut = Some(mark.value);
        }
    }
    cut.map(|cut: f64| cut.min(sure_enough(target).max(highest_wrong.next_up())))
}

fn first_decile(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 10).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::{Mark, lowest_cut};

    fn marks(of: impl IntoIterator<Item = (f64, bool, u32)>) -> Vec<Mark> {
        let mark = |(value, right, intent)| Mark {
            value,
            weight: 1.0,
            right: f64::from(u8::from(right)),
            intent,
        };
        of.into_iter().map(mark).collect()
    }

    #[test]
    fn the_cut_is_the_lowest_that_meets_the_target_with_caution() {
        let texts = |wrong_from: u32| {
            (0..100u32).map(move |i| (1.0 - f64::from(i) / 100.0, i < wrong_from, i))
        };
        let cut = lowest_cut(marks(texts(50)), 0.9).expect("50 right ones in a row");
        // Without caution (50 + ½) / (1 + n) ≥ 0.9 would hold down to the 55th.
        assert!(cut > 0.46 && cut <= 0.5, "{cut}");
        assert_eq!(
            lowest_cut(marks(texts(50).take(3)), 0.97),
            None,
            "three texts prove nothing"
        );
        assert_eq!(lowest_cut(Vec::new(), 0.5), None);
    }

    #[test]
    fn where_nothing_is_wrong_no_more_certainty_is_wanted_than_is_enough() {
        let right = (0..60u32).map(|i| (1.0 - 1e-9 * f64::from(i), true, i % 5));
        let wrong = |value: f64| (0..5u32).map(move |i| (value, false, i));
        let low = lowest_cut(marks(right.clone().chain(wrong(0.2))), 0.97).expect("told apart");
        assert!((low - 0.985).abs() < 1e-9, "{low}");
        let near = lowest_cut(marks(right.chain(wrong(0.99))), 0.97).expect("told apart");
        assert!(near > 0.99, "a wrong one was as sure: {near}");
    }

    #[test]
    fn errors_of_one_intent_count_for_more_than_scattered_ones() {
        let texts = |intent: fn(u32) -> u32| {
            let text = move |i: u32| (1.0 - f64::from(i) / 1000.0, i % 10 != 9, intent(i));
            marks((0..400u32).map(text))
        };
        let scattered = lowest_cut(texts(|i| i % 7), 0.88).expect("nine in ten are right");
        let gathered = lowest_cut(texts(|i| i % 10), 0.88);
        assert!(
            gathered.is_none_or(|cut| cut > scattered),
            "{gathered:?} {scattered}"
        );
    }

    #[test]
    fn texts_that_tie_stay_together() {
        let tie = [true, true, false, false].map(|right| (0.5, right, 0));
        assert_eq!(lowest_cut(marks(tie), 0.6), None);
    }
}
