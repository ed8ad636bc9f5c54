//! Keywords that collide.

use std::collections::{BTreeSet, HashMap};

use aho_corasick::AhoCorasick;
use kefu_intents::{KeywordRule, MatchKind, Problem};
use kefu_text::normalize;

use super::{Scene, shorten};
use crate::keyword::{KeywordError, KeywordHit, KeywordTier, at_word_boundaries};

/// Phrasings that another intent's keywords decide, and intents that lose all of theirs so.
pub(super) fn taken(scene: &Scene<'_>) -> Result<Vec<Problem>, KeywordError> {
    let tier = KeywordTier::build(scene.catalogue)?;
    let mut problems = Vec::new();
    for (at, intent) in scene.catalogue.intents.iter().enumerate() {
        let mut lost = 0;
        for (number, phrasing) in intent.phrasings.iter().enumerate() {
            let Some(hit) = tier.find(&normalize(&phrasing.text)) else {
                continue;
            };
            let own = u32::try_from(at).is_ok_and(|at| hit.intents.contains(&at));
            lost += usize::from(!own);
            if let (false, Some(spot)) = (
                own && hit.intents.len() == 1,
                scene.places.phrasing(at, number),
            ) {
                let message = message(scene, at, &phrasing.text, own, &hit);
                problems.push(spot.warning(message));
            }
        }
        let wordless = intent.keywords.is_empty() && intent.role.is_none();
        if lost > 0 && lost == intent.phrasings.len() && wordless {
            let message = format!(
                "nobody gets to `{}` by typing: keywords of other intents take all its phrasings",
                shorten(&intent.id)
            );
            problems.extend(scene.places.intent(at).map(|spot| spot.warning(message)));
        }
    }
    Ok(problems)
}

fn message(scene: &Scene<'_>, at: usize, text: &str, own: bool, hit: &KeywordHit) -> String {
    let others = hit
        .intents
        .iter()
        .map(|&other| other as usize)
        .filter(|&other| other != at);
    let named: Vec<String> = others
        .map(|other| rule_named(scene, other, &hit.keywords))
        .collect();
    let (text, named) = (shorten(text), named.join(", "));
    let words: Vec<String> = hit.keywords.iter().map(|word| shorten(word)).collect();
    let words = words.join("`, `");
    if own {
        format!(
            "`{text}` is asked back: keywords (`{words}`) of its own intent and of {named} win alike"
        )
    } else {
        format!(
            "`{text}` never gets to `{}`: keywords (`{words}`) take it to {named}",
            shorten(scene.id(at))
        )
    }
}

/// The intent and the place of its first rule that has one of the words.
fn rule_named(scene: &Scene<'_>, intent: usize, words: &[String]) -> String {
    let rules = scene
        .catalogue
        .intents
        .get(intent)
        .map(|i| i.keywords.as_slice());
    let has = |rule: &KeywordRule| {
        rule.any
            .iter()
            .chain(&rule.all)
            .any(|word| words.contains(word))
    };
    let rule = rules
        .unwrap_or_default()
        .iter()
        .position(has)
        .unwrap_or_default();
    let place = Scene::named(scene.places.rule(intent, rule));
    format!("`{}`{place}", shorten(scene.id(intent)))
}

/// A rule that decides by one word alone.
struct Word<'a> {
    intent: usize,
    number: usize,
    rule: &'a KeywordRule,
    normal: String,
    none: BTreeSet<String>,
}

fn words<'a>(scene: &Scene<'a>) -> Vec<Word<'a>> {
    let mut words = Vec::new();
    for (intent, entry) in scene.catalogue.intents.iter().enumerate() {
        for (number, rule) in entry.keywords.iter().enumerate() {
            if rule.kind == MatchKind::Regex {
                continue;
            }
            let none: BTreeSet<String> = rule.none.iter().map(|word| normalize(word)).collect();
            for word in rule
                .any
                .iter()
                .chain(rule.all.iter().filter(|_| rule.any.is_empty()))
            {
                words.push(Word {
                    intent,
                    number,
                    rule,
                    normal: normalize(word),
                    none: none.clone(),
                });
            }
        }
    }
    words
}

/// Keywords that can never win: whenever one is there, so is a keyword of another intent that
/// decides alone, with as high a priority.
pub(super) fn shadowed(scene: &Scene<'_>) -> Vec<Problem> {
    let words = words(scene);
    let alone =
        |word: &&Word<'_>| word.rule.all.is_empty() && word.rule.kind == MatchKind::Contains;
    let mut by_word: HashMap<&str, Vec<&Word<'_>>> = HashMap::new();
    for word in words
        .iter()
        .filter(alone)
        .filter(|word| !word.normal.is_empty())
    {
        by_word.entry(&word.normal).or_default().push(word);
    }
    let patterns: Vec<&str> = by_word.keys().copied().collect();
    let Ok(automaton) = AhoCorasick::new(&patterns) else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for word in &words {
        let found = automaton
            .find_overlapping_iter(&word.normal)
            .filter(|found| at_word_boundaries(&word.normal, found.start(), found.end()))
            .filter_map(|found| by_word.get(patterns.get(found.pattern().as_usize())?))
            .flatten()
            .filter(|other| shadows(other, word))
            .min_by_key(|other| (std::cmp::Reverse(other.rule.priority), other.intent));
        if let Some(other) = found {
            problems.extend(problem(scene, word, other));
        }
    }
    problems
}

/// Whether `other` decides each text that `word` is in.
fn shadows(other: &Word<'_>, word: &Word<'_>) -> bool {
    let same_rule = other.normal == word.normal
        && other.rule.priority == word.rule.priority
        && other.rule.kind == word.rule.kind
        && other.none == word.none;
    other.intent != word.intent
        && other.rule.priority >= word.rule.priority
        && other.none.is_subset(&word.none)
        && !other.none.iter().any(|none| word.normal.contains(none.as_str()))
        // The same rule in two intents is said where the files are read.
        && !(same_rule && word.rule.all.is_empty())
}

fn problem(scene: &Scene<'_>, word: &Word<'_>, other: &Word<'_>) -> Option<Problem> {
    let spot = scene.places.rule(word.intent, word.number)?;
    let place = Scene::named(scene.places.rule(other.intent, other.number));
    let (mine, theirs) = (shorten(&word.normal), shorten(&other.normal));
    let id = shorten(scene.id(other.intent));
    Some(spot.warning(if other.rule.priority > word.rule.priority {
        format!("the keyword `{mine}` never wins: `{theirs}` of `{id}`{place} is in it and has a higher priority")
    } else {
        format!("the keyword `{mine}` never wins alone: `{theirs}` of `{id}`{place} is in it and has the same priority")
    }))
}
