//! The automaton says what the plainest implementation says, and explains what it says.
//!
//! Input: lines of `kind list priority pattern` make rules, a line each; the last line is the text.
#![no_main]

use std::collections::BTreeSet;

use kefu_intents::{Catalogue, Intent, KeywordRule, MatchKind};
use kefu_nlu::{KeywordTier, RuleOutcome};
use kefu_text::{is_word, normalize};
use libfuzzer_sys::fuzz_target;

const LINES_MAX: usize = 12;
const CHARS_MAX: usize = 60;

fuzz_target!(|bytes: &[u8]| {
    let input = String::from_utf8_lossy(bytes);
    let mut lines: Vec<&str> = input.lines().take(LINES_MAX).collect();
    let text: String = lines
        .pop()
        .unwrap_or_default()
        .chars()
        .take(CHARS_MAX)
        .collect();
    let mut intents: Vec<Intent> = Vec::new();
    for line in lines {
        let mut chars = line.chars();
        let [Some(kind), Some(list), Some(priority)] = [chars.next(), chars.next(), chars.next()]
        else {
            continue;
        };
        let pattern: String = chars.take(CHARS_MAX).collect();
        // A small letter goes on with the rule before, so that rules of several keywords arise.
        if kind.is_uppercase() || intents.is_empty() {
            let kind = match kind {
                'E' => MatchKind::Exact,
                'R' => MatchKind::Regex,
                _ => MatchKind::Contains,
            };
            let priority = if priority == '1' { 1 } else { 0 };
            let rule = KeywordRule {
                kind,
                priority,
                ..KeywordRule::default()
            };
            intents.push(Intent {
                id: format!("{:02}", intents.len()),
                keywords: vec![rule],
                ..Intent::default()
            });
        }
        let Some(rule) = intents
            .last_mut()
            .and_then(|intent| intent.keywords.last_mut())
        else {
            continue;
        };
        match list {
            'a' => rule.all.push(pattern),
            'n' => rule.none.push(pattern),
            _ => rule.any.push(pattern),
        }
    }
    let set = Catalogue {
        intents,
        ..Catalogue::default()
    };
    let Ok(tier) = KeywordTier::build(&set) else {
        return;
    };
    let normal = normalize(&text);
    let hit = tier.find(&normal).unwrap_or_default();
    assert_eq!(hit.intents, naive(&set, &normal), "{set:?} in {normal:?}");
    let explained = tier.explain(&set, &text);
    let won: BTreeSet<&str> = explained
        .iter()
        .filter(|rule| rule.outcome == RuleOutcome::Won)
        .map(|rule| rule.intent.as_str())
        .collect();
    let decided: BTreeSet<&str> = hit
        .intents
        .iter()
        .map(|&at| set.intents[at as usize].id.as_str())
        .collect();
    assert_eq!(won, decided);
    for found in explained.iter().flat_map(|rule| &rule.found) {
        let shown: String = text
            .chars()
            .skip(found.start)
            .take(found.end - found.start)
            .collect();
        assert_eq!(shown, found.text);
    }
});

fn naive(set: &Catalogue, text: &str) -> Vec<u32> {
    let held: Vec<(u32, i8)> = (0u32..)
        .zip(&set.intents)
        .flat_map(|(at, intent)| intent.keywords.iter().map(move |rule| (at, rule)))
        .filter(|(_, rule)| holds(rule, text))
        .map(|(at, rule)| (at, rule.priority))
        .collect();
    let best = held.iter().map(|(_, priority)| *priority).max();
    held.into_iter()
        .filter(|(_, priority)| Some(*priority) == best)
        .map(|(at, _)| at)
        .collect()
}

fn holds(rule: &KeywordRule, text: &str) -> bool {
    let found = |pattern: &String| match rule.kind {
        MatchKind::Exact => !normalize(pattern).is_empty() && normalize(pattern) == text,
        MatchKind::Contains => contains(text, &normalize(pattern)),
        MatchKind::Regex => regex(pattern, text),
    };
    !(rule.any.is_empty() && rule.all.is_empty())
        && (rule.any.is_empty() || rule.any.iter().any(found))
        && rule.all.iter().all(found)
        && !rule.none.iter().any(found)
}

fn contains(text: &str, pattern: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(is_word);
    let places =
        (0..text.len()).filter(|&at| text.is_char_boundary(at) && text[at..].starts_with(pattern));
    !pattern.is_empty()
        && places.into_iter().any(|at| {
            let (before, after) = (&text[..at], &text[at + pattern.len()..]);
            !(word(before.chars().next_back()) && word(pattern.chars().next()))
                && !(word(after.chars().next()) && word(pattern.chars().next_back()))
        })
}

fn regex(pattern: &str, text: &str) -> bool {
    let built = regex::RegexBuilder::new(pattern)
        .case_insensitive(true)
        .build();
    built.is_ok_and(|regex| regex.is_match(text))
}
