//! Nothing that can stand in a file makes the reader panic.

use jiff::civil::{Date, date};
use kefu_intents::{Catalogue, read_dir};
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 21);

/// Pieces of the format in any order and nesting: far more of the reader is reached than by noise.
fn almost_yaml() -> impl Strategy<Value = String> {
    let keys = prop::sample::select(vec![
        "intents",
        "id",
        "title",
        "phrasings",
        "keywords",
        "any",
        "all",
        "none",
        "match",
        "priority",
        "answers",
        "zh",
        "en",
        "text",
        "card",
        "buttons",
        "label",
        "intent",
        "url",
        "say",
        "human",
        "slots",
        "name",
        "type",
        "values",
        "pattern",
        "prompt",
        "retry",
        "handoff",
        "reason",
        "role",
        "enabled",
        "valid_from",
        "valid_to",
        "oops",
    ]);
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "true",
            "~",
            "''",
            "甲",
            "\"\\0\"",
            "2026-11-01",
            "-101",
            "regex",
            "'('",
            "'{a}'",
            "enum",
            "*a",
            "&a x",
            "!t x",
            "tel:1",
            "'https://a'",
            "'\\u0000'",
            "[]",
            "{}",
            "9999-99-99",
            "'。'",
        ])
        .prop_map(str::to_owned),
        "[^\\n'\"]{0,6}".prop_map(|text| format!("'{text}'")),
    ];
    let node = leaf.prop_recursive(7, 64, 6, move |inner| {
        let pair = (keys.clone(), inner.clone()).prop_map(|(key, value)| format!("{key}: {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(pair, 0..6).prop_map(|pairs| format!("{{{}}}", pairs.join(", "))),
        ]
    });
    (node, any::<bool>()).prop_map(|(node, bare)| {
        if bare {
            node
        } else {
            format!("intents: [{node}]")
        }
    })
}

/// What comes out of a refusal or a success, so that neither is optimised away.
fn outcome(text: &str) -> usize {
    match Catalogue::parse([("a.yaml", text), ("b.yaml", text)], TODAY) {
        Ok(set) => set.intents.len(),
        Err(error) => {
            assert!(error.report.errors > 0, "a refusal has a reason");
            error.to_string().len()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,200}") {
        outcome(&text);
        outcome(&format!("intents:\n  - id: {text}\n    title: {text}\n    phrasings: [{text}]\n"));
    }

    #[test]
    fn anything_like_an_intent_file_is_read_or_refused(text in almost_yaml()) {
        outcome(&text);
    }

    #[test]
    fn a_good_file_with_one_thing_changed_is_read_or_refused(
        at in any::<prop::sample::Index>(), cut in 0_usize..20, with in "(?s).{0,3}"
    ) {
        let good: Vec<char> = include_str!("good/everything.yaml").chars().collect();
        let at = at.index(good.len());
        let head: String = good.iter().take(at).collect();
        let tail: String = good.iter().skip(at + cut).collect();
        outcome(&format!("{head}{with}{tail}"));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let dir = tempfile::tempdir().expect("a directory can be made");
        std::fs::write(dir.path().join("a.yaml"), bytes).expect("a file can be written");
        let loaded = read_dir(dir.path(), TODAY);
        prop_assert_eq!(loaded.catalogue.is_some(), loaded.report.is_ok());
    }
}
