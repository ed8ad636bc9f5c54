//! Answers, cards and buttons.

use std::sync::LazyLock;

use kefu_types::Lang;
use regex::Regex;

use crate::{
    catalogue::{Action, Answer, Button, ButtonAction, Localized, Slot},
    fields::{At, Fields, boolean, by_language, language, list, shorten, text},
    limits::{
        ANSWER_CHARS_MAX, ANSWERS_MAX, BUTTON_CHARS_MAX, BUTTONS_MAX, ID_CHARS_MAX,
        PHRASING_CHARS_MAX, URL_CHARS_MAX,
    },
    nearest::hint,
    node::{Kind, Node},
    problem::{Place, Sink},
};

/// What a button may open.
const SCHEMES: [&str; 4] = ["https://", "http://", "tel:", "mailto:"];

/// `{name}`, as in a slot's name or nearly so.
#[allow(
    clippy::expect_used,
    reason = "the pattern is a constant that a test compiles"
)]
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\s*([A-Za-z][A-Za-z0-9_.-]*)\s*\}").expect("the pattern compiles")
});

/// The names in braces.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let names = PLACEHOLDER.captures_iter(text);
    names
        .filter_map(|found| found.get(1))
        .map(|name| name.as_str())
}

/// The answers of one intent and what they mention.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) answers: Localized<Vec<Answer>>,
    pub(super) links: Vec<At<String>>,
    placeholders: Vec<At<String>>,
}

pub(super) fn read(node: Node, sink: &mut Sink) -> Answers {
    let mut answers = Answers::default();
    match by_language(node, "answers", sink) {
        Ok(parts) => {
            for (lang, node) in parts {
                answers.wordings(node, Some(lang), sink);
            }
        }
        Err(node) => answers.wordings(node, None, sink),
    }
    answers
}

impl Answers {
    /// Every `{name}` must be one of the intent's slots, every `{name.result}` one of its action's.
    pub(super) fn check_placeholders(
        &self,
        slots: &[Slot],
        action: Option<&Action>,
        sink: &mut Sink,
    ) {
        let results = action.into_iter().flat_map(|action| {
            let name = &action.name;
            action
                .returns
                .iter()
                .map(move |result| format!("{name}.{result}"))
        });
        let known: Vec<String> = slots
            .iter()
            .map(|slot| slot.name.clone())
            .chain(results)
            .collect();
        for At { place, value } in &self.placeholders {
            if !known.iter().any(|name| format!("{{{name}}}") == *value) {
                let name = value.trim_matches(['{', '}', ' ']);
                let near = hint(name, known.iter().map(String::as_str));
                let what = if name.contains('.') {
                    "which is no slot and no result of this intent's action"
                } else {
                    "which is no slot of this intent"
                };
                sink.error(
                    *place,
                    format!("the answer mentions `{value}`, {what}{near}"),
                );
            }
        }
    }

    fn wordings(&mut self, node: Node, lang: Option<Lang>, sink: &mut Sink) {
        for node in list(node, "answers", ANSWERS_MAX, sink) {
            if let Some(answer) = self.wording(node, sink) {
                let shown = if answer.text.is_empty() {
                    &answer.title
                } else {
                    &answer.text
                };
                let lang = lang.unwrap_or_else(|| language(shown));
                self.answers.0.entry(lang).or_default().push(answer);
            }
        }
    }

    /// A plain text, `{text, buttons}` or `{card: {title, text, image, buttons}}`.
    fn wording(&mut self, node: Node, sink: &mut Sink) -> Option<Answer> {
        if !matches!(node.kind, Kind::Map(_)) {
            let text = self.shown(node, "answers", ANSWER_CHARS_MAX, sink)?;
            return Some(Answer {
                text,
                ..Answer::default()
            });
        }
        let mut fields = Fields::of(node, "answers", sink)?;
        let place = fields.place;
        let answer = if let Some(node) = fields.take("card", sink) {
            self.card(node, sink)
        } else {
            let text = fields
                .take("text", sink)
                .and_then(|node| self.shown(node, "text", ANSWER_CHARS_MAX, sink));
            let buttons = fields
                .take("buttons", sink)
                .map(|node| self.buttons(node, sink));
            if text.is_none() {
                sink.error(place, "an answer needs a `text` or a `card`");
            }
            text.map(|text| Answer {
                text,
                buttons: buttons.unwrap_or_default(),
                ..Answer::default()
            })
        };
        fields.finish(sink);
        answer
    }

    fn card(&mut self, node: Node, sink: &mut Sink) -> Option<Answer> {
        let mut fields = Fields::of(node, "card", sink)?;
        let title = fields
            .need("title", sink)
            .and_then(|node| self.shown(node, "title", PHRASING_CHARS_MAX, sink));
        let text = fields
            .take("text", sink)
            .and_then(|node| self.shown(node, "text", ANSWER_CHARS_MAX, sink));
        let image = fields
            .take("image", sink)
            .and_then(|node| image(node, sink));
        let buttons = fields
            .take("buttons", sink)
            .map(|node| self.buttons(node, sink));
        fields.finish(sink);
        let (text, image) = (text.unwrap_or_default(), image.unwrap_or_default());
        Some(Answer {
            title: title?,
            text,
            image,
            buttons: buttons.unwrap_or_default(),
        })
    }

    /// Text that visitors see; its placeholders are kept for the check.
    fn shown(
        &mut self,
        node: Node,
        what: &str,
        chars_max: usize,
        sink: &mut Sink,
    ) -> Option<String> {
        let At { place, value } = text(node, what, chars_max, sink)?;
        let found = PLACEHOLDER.find_iter(&value).map(|found| At {
            place,
            value: found.as_str().to_owned(),
        });
        self.placeholders.extend(found);
        Some(value)
    }

    fn buttons(&mut self, node: Node, sink: &mut Sink) -> Vec<Button> {
        let nodes = list(node, "buttons", BUTTONS_MAX, sink);
        nodes
            .into_iter()
            .filter_map(|node| self.button(node, sink))
            .collect()
    }

    fn button(&mut self, node: Node, sink: &mut Sink) -> Option<Button> {
        let mut fields = Fields::of(node, "buttons", sink)?;
        let place = fields.place;
        let label = fields
            .need("label", sink)
            .and_then(|node| text(node, "label", BUTTON_CHARS_MAX, sink));
        let found = ["intent", "url", "say", "human"]
            .into_iter()
            .filter(|key| fields.has(key))
            .count();
        let intent = fields
            .take("intent", sink)
            .and_then(|node| text(node, "intent", ID_CHARS_MAX, sink));
        self.links.extend(intent.clone());
        let url = fields
            .take("url", sink)
            .and_then(|node| url(node, "url", sink));
        let say = fields
            .take("say", sink)
            .and_then(|node| text(node, "say", PHRASING_CHARS_MAX, sink));
        let human = fields
            .take("human", sink)
            .and_then(|node| human(&node, sink));
        fields.finish(sink);
        if found != 1 {
            let message = format!(
                "a button needs exactly one of `intent`, `url`, `say`, `human`; found {found}"
            );
            sink.error(place, message);
        }
        let action = intent
            .map(|at| ButtonAction::Intent(at.value))
            .or(url.map(ButtonAction::Url));
        let action = action
            .or(say.map(|at| ButtonAction::Say(at.value)))
            .or(human);
        Some(Button {
            label: label?.value,
            action: action?,
        })
    }
}

fn human(node: &Node, sink: &mut Sink) -> Option<ButtonAction> {
    if boolean(node, "human", sink)? {
        return Some(ButtonAction::Human);
    }
    sink.error(
        node.place,
        "`human` can only be true: remove the button otherwise",
    );
    None
}

fn url(node: Node, what: &str, sink: &mut Sink) -> Option<String> {
    let At { place, value } = text(node, what, URL_CHARS_MAX, sink)?;
    let rest = SCHEMES.iter().find_map(|scheme| value.strip_prefix(scheme));
    let blank = |c: char| c.is_whitespace() || c.is_control();
    if rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !value.contains(blank))
    {
        return Some(value);
    }
    refuse(
        place,
        what,
        &value,
        "https://, http://, tel: or mailto:",
        sink,
    )
}

/// A picture's address: on the web, or a path on this server.
fn image(node: Node, sink: &mut Sink) -> Option<String> {
    let local = matches!(&node.kind, Kind::Text { text, .. } if text.starts_with('/') && !text.starts_with("//"));
    let web = matches!(&node.kind, Kind::Text { text, .. } if text.starts_with("http"));
    if web {
        return url(node, "image", sink);
    }
    let At { place, value } = text(node, "image", URL_CHARS_MAX, sink)?;
    if local {
        Some(value)
    } else {
        refuse(place, "image", &value, "https://, http:// or /", sink)
    }
}

fn refuse(place: Place, what: &str, value: &str, wanted: &str, sink: &mut Sink) -> Option<String> {
    sink.error(
        place,
        format!(
            "`{what}` must begin with {wanted} and hold no spaces, found `{}`",
            shorten(value)
        ),
    );
    None
}
