//! From what the tiers say to a verdict.

use crate::calibrate::{Bands, Calibration, Weighed};
use crate::engine::Engine;
use crate::keyword::KeywordHit;
use crate::verdict::{Decision, Scored, Tier, Verdict};

impl Engine {
    /// One intent's rules won: no more questions.
    pub(crate) fn by_keyword(&self, hit: &KeywordHit) -> Option<Verdict> {
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
    pub(crate) fn by_tie(&self, hit: KeywordHit, weighed: &Weighed) -> Verdict {
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

    pub(crate) fn by_probability(&self, weighed: &Weighed, bands: Bands) -> Verdict {
        let candidates = self.scored(&weighed.candidates);
        let of = |at: usize| candidates.get(at).map_or(0.0, |c| c.probability);
        let (confidence, second) = (of(0), of(1));
        let count = Calibration::choices(weighed, self.settings.confirm_choices);
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
    pub(crate) fn nothing(&self, hit: Option<KeywordHit>) -> Verdict {
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

    pub(crate) fn scored(&self, candidates: &[(u32, f64)]) -> Vec<Scored> {
        let scored = candidates.iter().filter_map(|&(intent, probability)| {
            Some(Scored {
                intent: self.id(intent)?,
                probability,
            })
        });
        scored.take(crate::model::CANDIDATES_MAX).collect()
    }

    /// What verdicts call the intent or, after all intents, the knowledge entry of this number.
    pub(crate) fn id(&self, number: u32) -> Option<String> {
        match self.catalogue.intents.get(number as usize) {
            Some(intent) => Some(intent.id.clone()),
            None => {
                let entry = number.checked_sub(self.intents_count())?;
                Some(self.knowledge.as_ref()?.entry(entry)?.verdict_id())
            }
        }
    }
}
