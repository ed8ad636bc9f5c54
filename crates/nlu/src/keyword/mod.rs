//! Tier one: the keyword rules of all intents, matched in one pass over the normalised text.
//!
//! All literal patterns share one Aho-Corasick automaton, which also finds the literals without
//! which a regular expression cannot match. So the cost follows the length of the text and not
//! the number of rules or expressions.

mod automaton;
mod build;
mod explain;
mod expressions;
mod matching;
mod required;

use automaton::Automaton;
use expressions::Expressions;
use kefu_intents::MatchKind;
pub(crate) use kefu_text::at_word_boundaries;

pub use build::KeywordError;
pub use explain::{FoundKeyword, KeywordList, KeywordMatch, RuleExplanation, RuleOutcome};

/// The part of a rule that a pattern stands in; `All` carries its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Any,
    All(u32),
    None,
}

/// One pattern's standing in one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    rule: u32,
    part: Part,
    /// Index into [`KeywordTier::written`].
    written: u32,
    /// The whole text must be the pattern.
    exact: bool,
}

#[derive(Debug)]
struct Rule {
    /// Index of the intent in the catalogue.
    intent: u32,
    /// Which of the intent's rules, from 0.
    index: u32,
    kind: MatchKind,
    priority: i8,
    /// Whether at least one of `any` is wanted.
    wants_any: bool,
    /// How many distinct patterns of `all` are wanted.
    wants_all: u32,
}

/// The rules of a whole catalogue.
#[derive(Debug)]
pub struct KeywordTier {
    automaton: Option<Automaton>,
    expressions: Expressions,
    rules: Vec<Rule>,
    /// Patterns as the admin wrote them, for explanations.
    written: Vec<String>,
}

/// What won: the rules of the highest priority among those that matched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeywordHit {
    /// Indices of intents in the catalogue, ascending, distinct; more than one is a tie.
    pub intents: Vec<u32>,
    /// The patterns that matched in the winning rules, as written.
    pub keywords: Vec<String>,
}
