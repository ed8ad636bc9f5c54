//! One pass over a text.

use std::ops::Range;

use super::{KeywordHit, KeywordTier, Part, Rule, Use};

impl KeywordTier {
    /// The rules of the highest priority that match `text`, which must be normalised; `None` when
    /// no rule does.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<KeywordHit> {
        let mut uses = Vec::new();
        self.scan(text, |used, _| uses.push(used));
        uses.sort_unstable();
        uses.dedup();
        let matched: Vec<(&Rule, &[Use])> = uses
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

    /// Tells `used` of every pattern that is in `text`, perhaps several times, and where, when it
    /// is a literal.
    pub(super) fn scan(&self, text: &str, mut used: impl FnMut(Use, Option<Range<usize>>)) {
        let mut opened = Vec::new();
        if let Some(automaton) = &self.automaton {
            automaton.scan(text, |u, range| used(u, Some(range)), |at| opened.push(at));
        }
        self.expressions.scan(text, opened, |u| used(u, None));
    }
}

impl Rule {
    /// Whether these hits, all of this rule, sorted and distinct, satisfy it. A rule of only
    /// negative keywords never does: it would match every text.
    pub(super) fn holds(&self, hits: &[Use]) -> bool {
        !Self::is_vetoed(hits) && self.has_what_it_wants(hits)
    }

    pub(super) fn is_vetoed(hits: &[Use]) -> bool {
        hits.iter().any(|hit| hit.part == Part::None)
    }

    pub(super) fn has_what_it_wants(&self, hits: &[Use]) -> bool {
        let any = hits.iter().any(|hit| hit.part == Part::Any);
        let all = hits
            .iter()
            .filter(|hit| matches!(hit.part, Part::All(_)))
            .count();
        (self.wants_any || self.wants_all > 0)
            && (any || !self.wants_any)
            && all == self.wants_all as usize
    }
}
