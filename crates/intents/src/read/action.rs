//! What an intent does with its values: has them approved, and calls the business.

use crate::{
    catalogue::{Action, ActionErrors, Confirm, Localized, Slot},
    fields::{At, Fields, boolean, list, shorten, text, texts},
    limits::{ACTION_TIMEOUT_MS_MAX, ANSWER_CHARS_MAX, RETURNS_MAX, SLOT_NAME_CHARS_MAX},
    nearest::hint,
    node::{Kind, Node},
    problem::{Place, Sink},
    read::localized,
};

use super::answers::placeholders;

/// `true`, or the question to ask.
pub(super) fn confirm(node: Node, slots: &[Slot], sink: &mut Sink) -> Option<Confirm> {
    let place = node.place;
    let truth =
        matches!(&node.kind, Kind::Text { text, plain: true } if text == "true" || text == "false");
    if truth {
        let wanted = boolean(&node, "confirm", sink)?;
        if wanted && slots.is_empty() {
            sink.error(
                place,
                "`confirm` shows the slots' values, but there is no slot",
            );
        }
        return wanted.then(Confirm::default);
    }
    let text = shown(node, "confirm", slots, sink);
    Some(Confirm { text })
}

pub(super) fn action(node: Node, slots: &[Slot], sink: &mut Sink) -> Option<Action> {
    let mut fields = Fields::of(node, "action", sink)?;
    let place = fields.place;
    let call = fields
        .need("call", sink)
        .and_then(|node| text(node, "call", SLOT_NAME_CHARS_MAX * 2, sink));
    let name = fields
        .take("as", sink)
        .and_then(|node| text(node, "as", SLOT_NAME_CHARS_MAX, sink));
    let returns = fields
        .take("returns", sink)
        .map(|node| list(node, "returns", RETURNS_MAX, sink))
        .unwrap_or_default();
    let timeout_ms = fields
        .take("timeout_ms", sink)
        .and_then(|node| timeout(node, sink));
    let errors = fields
        .take("errors", sink)
        .and_then(|node| errors(node, slots, sink))
        .unwrap_or_default();
    fields.finish(sink);
    let returns = returns
        .into_iter()
        .filter_map(|node| {
            let at = text(node, "returns", SLOT_NAME_CHARS_MAX, sink)?;
            word(at, "returns", sink)
        })
        .collect();
    let call = call.and_then(|At { place, value }| {
        let sound = value.split('.').all(is_word);
        if !sound {
            let message = format!(
                "`call` must be like order.status, found `{}`",
                shorten(&value)
            );
            sink.error(place, message);
        }
        sound.then_some(value)
    });
    let name = match name {
        Some(name) => word(name, "as", sink),
        None => call
            .as_deref()
            .and_then(|call| call.split('.').next())
            .map(str::to_owned),
    };
    let (call, name) = (call?, name?);
    if slots.iter().any(|slot| slot.name == name) {
        sink.error(
            place,
            format!("the results cannot be called `{name}`: a slot is"),
        );
    }
    Some(Action {
        call,
        name,
        returns,
        timeout_ms,
        errors,
    })
}

fn errors(node: Node, slots: &[Slot], sink: &mut Sink) -> Option<ActionErrors> {
    let mut fields = Fields::of(node, "errors", sink)?;
    let mut take = |key, sink: &mut Sink| {
        let node = fields.take(key, sink);
        node.map(|node| shown(node, key, slots, sink))
            .unwrap_or_default()
    };
    let errors = ActionErrors {
        not_found: take("not_found", sink),
        refused: take("refused", sink),
        timeout: take("timeout", sink),
        unavailable: take("unavailable", sink),
    };
    fields.finish(sink);
    Some(errors)
}

/// A text that is shown before there are results: its placeholders are slots.
fn shown(node: Node, what: &str, slots: &[Slot], sink: &mut Sink) -> Localized<String> {
    let texts = texts(node, what, ANSWER_CHARS_MAX, sink);
    for (_, At { place, value }) in &texts {
        for name in placeholders(value) {
            if !slots.iter().any(|slot| slot.name == name) {
                let near = hint(name, slots.iter().map(|slot| slot.name.as_str()));
                let message = format!(
                    "`{what}` mentions `{{{name}}}`, which is no slot of this intent{near}"
                );
                sink.error(*place, message);
            }
        }
    }
    localized(texts)
}

fn timeout(node: Node, sink: &mut Sink) -> Option<u32> {
    let At { place, value } = text(node, "timeout_ms", SLOT_NAME_CHARS_MAX, sink)?;
    let read = value
        .parse()
        .ok()
        .filter(|ms| (1..=ACTION_TIMEOUT_MS_MAX).contains(ms));
    if read.is_none() {
        let message = format!(
            "`timeout_ms` must be a number from 1 to {ACTION_TIMEOUT_MS_MAX}, found `{}`",
            shorten(&value)
        );
        sink.error(place, message);
    }
    read
}

fn word(At { place, value }: At<String>, what: &str, sink: &mut Sink) -> Option<String> {
    if is_word(&value) {
        return Some(value);
    }
    wrong_word(place, what, &value, sink);
    None
}

fn wrong_word(place: Place, what: &str, value: &str, sink: &mut Sink) {
    let value = shorten(value);
    sink.error(
        place,
        format!("`{what}` must be like order_number: a-z, 0-9 and _, found `{value}`"),
    );
}

fn is_word(text: &str) -> bool {
    let letters = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_');
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(letters)
}
