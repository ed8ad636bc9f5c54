//! One pass over a text.

use super::boundary::at_word_boundaries;
use super::{KeywordHit, KeywordTier, Part, Rule, Use};

impl KeywordTier {
    /// The rules of the highest priority that match `text`, which must be normalised; `None` when
    /// no rule does.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<KeywordHit> {
        let mut hits = self.hits(text);
        hits.sort_unstable_by_key(|hit| (hit.rule, hit.part, hit.written));
        hits.dedup_by_key(|hit| (hit.rule, hit.part, hit.written));
        let matched: Vec<(&Rule, &[Use])> = hits
            .chunk_by(|a, b| a.rule == b.rule)
            .filter_map(|of_rule| {
                let rule = self.rules.get(of_rule.first()?.rule as usize)?;
                rule.holds(of_rule).then_some((rule, of_rule))
            })
            .collect();
        let best = matched.iter().map(|(rule, _)| rule.priority).max()?;
        let mut hit = KeywordHit::default();
        for (rule, uses) in matched.iter().filter(|(rule, _)| rule.priority == best) {
            hit.intents.push(rule.intent);
            let words = uses
                .iter()
                .filter_map(|used| self.written.get(used.written as usize));
            hit.keywords.extend(words.cloned());
        }
        hit.intents.sort_unstable();
        hit.intents.dedup();
        hit.keywords.sort_unstable();
        hit.keywords.dedup();
        Some(hit)
    }

    /// Every use of every pattern found; the same use may come several times.
    fn hits(&self, text: &str) -> Vec<Use> {
        let mut hits = Vec::new();
        if let Some(automaton) = &self.literals {
            for found in automaton.find_overlapping_iter(text) {
                let whole = found.start() == 0 && found.end() == text.len();
                let bounded = at_word_boundaries(text, found.start(), found.end());
                let uses = &self.literal_uses[found.pattern().as_usize()];
                hits.extend(
                    uses.iter()
                        .filter(|u| if u.exact { whole } else { bounded }),
                );
            }
        }
        if let Some(set) = &self.expressions {
            hits.extend(
                set.matches(text)
                    .into_iter()
                    .map(|at| self.expression_uses[at]),
            );
        }
        hits
    }
}

impl Rule {
    /// Whether these hits, all of this rule, sorted and distinct, satisfy it. A rule of only
    /// negative keywords never does: it would match every text.
    fn holds(&self, hits: &[Use]) -> bool {
        if !self.wants_any && self.wants_all == 0 {
            return false;
        }
        let any = hits.iter().any(|hit| hit.part == Part::Any);
        let all = hits
            .iter()
            .filter(|hit| matches!(hit.part, Part::All(_)))
            .count();
        let none = hits.iter().any(|hit| hit.part == Part::None);
        !none && (any || !self.wants_any) && all == self.wants_all as usize
    }
}
