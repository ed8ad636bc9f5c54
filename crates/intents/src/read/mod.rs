//! From nodes to intents, one file at a time. What needs other files is checked in
//! [`crate::check`].

mod action;
mod answers;
mod bounds;
mod intent;
mod keywords;
mod slots;

use kefu_types::Lang;

use crate::{
    catalogue::{Intent, Localized},
    fields::{At, Fields, list},
    limits::INTENTS_MAX,
    node::{Kind, parse},
    problem::{Place, Sink},
};

/// An intent and the places that later checks talk about.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) intent: Intent,
    pub(crate) enabled: bool,
    /// Whether it has phrasings, keywords or a role, well written or not.
    pub(crate) reachable: bool,
    /// Of the id.
    pub(crate) place: Place,
    /// Of each phrasing, in their order.
    pub(crate) phrasings: Vec<Place>,
    /// Of each keyword rule, in their order.
    pub(crate) rules: Vec<Place>,
    /// Intents that buttons name.
    pub(crate) links: Vec<At<String>>,
    /// Intents that this one may resemble.
    pub(crate) overlaps: Vec<At<String>>,
    /// Of the role, when there is one.
    pub(crate) role: Place,
}

/// All intents of one file; problems go to `sink`.
pub(crate) fn file(text: &str, file: u32, sink: &mut Sink) -> Vec<Draft> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let Some(root) = parse(text, file, sink) else {
        sink.missed_some();
        return Vec::new();
    };
    if matches!(root.kind, Kind::Empty) {
        sink.warn(
            Place {
                file,
                line: 0,
                column: 0,
            },
            "the file is blank",
        );
        return Vec::new();
    }
    let Some(mut fields) = Fields::of(root, "the file", sink) else {
        sink.missed_some();
        return Vec::new();
    };
    let items = fields
        .need("intents", sink)
        .map(|node| list(node, "intents", INTENTS_MAX, sink));
    fields.finish(sink);
    if items.is_none() {
        sink.missed_some();
    }
    let items = items.unwrap_or_default();
    items
        .into_iter()
        .filter_map(|node| intent::read(node, sink))
        .collect()
}

fn localized(texts: Vec<(Lang, At<String>)>) -> Localized<String> {
    Localized(
        texts
            .into_iter()
            .map(|(lang, at)| (lang, at.value))
            .collect(),
    )
}
