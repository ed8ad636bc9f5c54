//! From rules in a catalogue to the two automata.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind as Overlap};
use kefu_intents::{Catalogue, KeywordRule, MatchKind};
use kefu_text::normalize;
use regex::{RegexBuilder, RegexSetBuilder};

use super::{KeywordTier, Part, Rule, Use};

/// A keyword that cannot be served.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeywordError {
    /// A regular expression that does not compile or compiles too large.
    #[error("intent {intent}: keyword {pattern:?} is not a usable regular expression: {reason}")]
    Expression {
        /// The intent's id.
        intent: String,
        /// As written.
        pattern: String,
        /// The engine's words.
        reason: String,
    },
    /// All patterns together exceed what the automaton can address.
    #[error("the keywords together are too large: {0}")]
    TooLarge(String),
}

/// Compiled size of one expression, so that `a{1000}{1000}` is refused and not served.
const EXPRESSION_BYTES_MAX: usize = 1 << 20;
/// Compiled size of all expressions together.
const EXPRESSIONS_BYTES_MAX: usize = 256 << 20;

#[derive(Default)]
struct Builder {
    literals: Vec<String>,
    literal_ids: HashMap<String, usize>,
    literal_uses: Vec<Vec<Use>>,
    expressions: Vec<String>,
    expression_uses: Vec<Use>,
    rules: Vec<Rule>,
    written: Vec<String>,
}

impl KeywordTier {
    /// Compiles the rules of every intent.
    ///
    /// # Errors
    /// When an expression does not compile or everything together is too large.
    pub fn build(catalogue: &Catalogue) -> Result<Self, KeywordError> {
        let mut builder = Builder::default();
        for (intent, entry) in (0u32..).zip(&catalogue.intents) {
            for rule in &entry.keywords {
                builder.rule(intent, &entry.id, rule)?;
            }
        }
        builder.finish()
    }
}

impl Builder {
    fn rule(&mut self, intent: u32, id: &str, rule: &KeywordRule) -> Result<(), KeywordError> {
        let at = u32::try_from(self.rules.len()).map_err(too_large)?;
        let parts = (rule.any.iter().map(|p| (Part::Any, p)))
            .chain((0u32..).zip(&rule.all).map(|(i, p)| (Part::All(i), p)))
            .chain(rule.none.iter().map(|p| (Part::None, p)));
        for (part, pattern) in parts {
            let written = u32::try_from(self.written.len()).map_err(too_large)?;
            self.written.push(pattern.clone());
            let exact = rule.kind == MatchKind::Exact;
            let used = Use {
                rule: at,
                part,
                exact,
                written,
            };
            if rule.kind == MatchKind::Regex {
                self.expression(id, pattern, used)?;
            } else {
                self.literal(pattern, used);
            }
        }
        self.rules.push(Rule {
            intent,
            priority: rule.priority,
            wants_any: !rule.any.is_empty(),
            wants_all: u32::try_from(rule.all.len()).map_err(too_large)?,
        });
        Ok(())
    }

    fn expression(&mut self, id: &str, pattern: &str, used: Use) -> Result<(), KeywordError> {
        // Compiled alone first: the set's error would not say which expression is wrong.
        RegexBuilder::new(pattern)
            .case_insensitive(true)
            .size_limit(EXPRESSION_BYTES_MAX)
            .build()
            .map_err(|error| KeywordError::Expression {
                intent: id.to_owned(),
                pattern: pattern.to_owned(),
                reason: error.to_string(),
            })?;
        self.expressions.push(pattern.to_owned());
        self.expression_uses.push(used);
        Ok(())
    }

    fn literal(&mut self, pattern: &str, used: Use) {
        let normal = normalize(pattern);
        // A pattern of nothing but what normalisation drops would match everywhere.
        if normal.is_empty() {
            return;
        }
        let next = self.literals.len();
        let id = *self.literal_ids.entry(normal.clone()).or_insert(next);
        if id == next {
            self.literals.push(normal);
            self.literal_uses.push(Vec::new());
        }
        self.literal_uses[id].push(used);
    }

    fn finish(self) -> Result<KeywordTier, KeywordError> {
        let literals = (!self.literals.is_empty())
            .then(|| {
                AhoCorasick::builder()
                    .match_kind(Overlap::Standard)
                    .build(&self.literals)
            })
            .transpose()
            .map_err(too_large)?;
        let expressions = (!self.expressions.is_empty())
            .then(|| {
                RegexSetBuilder::new(&self.expressions)
                    .case_insensitive(true)
                    .size_limit(EXPRESSIONS_BYTES_MAX)
                    .build()
            })
            .transpose()
            .map_err(too_large)?;
        Ok(KeywordTier {
            literals,
            literal_uses: self.literal_uses,
            expressions,
            expression_uses: self.expression_uses,
            rules: self.rules,
            written: self.written,
        })
    }
}

fn too_large(error: impl std::fmt::Display) -> KeywordError {
    KeywordError::TooLarge(error.to_string())
}
