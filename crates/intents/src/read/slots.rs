//! Slots: what an intent asks before its answer.

use std::collections::BTreeMap;

use crate::{
    catalogue::{Slot, SlotType},
    fields::{At, Fields, boolean, choice, list, shorten, text, texts},
    limits::{BUTTON_CHARS_MAX, KEYWORDS_MAX, PHRASING_CHARS_MAX, SLOT_NAME_CHARS_MAX, SLOTS_MAX},
    node::{Kind, Node},
    problem::{Place, Sink},
    read::{
        bounds::{self, Unit},
        keywords, localized,
    },
};

#[derive(Clone, Copy, PartialEq)]
enum Type {
    OrderNumber,
    Phone,
    Date,
    Amount,
    Number,
    Email,
    Address,
    Enumeration,
    Pattern,
    Text,
}

const TYPES: [(&str, Type); 10] = [
    ("order_number", Type::OrderNumber),
    ("phone", Type::Phone),
    ("date", Type::Date),
    ("amount", Type::Amount),
    ("number", Type::Number),
    ("email", Type::Email),
    ("address", Type::Address),
    ("enum", Type::Enumeration),
    ("regex", Type::Pattern),
    ("text", Type::Text),
];

pub(super) fn read(node: Node, sink: &mut Sink) -> Vec<Slot> {
    let nodes = list(node, "slots", SLOTS_MAX, sink);
    let mut slots: Vec<Slot> = Vec::new();
    for node in nodes {
        let place = node.place;
        let Some(slot) = slot(node, sink) else {
            continue;
        };
        if slots.iter().any(|other| other.name == slot.name) {
            sink.error(place, format!("the slot `{}` is here twice", slot.name));
        } else {
            slots.push(slot);
        }
    }
    slots
}

fn slot(node: Node, sink: &mut Sink) -> Option<Slot> {
    let mut fields = Fields::of(node, "slots", sink)?;
    let place = fields.place;
    let name = fields.need("name", sink).and_then(|node| name(node, sink));
    let kind = fields
        .need("type", sink)
        .and_then(|node| choice(node, "type", &TYPES, sink));
    let values = fields.take("values", sink);
    let pattern = fields.take("pattern", sink);
    let prompt = fields
        .need("prompt", sink)
        .map(|node| texts(node, "prompt", PHRASING_CHARS_MAX, sink));
    let retry = fields
        .take("retry", sink)
        .map(|node| texts(node, "retry", PHRASING_CHARS_MAX, sink));
    let mut localized_text = |key, chars_max, sink: &mut Sink| {
        let node = fields.take(key, sink);
        let texts = node.map(|node| texts(node, key, chars_max, sink));
        texts.map(localized).unwrap_or_default()
    };
    let label = localized_text("label", BUTTON_CHARS_MAX, sink);
    let invalid = localized_text("invalid", PHRASING_CHARS_MAX, sink);
    let optional = fields
        .take("optional", sink)
        .and_then(|node| boolean(&node, "optional", sink));
    let unit = kind.as_ref().map_or(Unit::Whole, |kind| unit(kind.value));
    let (min, max) = bounds::read(&mut fields, unit, sink);
    fields.finish(sink);
    let kind = match kind?.value {
        Type::Enumeration => values.map(|node| SlotType::Enumeration(enumeration(node, sink))),
        Type::Pattern => {
            let pattern = pattern.map(|node| text(node, "pattern", PHRASING_CHARS_MAX, sink));
            pattern.map(|pattern| compiled(pattern, sink))
        }
        other => {
            stray(values.as_ref(), "values", "enum", sink);
            stray(pattern.as_ref(), "pattern", "regex", sink);
            Some(simple(other))
        }
    };
    if kind.is_none() {
        sink.error(
            place,
            "a slot of this type needs `values` (enum) or `pattern` (regex)",
        );
    }
    let prompt = localized(prompt.filter(|prompt| !prompt.is_empty())?);
    let retry = retry.map(localized).filter(|retry| !retry.0.is_empty());
    Some(Slot {
        name: name?,
        kind: kind?,
        retry: retry.unwrap_or_else(|| prompt.clone()),
        prompt,
        label,
        optional: optional.unwrap_or(false),
        min,
        max,
        invalid,
    })
}

const fn unit(kind: Type) -> Unit {
    match kind {
        Type::Date => Unit::Days,
        Type::Amount => Unit::Yuan,
        Type::Number => Unit::Whole,
        Type::Text | Type::Address => Unit::Characters,
        _ => Unit::None,
    }
}

const fn simple(kind: Type) -> SlotType {
    match kind {
        Type::OrderNumber => SlotType::OrderNumber,
        Type::Phone => SlotType::Phone,
        Type::Date => SlotType::Date,
        Type::Amount => SlotType::Amount,
        Type::Number => SlotType::Number,
        Type::Email => SlotType::Email,
        Type::Address => SlotType::Address,
        Type::Enumeration | Type::Pattern | Type::Text => SlotType::Text,
    }
}

fn stray(node: Option<&Node>, key: &str, kind: &str, sink: &mut Sink) {
    if let Some(node) = node {
        sink.error(
            node.place,
            format!("`{key}` belongs to slots of the type `{kind}`"),
        );
    }
}

fn name(node: Node, sink: &mut Sink) -> Option<String> {
    let At { place, value } = text(node, "name", SLOT_NAME_CHARS_MAX, sink)?;
    let letters = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_');
    if value.starts_with(|c: char| c.is_ascii_lowercase()) && value.chars().all(letters) {
        return Some(value);
    }
    let message = format!(
        "the slot's name `{}` must be like order_number: a-z, 0-9 and _",
        shorten(&value)
    );
    sink.error(place, message);
    None
}

fn compiled(pattern: Option<At<String>>, sink: &mut Sink) -> SlotType {
    let Some(pattern) = pattern else {
        return SlotType::Text;
    };
    keywords::regex(&pattern, sink);
    SlotType::Pattern(pattern.value)
}

fn enumeration(node: Node, sink: &mut Sink) -> BTreeMap<String, Vec<String>> {
    let place = node.place;
    let words: Vec<(Place, String, Option<Node>)> = match node.kind {
        Kind::Map(entries) => entries
            .into_iter()
            .map(|(key, node)| (key.place, key.name, Some(node)))
            .collect(),
        // A plain list is values without synonyms.
        kind => {
            let nodes = list(Node { place, kind }, "values", KEYWORDS_MAX, sink);
            let values = nodes
                .into_iter()
                .filter_map(|node| text(node, "values", PHRASING_CHARS_MAX, sink));
            values.map(|at| (at.place, at.value, None)).collect()
        }
    };
    if words.is_empty() {
        sink.error(place, "`values` has no value");
    }
    let mut values = BTreeMap::new();
    for (place, value, synonyms) in words {
        if value.trim().is_empty() {
            sink.error(place, "a value is blank");
        }
        let nodes = synonyms.filter(|node| !matches!(node.kind, Kind::Empty));
        let nodes = nodes
            .map(|node| list(node, "values", KEYWORDS_MAX, sink))
            .unwrap_or_default();
        let texts = nodes
            .into_iter()
            .filter_map(|node| text(node, "values", PHRASING_CHARS_MAX, sink));
        values.insert(value, texts.map(|at| at.value).collect());
    }
    values
}
