//! Catalogues and a deterministic stand-in for the encoder.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::BTreeMap;

use kefu_intents::{Catalogue, Intent, KeywordRule, Localized, MatchKind, Phrasing};
use kefu_types::Lang;

pub type Entry<'a> = (&'a str, Vec<KeywordRule>, Vec<&'a str>);

/// A catalogue of (id, keyword rules, phrasings), ids in any order.
pub fn catalogue<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Catalogue {
    let mut intents: Vec<Intent> = entries
        .into_iter()
        .map(|(id, keywords, phrasings)| intent(id, keywords, &phrasings))
        .collect();
    intents.sort_by(|a, b| a.id.cmp(&b.id));
    Catalogue {
        version: "000000000000".to_owned(),
        intents,
    }
}

pub fn intent<T: AsRef<str>>(id: &str, keywords: Vec<KeywordRule>, phrasings: &[T]) -> Intent {
    let phrasing = |text: &T| {
        let text = text.as_ref().to_owned();
        let lang = Lang::detect(&text).unwrap_or_default();
        Phrasing { text, lang }
    };
    Intent {
        id: id.to_owned(),
        title: Localized(BTreeMap::from([(Lang::Zh, id.to_owned())])),
        phrasings: phrasings.iter().map(phrasing).collect(),
        keywords,
        answers: Localized::default(),
        slots: Vec::new(),
        handoff: None,
        role: None,
        valid_from: None,
        valid_to: None,
    }
}

pub fn rule(
    any: &[&str],
    all: &[&str],
    none: &[&str],
    kind: MatchKind,
    priority: i8,
) -> KeywordRule {
    let own = |list: &[&str]| list.iter().map(|&p| p.to_owned()).collect();
    KeywordRule {
        any: own(any),
        all: own(all),
        none: own(none),
        kind,
        priority,
    }
}
