//! One intent.

use kefu_types::Lang;

use crate::{
    catalogue::{Handoff, Intent, Phrasing, Role},
    fields::{At, Fields, boolean, by_language, choice, date, language, list, text, texts},
    limits::{GROUP_CHARS_MAX, ID_CHARS_MAX, INTENTS_MAX, PHRASING_CHARS_MAX, PHRASINGS_MAX},
    node::Node,
    problem::{Place, Sink},
    read::{Draft, action, answers, keywords, localized, slots},
};

const ROLES: [(&str, Role); 5] = [
    ("human", Role::Human),
    ("cancel", Role::Cancel),
    ("affirm", Role::Affirm),
    ("deny", Role::Deny),
    ("small_talk", Role::SmallTalk),
];

/// Reads everything of the intent, so that all its problems are found; gives nothing when it has
/// no usable id.
pub(super) fn read(node: Node, sink: &mut Sink) -> Option<Draft> {
    let Some(mut fields) = Fields::of(node, "intents", sink) else {
        sink.missed_some();
        return None;
    };
    let reachable = ["phrasings", "keywords", "role"]
        .into_iter()
        .any(|key| fields.fills(key));
    let id = fields.need("id", sink).and_then(|node| id(node, sink));
    let title = fields
        .need("title", sink)
        .map(|node| texts(node, "title", PHRASING_CHARS_MAX, sink));
    let phrasings = fields
        .take("phrasings", sink)
        .map(|node| phrasings(node, sink))
        .unwrap_or_default();
    let rules = fields
        .take("keywords", sink)
        .map(|node| keywords::read(node, sink))
        .unwrap_or_default();
    let slots = fields
        .take("slots", sink)
        .map(|node| slots::read(node, sink))
        .unwrap_or_default();
    let answers = fields
        .take("answers", sink)
        .map(|node| answers::read(node, sink))
        .unwrap_or_default();
    let confirm = fields
        .take("confirm", sink)
        .and_then(|node| action::confirm(node, &slots, sink));
    let action = fields
        .take("action", sink)
        .and_then(|node| action::action(node, &slots, sink));
    answers.check_placeholders(&slots, action.as_ref(), sink);
    let handoff = fields
        .take("handoff", sink)
        .and_then(|node| handoff(node, sink));
    let role = fields
        .take("role", sink)
        .and_then(|node| choice(node, "role", &ROLES, sink));
    let enabled = fields
        .take("enabled", sink)
        .and_then(|node| boolean(&node, "enabled", sink));
    let valid_from = fields
        .take("valid_from", sink)
        .and_then(|node| date(node, "valid_from", sink));
    let valid_to = fields
        .take("valid_to", sink)
        .and_then(|node| date(node, "valid_to", sink));
    let overlaps = fields
        .take("overlaps", sink)
        .map(|node| list(node, "overlaps", INTENTS_MAX, sink))
        .unwrap_or_default();
    let overlaps = overlaps
        .into_iter()
        .filter_map(|node| text(node, "overlaps", ID_CHARS_MAX, sink))
        .collect();
    fields.finish(sink);
    if let (Some(from), Some(to)) = (&valid_from, &valid_to)
        && from.value > to.value
    {
        sink.error(
            to.place,
            format!("`valid_to` lies before `valid_from` ({})", from.value),
        );
    }
    let Some(id) = id else {
        sink.missed_some();
        return None;
    };
    let (phrasing_places, phrasings) = phrasings.into_iter().unzip();
    let (rule_places, keywords) = rules
        .into_iter()
        .map(|rule| (rule.place, rule.value))
        .unzip();
    Some(Draft {
        enabled: enabled.unwrap_or(true),
        reachable,
        place: id.place,
        phrasings: phrasing_places,
        rules: rule_places,
        links: answers.links,
        overlaps,
        role: role.as_ref().map_or(id.place, |role| role.place),
        intent: Intent {
            id: id.value,
            title: localized(title.unwrap_or_default()),
            phrasings,
            keywords,
            answers: answers.answers,
            slots,
            confirm,
            action,
            handoff,
            role: role.map(|role| role.value),
            valid_from: valid_from.map(|at| at.value),
            valid_to: valid_to.map(|at| at.value),
        },
    })
}

fn id(node: Node, sink: &mut Sink) -> Option<At<String>> {
    let id = text(node, "id", ID_CHARS_MAX, sink)?;
    if id.value.chars().any(char::is_control) {
        sink.error(
            id.place,
            "`id` holds a tab, a line break or another control character",
        );
        return None;
    }
    Some(id)
}

fn phrasings(node: Node, sink: &mut Sink) -> Vec<(Place, Phrasing)> {
    match by_language(node, "phrasings", sink) {
        Ok(parts) => parts
            .into_iter()
            .flat_map(|(lang, node)| phrasings_in(node, Some(lang), sink))
            .collect(),
        Err(node) => phrasings_in(node, None, sink),
    }
}

fn phrasings_in(node: Node, lang: Option<Lang>, sink: &mut Sink) -> Vec<(Place, Phrasing)> {
    let nodes = list(node, "phrasings", PHRASINGS_MAX, sink);
    let texts = nodes
        .into_iter()
        .filter_map(|node| text(node, "phrasings", PHRASING_CHARS_MAX, sink));
    let phrase = |At { place, value }: At<String>| {
        let lang = lang.unwrap_or_else(|| language(&value));
        (place, Phrasing { text: value, lang })
    };
    texts.map(phrase).collect()
}

fn handoff(node: Node, sink: &mut Sink) -> Option<Handoff> {
    let mut fields = Fields::of(node, "handoff", sink)?;
    let reason = fields
        .need("reason", sink)
        .and_then(|node| text(node, "reason", PHRASING_CHARS_MAX, sink));
    let group = fields
        .take("group", sink)
        .and_then(|node| text(node, "group", GROUP_CHARS_MAX, sink));
    fields.finish(sink);
    Some(Handoff {
        reason: reason?.value,
        group: group.map(|group| group.value),
    })
}
