//! From rules in a catalogue to what searches for them.

use std::collections::HashMap;

use kefu_intents::{Catalogue, KeywordRule, MatchKind};
use kefu_text::normalize;
use regex::Regex;

use super::automaton::Automaton;
use super::expressions::{Expressions, compile};
use super::required::required;
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

/// Regular expressions of a catalogue; each takes some 20 KiB.
const EXPRESSIONS_MAX: usize = 5_000;

#[derive(Default)]
struct Builder {
    literals: Vec<String>,
    literal_ids: HashMap<String, usize>,
    literal_uses: Vec<Vec<Use>>,
    /// Per literal, the expressions that need it.
    literal_gates: Vec<Vec<u32>>,
    expressions: Vec<(Regex, Use)>,
    ungated: Vec<u32>,
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
            for (index, rule) in (0u32..).zip(&entry.keywords) {
                builder.rule((intent, index), &entry.id, rule)?;
            }
        }
        builder.finish()
    }
}

impl Builder {
    fn rule(
        &mut self,
        (intent, index): (u32, u32),
        id: &str,
        rule: &KeywordRule,
    ) -> Result<(), KeywordError> {
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
                written,
                exact,
            };
            if rule.kind == MatchKind::Regex {
                self.expression(id, pattern, used)?;
            } else {
                self.literal(pattern, used);
            }
        }
        self.rules.push(Rule {
            intent,
            index,
            kind: rule.kind,
            priority: rule.priority,
            wants_any: !rule.any.is_empty(),
            wants_all: u32::try_from(rule.all.len()).map_err(too_large)?,
        });
        Ok(())
    }

    fn expression(&mut self, id: &str, pattern: &str, used: Use) -> Result<(), KeywordError> {
        let regex = compile(pattern).map_err(|error| KeywordError::Expression {
            intent: id.to_owned(),
            pattern: pattern.to_owned(),
            reason: error.to_string(),
        })?;
        let at = u32::try_from(self.expressions.len()).map_err(too_large)?;
        if self.expressions.len() >= EXPRESSIONS_MAX {
            let message = format!("there are more than {EXPRESSIONS_MAX} regular expressions");
            return Err(KeywordError::TooLarge(message));
        }
        self.expressions.push((regex, used));
        match required(pattern) {
            None => self.ungated.push(at),
            Some(literals) => {
                for literal in literals {
                    let id = self.literal_id(literal);
                    self.literal_gates[id].push(at);
                }
            }
        }
        Ok(())
    }

    fn literal(&mut self, pattern: &str, used: Use) {
        let normal = normalize(pattern);
        // A pattern of nothing but what normalisation drops would match everywhere.
        if !normal.is_empty() {
            let id = self.literal_id(normal);
            self.literal_uses[id].push(used);
        }
    }

    fn literal_id(&mut self, literal: String) -> usize {
        let next = self.literals.len();
        let id = *self.literal_ids.entry(literal.clone()).or_insert(next);
        if id == next {
            self.literals.push(literal);
            self.literal_uses.push(Vec::new());
            self.literal_gates.push(Vec::new());
        }
        id
    }

    fn finish(self) -> Result<KeywordTier, KeywordError> {
        let automaton = Automaton::build(&self.literals, &self.literal_uses, &self.literal_gates);
        Ok(KeywordTier {
            automaton: automaton.map_err(too_large)?,
            expressions: Expressions::build(self.expressions, self.ungated).map_err(too_large)?,
            rules: self.rules,
            written: self.written,
        })
    }
}

fn too_large(error: impl std::fmt::Display) -> KeywordError {
    KeywordError::TooLarge(error.to_string())
}
