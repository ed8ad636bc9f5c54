//! Which rules a text touched, what of them it holds, and why only some won.

use kefu_intents::{Catalogue, MatchKind};
use kefu_text::Normalized;
use serde::{Deserialize, Serialize};

use super::{KeywordTier, Part, Rule, Use};

/// Rules that an explanation shows; the nearest to winning come first.
const RULES_MAX: usize = 50;

/// A rule of which something is in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleExplanation {
    /// The intent's id.
    pub intent: String,
    /// Which of the intent's rules, in the order of its file, from 1.
    pub rule: u32,
    /// How its keywords are compared.
    pub matching: KeywordMatch,
    /// The highest wins.
    pub priority: i8,
    /// What came of it.
    pub outcome: RuleOutcome,
    /// Its keywords that are in the text, in the order in which they stand there. Those of the
    /// list `none` are what vetoed it.
    pub found: Vec<FoundKeyword>,
    /// What was wanting: every keyword of `all` that is not there, and all of `any` when none is.
    pub missing: Vec<String>,
}

/// What came of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOutcome {
    /// It decides; several that won name one intent, or are a tie.
    Won,
    /// It matches, and a rule of higher priority does too.
    Outranked,
    /// It has all that it wants, and one of its negative keywords is there too.
    Vetoed,
    /// Something that it wants is not there.
    Incomplete,
}

/// How a rule's keywords are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeywordMatch {
    /// Somewhere in the text.
    Contains,
    /// The whole text.
    Exact,
    /// A regular expression.
    Regex,
}

/// The list of a rule that a keyword stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeywordList {
    /// At least one is wanted.
    Any,
    /// Every one is wanted.
    All,
    /// None may be there.
    None,
}

/// A keyword in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundKeyword {
    /// As written in the intent file.
    pub keyword: String,
    /// Where it is listed.
    pub list: KeywordList,
    /// What of the visitor's text it matched, as typed; its first place.
    pub text: String,
    /// Where that begins, in characters of the visitor's text from 0.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
}

/// A pattern and the bytes of the original that it matched first.
type Found = (Use, std::ops::Range<usize>);

impl KeywordTier {
    /// The rules of which `text`, as typed, holds something: the winners first, then by how near
    /// they were to winning, at most fifty. `catalogue` is the one that the tier was built from.
    #[must_use]
    pub fn explain(&self, catalogue: &Catalogue, text: &str) -> Vec<RuleExplanation> {
        let normal = Normalized::of(text);
        let mut found: Vec<Found> = Vec::new();
        self.scan(normal.text(), |used, range| {
            let range = range.or_else(|| self.expressions.find(used, normal.text()));
            found.push((used, normal.original(range.unwrap_or_default())));
        });
        found.sort_unstable_by_key(|(used, range)| (*used, range.start, range.end));
        found.dedup_by_key(|(used, _)| *used);
        let mut rules: Vec<(&Rule, &[Found], RuleOutcome)> = found
            .chunk_by(|a, b| a.0.rule == b.0.rule)
            // A rule that only finds what would veto it says nothing about the text.
            .filter(|found| found.iter().any(|(used, _)| used.part != Part::None))
            .filter_map(|found| {
                let rule = self.rules.get(found.first()?.0.rule as usize)?;
                Some((rule, found, outcome(rule, found)))
            })
            .collect();
        let holding = rules
            .iter()
            .filter(|(_, _, outcome)| *outcome == RuleOutcome::Won);
        let best = holding.map(|(rule, ..)| rule.priority).max();
        for (rule, _, outcome) in &mut rules {
            if *outcome == RuleOutcome::Won && Some(rule.priority) < best {
                *outcome = RuleOutcome::Outranked;
            }
        }
        rules.sort_by_key(|(rule, _, outcome)| (*outcome, -i16::from(rule.priority)));
        let shown = rules.iter().take(RULES_MAX);
        shown
            .filter_map(|(rule, found, outcome)| self.rule(catalogue, rule, found, *outcome, text))
            .collect()
    }

    fn rule(
        &self,
        catalogue: &Catalogue,
        rule: &Rule,
        found: &[Found],
        outcome: RuleOutcome,
        text: &str,
    ) -> Option<RuleExplanation> {
        let intent = catalogue.intents.get(rule.intent as usize)?;
        let written = intent.keywords.get(rule.index as usize)?;
        let has = |part: Part| found.iter().any(|(used, _)| used.part == part);
        let all = (0u32..).zip(&written.all);
        let mut missing: Vec<String> = all
            .filter(|(at, _)| !has(Part::All(*at)))
            .map(|(_, keyword)| keyword.clone())
            .collect();
        if rule.wants_any && !has(Part::Any) {
            missing.extend(written.any.iter().cloned());
        }
        let mut places: Vec<&Found> = found.iter().collect();
        places.sort_by_key(|(_, range)| (range.start, range.end));
        Some(RuleExplanation {
            intent: intent.id.clone(),
            rule: rule.index + 1,
            matching: rule.kind.into(),
            priority: rule.priority,
            outcome,
            found: places
                .into_iter()
                .filter_map(|found| self.found(found, text))
                .collect(),
            missing,
        })
    }

    fn found(&self, (used, range): &Found, text: &str) -> Option<FoundKeyword> {
        let part = text.get(range.clone())?;
        let start = text.get(..range.start)?.chars().count();
        Some(FoundKeyword {
            keyword: self.written.get(used.written as usize)?.clone(),
            list: used.part.into(),
            text: part.to_owned(),
            start,
            end: start + part.chars().count(),
        })
    }
}

/// What came of the rule by itself.
fn outcome(rule: &Rule, found: &[Found]) -> RuleOutcome {
    let uses: Vec<Use> = found.iter().map(|(used, _)| *used).collect();
    if !rule.has_what_it_wants(&uses) {
        RuleOutcome::Incomplete
    } else if Rule::is_vetoed(&uses) {
        RuleOutcome::Vetoed
    } else {
        RuleOutcome::Won
    }
}

impl From<Part> for KeywordList {
    fn from(part: Part) -> Self {
        match part {
            Part::Any => Self::Any,
            Part::All(_) => Self::All,
            Part::None => Self::None,
        }
    }
}

impl From<MatchKind> for KeywordMatch {
    fn from(kind: MatchKind) -> Self {
        match kind {
            MatchKind::Contains => Self::Contains,
            MatchKind::Exact => Self::Exact,
            MatchKind::Regex => Self::Regex,
        }
    }
}
