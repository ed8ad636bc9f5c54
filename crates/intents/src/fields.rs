//! Readers of nodes that report what is wrong and go on.

use jiff::civil::Date;
use kefu_types::Lang;

use crate::{
    limits::PHRASING_CHARS_MAX,
    nearest::hint,
    node::{Key, Kind, Node},
    problem::{Place, Sink},
};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) place: Place,
    pub(crate) value: T,
}

/// The keys of a map, taken one by one; [`Fields::finish`] reports those that nobody took.
pub(crate) struct Fields {
    pub(crate) place: Place,
    entries: Vec<(Key, Node)>,
    asked: Vec<&'static str>,
}

impl Fields {
    /// The keys of `node`; `what` names it in the message when it is no map.
    pub(crate) fn of(node: Node, what: &str, sink: &mut Sink) -> Option<Self> {
        match node.kind {
            Kind::Map(entries) => Some(Self {
                place: node.place,
                entries,
                asked: Vec::new(),
            }),
            other => wrong(node.place, what, "a map (`key: value`)", &other, sink),
        }
    }

    /// The value of `key`, when it is there. An empty value is reported.
    pub(crate) fn take(&mut self, key: &'static str, sink: &mut Sink) -> Option<Node> {
        self.asked.push(key);
        let at = self
            .entries
            .iter()
            .position(|(found, _)| found.name == key)?;
        let (found, node) = self.entries.swap_remove(at);
        if matches!(node.kind, Kind::Empty) {
            sink.error(
                found.place,
                format!("`{key}` is empty: give it a value or remove the line"),
            );
            return None;
        }
        Some(node)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(found, _)| found.name == key)
    }

    /// Whether `key` is there with something in it: `[]` and `{zh: []}` hold nothing.
    pub(crate) fn fills(&self, key: &str) -> bool {
        fn hollow(node: &Node) -> bool {
            match &node.kind {
                Kind::List(items) => items.is_empty(),
                Kind::Map(entries) => entries.iter().all(|(_, node)| hollow(node)),
                Kind::Empty | Kind::Text { .. } => false,
            }
        }
        let mut entries = self.entries.iter();
        entries.any(|(found, node)| found.name == key && !hollow(node))
    }

    /// As [`Fields::take`], but a missing key is reported.
    pub(crate) fn need(&mut self, key: &'static str, sink: &mut Sink) -> Option<Node> {
        if !self.has(key) {
            sink.error(self.place, format!("`{key}` is missing"));
        }
        self.take(key, sink)
    }

    pub(crate) fn finish(self, sink: &mut Sink) {
        let Self { entries, asked, .. } = self;
        for (key, _) in entries {
            let near = hint(&key.name, asked.iter().copied());
            let near = if near.is_empty() {
                format!("; expected one of `{}`", asked.join("`, `"))
            } else {
                near
            };
            sink.error(
                key.place,
                format!("unknown key `{}`{near}", shorten(&key.name)),
            );
        }
    }
}

pub(crate) fn shorten(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short + "…"
    } else {
        short
    }
}

fn wrong<T>(at: Place, what: &str, wanted: &str, found: &Kind, sink: &mut Sink) -> Option<T> {
    sink.error(
        at,
        format!("`{what}` must be {wanted}, found {}", found.name()),
    );
    None
}

/// Text as written, numbers too. Bounded, never blank.
pub(crate) fn text(
    node: Node,
    what: &str,
    chars_max: usize,
    sink: &mut Sink,
) -> Option<At<String>> {
    let place = node.place;
    let value = match node.kind {
        Kind::Text { text, .. } => text,
        other => return wrong(place, what, "text", &other, sink),
    };
    let length = value.chars().count();
    if length > chars_max {
        sink.error(
            place,
            format!("`{what}` has {length} characters; {chars_max} are allowed"),
        );
        return None;
    }
    if value.trim().is_empty() {
        sink.error(place, format!("`{what}` is blank"));
        return None;
    }
    if value.contains('\0') {
        sink.error(place, format!("`{what}` holds a NUL character"));
        return None;
    }
    Some(At { place, value })
}

/// The items of a list; a single text counts as a list of one.
pub(crate) fn list(node: Node, what: &str, items_max: usize, sink: &mut Sink) -> Vec<Node> {
    let place = node.place;
    let mut items = match node.kind {
        Kind::List(items) => items,
        kind @ Kind::Text { .. } => vec![Node { place, kind }],
        other => return wrong(place, what, "a list (`- item`)", &other, sink).unwrap_or_default(),
    };
    if items.len() > items_max {
        sink.error(
            place,
            format!(
                "`{what}` has {} items; {items_max} are allowed",
                items.len()
            ),
        );
        items.truncate(items_max);
    }
    items
}

/// `true` or `false`.
pub(crate) fn boolean(node: &Node, what: &str, sink: &mut Sink) -> Option<bool> {
    match &node.kind {
        Kind::Text { text, plain: true } if text == "true" => Some(true),
        Kind::Text { text, plain: true } if text == "false" => Some(false),
        Kind::Text { text, .. } => {
            sink.error(
                node.place,
                format!("`{what}` must be true or false, found `{}`", shorten(text)),
            );
            None
        }
        other => wrong(node.place, what, "true or false", other, sink),
    }
}

/// A day.
pub(crate) fn date(node: Node, what: &str, sink: &mut Sink) -> Option<At<Date>> {
    let At { place, value } = text(node, what, PHRASING_CHARS_MAX, sink)?;
    if let (10, Ok(value)) = (value.len(), value.parse()) {
        return Some(At { place, value });
    }
    sink.error(
        place,
        format!(
            "`{what}` must be a day like 2026-11-01, found `{}`",
            shorten(&value)
        ),
    );
    None
}

/// One of a fixed set of words.
pub(crate) fn choice<T: Copy>(
    node: Node,
    what: &str,
    choices: &[(&str, T)],
    sink: &mut Sink,
) -> Option<At<T>> {
    let At { place, value } = text(node, what, PHRASING_CHARS_MAX, sink)?;
    if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == value) {
        return Some(At {
            place,
            value: *choice,
        });
    }
    let words = || choices.iter().map(|(word, _)| *word);
    let near = hint(&value, words());
    let near = if near.is_empty() {
        format!(
            "; expected one of `{}`",
            words().collect::<Vec<_>>().join("`, `")
        )
    } else {
        near
    };
    sink.error(
        place,
        format!("`{what}` cannot be `{}`{near}", shorten(&value)),
    );
    None
}

/// Splits `{zh: …, en: …}` by language; anything else comes back whole.
pub(crate) fn by_language(
    node: Node,
    what: &str,
    sink: &mut Sink,
) -> Result<Vec<(Lang, Node)>, Node> {
    if !matches!(&node.kind, Kind::Map(_)) {
        return Err(node);
    }
    let Some(mut fields) = Fields::of(node, what, sink) else {
        return Ok(Vec::new());
    };
    let languages = [("zh", Lang::Zh), ("en", Lang::En)];
    let found = languages
        .into_iter()
        .filter_map(|(key, lang)| Some((lang, fields.take(key, sink)?)))
        .collect();
    fields.finish(sink);
    Ok(found)
}

/// What language `text` is in by its letters; Chinese when they do not say.
pub(crate) fn language(text: &str) -> Lang {
    Lang::detect(text).unwrap_or_default()
}

/// A text per language: `{zh: …, en: …}`, or one plain text in the language of its letters.
pub(crate) fn texts(
    node: Node,
    what: &str,
    chars_max: usize,
    sink: &mut Sink,
) -> Vec<(Lang, At<String>)> {
    match by_language(node, what, sink) {
        Ok(parts) => {
            let read = |(lang, node)| Some((lang, text(node, what, chars_max, sink)?));
            parts.into_iter().filter_map(read).collect()
        }
        Err(node) => {
            let one = text(node, what, chars_max, sink);
            one.into_iter()
                .map(|one| (language(&one.value), one))
                .collect()
        }
    }
}
