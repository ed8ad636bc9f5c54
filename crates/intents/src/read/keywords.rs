//! Keyword rules.

use kefu_text::{is_han, normalize};
use regex::RegexBuilder;

use crate::{
    catalogue::{KeywordRule, MatchKind},
    fields::{At, Fields, choice, list, shorten, text},
    limits::{KEYWORDS_MAX, PHRASING_CHARS_MAX, REGEX_BYTES_MAX, RULES_MAX},
    node::Node,
    problem::Sink,
};

const KINDS: [(&str, MatchKind); 3] = [
    ("contains", MatchKind::Contains),
    ("exact", MatchKind::Exact),
    ("regex", MatchKind::Regex),
];

/// The highest and lowest priority of a rule.
const PRIORITY_MAX: i8 = 100;

pub(super) fn read(node: Node, sink: &mut Sink) -> Vec<At<KeywordRule>> {
    let nodes = list(node, "keywords", RULES_MAX, sink);
    nodes
        .into_iter()
        .filter_map(|node| rule(node, sink))
        .collect()
}

fn rule(node: Node, sink: &mut Sink) -> Option<At<KeywordRule>> {
    let mut fields = Fields::of(node, "keywords", sink)?;
    let place = fields.place;
    let mut words = |key, sink: &mut Sink| -> Vec<At<String>> {
        let nodes = fields
            .take(key, sink)
            .map(|node| list(node, key, KEYWORDS_MAX, sink))
            .unwrap_or_default();
        nodes
            .into_iter()
            .filter_map(|node| text(node, key, PHRASING_CHARS_MAX, sink))
            .collect()
    };
    let lists = [words("any", sink), words("all", sink), words("none", sink)];
    let kind = fields
        .take("match", sink)
        .and_then(|node| choice(node, "match", &KINDS, sink));
    let priority = fields
        .take("priority", sink)
        .and_then(|node| priority(node, sink));
    fields.finish(sink);
    let kind = kind.map_or(MatchKind::Contains, |kind| kind.value);
    for word in lists.iter().flatten() {
        check(word, kind, sink);
    }
    let [any, all, none] =
        lists.map(|list| list.into_iter().map(|at| at.value).collect::<Vec<_>>());
    if any.is_empty() && all.is_empty() {
        sink.error(
            place,
            "the rule has neither `any` nor `all`, so it would match every text",
        );
        return None;
    }
    let value = KeywordRule {
        any,
        all,
        none,
        kind,
        priority: priority.unwrap_or_default(),
    };
    Some(At { place, value })
}

fn priority(node: Node, sink: &mut Sink) -> Option<i8> {
    let At { place, value } = text(node, "priority", PHRASING_CHARS_MAX, sink)?;
    match value.parse::<i8>() {
        Ok(priority) if (-PRIORITY_MAX..=PRIORITY_MAX).contains(&priority) => Some(priority),
        _ => {
            let message = format!(
                "`priority` must be a whole number from -100 to 100, found `{}`",
                shorten(&value)
            );
            sink.error(place, message);
            None
        }
    }
}

fn check(word: &At<String>, kind: MatchKind, sink: &mut Sink) {
    let shown = shorten(&word.value);
    if kind == MatchKind::Regex {
        regex(word, sink);
        if let Some(c) = word
            .value
            .chars()
            .find(|c| is_han(*c) && !normalize(&c.to_string()).starts_with(*c))
        {
            let simple = normalize(&c.to_string());
            sink.warn(
                word.place,
                format!("`{shown}` is compared with simplified text: write {simple} for {c}"),
            );
        }
    } else if normalize(&word.value).is_empty() {
        sink.error(
            word.place,
            format!("`{shown}` has no letter or digit, so it would match every text"),
        );
    }
}

/// Reports a regular expression that does not compile, grows too large, or matches everything.
pub(super) fn regex(pattern: &At<String>, sink: &mut Sink) {
    let shown = shorten(&pattern.value);
    if let Err(why) = parse(&pattern.value) {
        let message = format!("`{shown}` is not a regular expression: {why}");
        sink.error(pattern.place, message);
        return;
    }
    let regex = RegexBuilder::new(&pattern.value)
        .case_insensitive(true)
        .size_limit(REGEX_BYTES_MAX)
        .build();
    match regex {
        Ok(regex) if regex.is_match("") => {
            let message = format!("`{shown}` matches the empty text, so it would match everything");
            sink.error(pattern.place, message);
        }
        Ok(regex) if STRANGERS.iter().all(|text| regex.is_match(text)) => {
            let message =
                format!("`{shown}` matches any text that is not empty: say what it is to find");
            sink.error(pattern.place, message);
        }
        Ok(_) => {}
        Err(_) => {
            let message = format!(
                "`{shown}` grows beyond {REGEX_BYTES_MAX} bytes when it is compiled: repeat less"
            );
            sink.error(pattern.place, message);
        }
    }
}

/// Texts that have nothing in common.
const STRANGERS: [&str; 4] = ["退", "a", "7", "ю"];

/// What is wrong with the expression, and at which of its characters.
fn parse(pattern: &str) -> Result<(), String> {
    let at = |span: &regex_syntax::ast::Span, why: String| {
        let before = pattern.get(..span.start.offset).unwrap_or_default();
        format!("{why} (at its character {})", before.chars().count() + 1)
    };
    let mut parser = regex_syntax::ParserBuilder::new()
        .case_insensitive(true)
        .build();
    match parser.parse(pattern) {
        Ok(_) => Ok(()),
        Err(regex_syntax::Error::Parse(error)) => Err(at(error.span(), error.kind().to_string())),
        Err(regex_syntax::Error::Translate(error)) => {
            Err(at(error.span(), error.kind().to_string()))
        }
        Err(error) => Err(error.to_string()),
    }
}
