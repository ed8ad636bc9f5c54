//! An intent's own wording as a message body.

use std::collections::BTreeMap;

use kefu_intents::{Answer, Button, ButtonAction};
use kefu_proto::v1::{self, body::Kind, button::Action};

/// The longest text that the core takes, in characters: an answer at its own limit grows by values.
const TEXT_CHARS_MAX: usize = 4_000;

/// The answer with its placeholders filled.
pub(crate) fn body(answer: &Answer, values: &BTreeMap<String, String>) -> v1::Body {
    let text = fill(answer.text.trim(), values);
    let buttons = answer.buttons.iter().map(button).collect();
    if answer.title.is_empty() && answer.image.is_empty() {
        return plain(text, buttons);
    }
    let card = v1::Card {
        title: fill(&answer.title, values),
        text,
        image_url: answer.image.clone(),
        buttons,
    };
    v1::Body {
        kind: Some(Kind::Card(card)),
    }
}

/// A text with buttons.
pub(crate) fn plain(text: String, buttons: Vec<v1::Button>) -> v1::Body {
    v1::Body {
        kind: Some(Kind::Text(v1::Text {
            text,
            buttons,
            ..Default::default()
        })),
    }
}

/// Buttons under one reply, at most.
const BUTTONS_MAX: usize = 8;

/// The body with this text after its own, and these buttons after its own, of which the last are
/// left out where there are too many.
pub(crate) fn append(body: v1::Body, text: &str, buttons: Vec<v1::Button>) -> v1::Body {
    let mut body = body;
    let (own_text, own_buttons) = match &mut body.kind {
        Some(Kind::Text(own)) => (&mut own.text, &mut own.buttons),
        Some(Kind::Card(own)) => (&mut own.text, &mut own.buttons),
        _ => return plain(text.to_owned(), buttons),
    };
    if !own_text.is_empty() {
        own_text.push_str("\n\n");
    }
    own_text.push_str(text);
    if let Some((end, _)) = own_text.char_indices().nth(TEXT_CHARS_MAX) {
        own_text.truncate(end);
    }
    let new: Vec<_> = buttons
        .into_iter()
        .filter(|button| !own_buttons.contains(button))
        .collect();
    own_buttons.truncate(BUTTONS_MAX.saturating_sub(new.len()));
    own_buttons.extend(new);
    own_buttons.truncate(BUTTONS_MAX);
    body
}

/// A button that sends `payload` back.
pub(crate) fn postback(label: &str, payload: String) -> v1::Button {
    v1::Button {
        label: label.to_owned(),
        action: Some(Action::Postback(payload)),
    }
}

fn button(button: &Button) -> v1::Button {
    match &button.action {
        ButtonAction::Intent(id) => postback(&button.label, format!("intent:{id}")),
        ButtonAction::Say(text) => postback(&button.label, format!("text:{text}")),
        ButtonAction::Human => postback(&button.label, "human".to_owned()),
        ButtonAction::Url(url) => v1::Button {
            label: button.label.clone(),
            action: Some(Action::Url(url.clone())),
        },
    }
}

/// Replaces `{name}` by its value in one pass, so that a value with braces stays a value.
/// Braces around anything else stay as written.
pub(crate) fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let value = after
            .split_once('}')
            .and_then(|(name, tail)| Some((values.get(name)?, tail)));
        match value {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    match out.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => out[..end].to_owned(),
        None => out,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::fill;

    #[test]
    fn placeholders_are_filled_once() {
        let values = BTreeMap::from([
            ("a".to_owned(), "{b}".to_owned()),
            ("b".to_owned(), "2".to_owned()),
        ]);
        assert_eq!(fill("单号{a}，{b}件 {c} {", &values), "单号{b}，2件 {c} {");
        assert_eq!(fill("{{b}}", &values), "{2}");
        let long = fill(&"字".repeat(5_000), &values);
        assert_eq!(long.chars().count(), super::TEXT_CHARS_MAX);
    }
}
