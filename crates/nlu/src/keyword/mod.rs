//! Tier one: the keyword rules of all intents, matched in one pass over the normalised text.
//!
//! All literal patterns share one Aho-Corasick automaton and all regular expressions one set, so
//! the cost follows the length of the text and not the number of rules.

mod boundary;
mod build;
mod matching;

use aho_corasick::AhoCorasick;
use regex::RegexSet;

pub use build::KeywordError;

/// The part of a rule that a pattern stands in; `All` carries its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Any,
    All(u32),
    None,
}

/// One pattern's standing in one rule.
#[derive(Debug, Clone, Copy)]
struct Use {
    rule: u32,
    part: Part,
    /// The whole text must be the pattern.
    exact: bool,
    /// Index into [`KeywordTier::written`].
    written: u32,
}

#[derive(Debug)]
struct Rule {
    /// Index of the intent in the catalogue.
    intent: u32,
    priority: i8,
    /// Whether at least one of `any` is wanted.
    wants_any: bool,
    /// How many distinct patterns of `all` are wanted.
    wants_all: u32,
}

/// The rules of a whole catalogue.
#[derive(Debug)]
pub struct KeywordTier {
    literals: Option<AhoCorasick>,
    /// Per literal pattern, who uses it.
    literal_uses: Vec<Vec<Use>>,
    expressions: Option<RegexSet>,
    expression_uses: Vec<Use>,
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
