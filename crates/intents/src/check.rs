//! What can only be seen with all intents at hand.

mod reach;

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry};

use kefu_text::normalize;
use kefu_types::Lang;

use crate::{
    catalogue::{KeywordRule, MatchKind, Role},
    fields::{At, shorten},
    limits::INTENTS_MAX,
    nearest::hint,
    problem::{Place, Sink},
    read::Draft,
};

/// The label that means "out of scope" in case files.
const OUT_OF_SCOPE: &str = "oos";

pub(crate) fn all(drafts: &[Draft], sink: &mut Sink) {
    if let Some(extra) = drafts.get(INTENTS_MAX) {
        sink.error(
            extra.place,
            format!(
                "there are {} intents; {INTENTS_MAX} are allowed",
                drafts.len()
            ),
        );
    }
    ids(drafts, sink);
    links(drafts, sink);
    overlaps(drafts, sink);
    reach::all(drafts, sink);
    roles(drafts, sink);
    phrasings(drafts, sink);
    keywords(drafts, sink);
    answers(drafts, sink);
}

fn ids(drafts: &[Draft], sink: &mut Sink) {
    let mut seen: HashMap<&str, Place> = HashMap::new();
    for Draft { intent, place, .. } in drafts {
        if intent.id == OUT_OF_SCOPE {
            sink.warn(
                *place,
                "`oos` means \"out of scope\" in case files: choose another id",
            );
        }
        match seen.entry(&intent.id) {
            Entry::Vacant(free) => {
                free.insert(*place);
            }
            Entry::Occupied(first) => {
                let first = sink.name(*place, *first.get());
                sink.error(
                    *place,
                    format!(
                        "the id `{}` is here twice, first in {first}",
                        shorten(&intent.id)
                    ),
                );
            }
        }
    }
}

fn links(drafts: &[Draft], sink: &mut Sink) {
    let enabled: HashMap<&str, bool> = drafts
        .iter()
        .map(|d| (d.intent.id.as_str(), d.enabled))
        .collect();
    for link in drafts
        .iter()
        .filter(|draft| draft.enabled)
        .flat_map(|draft| &draft.links)
    {
        match enabled.get(link.value.as_str()) {
            Some(true) => {}
            Some(false) => {
                let message = format!(
                    "the button's intent `{}` is disabled: the button is left out",
                    shorten(&link.value)
                );
                sink.warn(link.place, message);
            }
            // A target that could not be read is reported where it is broken.
            None if sink.has_missed() => {}
            None => {
                let near = hint(&link.value, enabled.keys().copied());
                sink.error(
                    link.place,
                    format!("there is no intent `{}`{near}", shorten(&link.value)),
                );
            }
        }
    }
}

fn overlaps(drafts: &[Draft], sink: &mut Sink) {
    let ids: BTreeSet<&str> = drafts.iter().map(|d| d.intent.id.as_str()).collect();
    let named = drafts.iter().flat_map(|draft| &draft.overlaps);
    for At { place, value } in named.filter(|at| !ids.contains(at.value.as_str())) {
        if !sink.has_missed() {
            let near = hint(value, ids.iter().copied());
            sink.error(
                *place,
                format!("there is no intent `{}`{near}", shorten(value)),
            );
        }
    }
}

fn roles(drafts: &[Draft], sink: &mut Sink) {
    let mut seen: HashMap<Role, &Draft> = HashMap::new();
    for draft in drafts.iter().filter(|draft| draft.enabled) {
        let Some(role) = draft.intent.role.filter(|role| *role != Role::SmallTalk) else {
            continue;
        };
        match seen.entry(role) {
            Entry::Vacant(free) => {
                free.insert(draft);
            }
            Entry::Occupied(first) => {
                let (id, place) = (
                    shorten(&first.get().intent.id),
                    sink.name(draft.role, first.get().role),
                );
                sink.error(
                    draft.role,
                    format!("only one intent can have this role, and `{id}` ({place}) has it"),
                );
            }
        }
    }
}

/// Warnings only: imported sets carry such noise, and the tests must run on it.
fn phrasings(drafts: &[Draft], sink: &mut Sink) {
    let mut seen: HashMap<String, (usize, Place)> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.enabled) {
        for (phrasing, place) in draft.intent.phrasings.iter().zip(&draft.phrasings) {
            let normal = normalize(&phrasing.text);
            if normal.is_empty() {
                sink.warn(
                    *place,
                    format!(
                        "`{}` has no letter or digit and never matches",
                        shorten(&phrasing.text)
                    ),
                );
                continue;
            }
            match seen.entry(normal) {
                Entry::Vacant(free) => {
                    free.insert((index, *place));
                }
                Entry::Occupied(first) => {
                    twice(drafts, index, *place, &phrasing.text, *first.get(), sink)
                }
            }
        }
    }
}

fn twice(
    drafts: &[Draft],
    index: usize,
    at: Place,
    text: &str,
    first: (usize, Place),
    sink: &mut Sink,
) {
    let (text, place) = (shorten(text), sink.name(at, first.1));
    if first.0 == index {
        sink.warn(at, format!("`{text}` is here twice, first in {place}"));
    } else {
        let id = drafts
            .get(first.0)
            .map_or("", |draft| draft.intent.id.as_str());
        sink.warn(
            at,
            format!(
                "`{text}` is also a phrasing of `{}` ({place}): one of them can never win",
                shorten(id)
            ),
        );
    }
}

/// What makes two rules decide alike: kind, priority, one keyword, and what else must or may not be there.
type Signature = (MatchKind, i8, String, BTreeSet<String>, BTreeSet<String>);

fn signatures(rule: &KeywordRule) -> Vec<Signature> {
    let normal = |word: &String| {
        if rule.kind == MatchKind::Regex {
            word.clone()
        } else {
            normalize(word)
        }
    };
    let [all, none] =
        [&rule.all, &rule.none].map(|list| list.iter().map(normal).collect::<BTreeSet<_>>());
    let anchor = if rule.any.is_empty() {
        vec![String::new()]
    } else {
        rule.any.iter().map(normal).collect()
    };
    anchor
        .into_iter()
        .map(|word| (rule.kind, rule.priority, word, all.clone(), none.clone()))
        .collect()
}

fn keywords(drafts: &[Draft], sink: &mut Sink) {
    let mut seen: HashMap<Signature, (usize, Place)> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.enabled) {
        for (rule, place) in draft.intent.keywords.iter().zip(&draft.rules) {
            for signature in signatures(rule) {
                let first = match seen.entry(signature) {
                    Entry::Vacant(free) => {
                        free.insert((index, *place));
                        continue;
                    }
                    Entry::Occupied(first) if first.get().0 == index => continue,
                    Entry::Occupied(first) => first,
                };
                let word = first.key().2.clone();
                let id = drafts
                    .get(first.get().0)
                    .map_or("", |draft| draft.intent.id.as_str());
                let other = sink.name(*place, first.get().1);
                let word = if word.is_empty() {
                    "the same rule".to_owned()
                } else {
                    format!("the keyword `{}`", shorten(&word))
                };
                let message = format!(
                    "{word} also decides for `{}` ({other}) at the same priority",
                    shorten(id)
                );
                sink.warn(*place, message);
            }
        }
    }
}

/// A set with no answer at all was imported for tests: silence there is no mistake.
fn answers(drafts: &[Draft], sink: &mut Sink) {
    let mute = drafts.iter().all(|draft| draft.intent.answers.0.is_empty());
    for Draft { intent, place, .. } in drafts.iter().filter(|draft| draft.enabled && !mute) {
        let answered = !intent.answers.0.is_empty() || intent.handoff.is_some();
        if !answered && !matches!(intent.role, Some(role) if role != Role::SmallTalk) {
            sink.warn(*place, format!("`{}` has no answer", shorten(&intent.id)));
        }
        let mut parts: BTreeMap<&str, Vec<Lang>> = BTreeMap::new();
        parts.insert("title", intent.title.0.keys().copied().collect());
        parts.insert("answers", intent.answers.0.keys().copied().collect());
        for slot in &intent.slots {
            parts.insert("slots: prompt", slot.prompt.0.keys().copied().collect());
            parts.insert("slots: retry", slot.retry.0.keys().copied().collect());
        }
        let spoken: BTreeSet<Lang> = parts.values().flatten().copied().collect();
        for (part, has) in parts.iter().filter(|(_, has)| !has.is_empty()) {
            for lang in spoken.iter().filter(|lang| !has.contains(lang)) {
                let id = shorten(&intent.id);
                sink.warn(
                    *place,
                    format!("`{id}` speaks `{}`, but its `{part}` does not", lang.code()),
                );
            }
        }
    }
}
