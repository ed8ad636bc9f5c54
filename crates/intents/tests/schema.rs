//! The published schema, the reader and the committed file say the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use jiff::civil::date;
use kefu_intents::{Catalogue, schema_json};
use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(&schema_json()).expect("the schema is JSON")
}

/// The keys of every map of the format, by the name of its definition.
fn keys() -> BTreeMap<String, BTreeSet<String>> {
    let schema = schema();
    let keys = |value: &Value| -> Option<BTreeSet<String>> {
        Some(
            value
                .get("properties")?
                .as_object()?
                .keys()
                .cloned()
                .collect(),
        )
    };
    let definitions = schema["definitions"]
        .as_object()
        .expect("there are definitions");
    let named = definitions
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), keys(value)?)));
    named
        .chain([(
            "IntentFile".to_owned(),
            keys(&schema).expect("the root is a map"),
        )])
        .collect()
}

#[test]
fn the_committed_schema_is_fresh() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../intents/schema/intents.schema.json");
    if std::env::var_os("KEFU_BLESS").is_some() {
        fs::write(&path, schema_json()).expect("the schema can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let stale = "intents/schema/intents.schema.json is stale: run `KEFU_BLESS=1 cargo nextest run -p kefu-intents --test schema`";
    assert!(committed == schema_json(), "{stale}");
}

#[test]
fn the_reader_asks_for_the_keys_of_the_schema_and_no_others() {
    let places = [
        ("IntentFile", "{zzzz: 1}"),
        ("Intent", "intents: [{zzzz: 1}]"),
        ("EachText", "intents: [{title: {zzzz: 1}}]"),
        ("EachTexts", "intents: [{phrasings: {zzzz: 1}}]"),
        ("EachAnswers", "intents: [{answers: {zzzz: 1}}]"),
        ("KeywordRule", "intents: [{keywords: [{zzzz: 1}]}]"),
        ("RichAnswer", "intents: [{answers: [{zzzz: 1}]}]"),
        (
            "CardAnswer",
            "intents: [{answers: [{card: {title: a}, zzzz: 1}]}]",
        ),
        ("Card", "intents: [{answers: [{card: {zzzz: 1}}]}]"),
        (
            "Button",
            "intents: [{answers: [{text: a, buttons: [{zzzz: 1}]}]}]",
        ),
        ("Slot", "intents: [{slots: [{zzzz: 1}]}]"),
        ("Action", "intents: [{action: {zzzz: 1}}]"),
        ("Errors", "intents: [{action: {errors: {zzzz: 1}}}]"),
        ("Handoff", "intents: [{handoff: {zzzz: 1}}]"),
    ];
    let keys = keys();
    let covered: BTreeSet<&str> = places.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        covered,
        keys.keys().map(String::as_str).collect::<BTreeSet<_>>()
    );
    for (name, text) in places {
        let error = Catalogue::parse([("a", text)], date(2026, 11, 21))
            .expect_err(name)
            .to_string();
        let list = error
            .lines()
            .find_map(|line| line.split_once("unknown key `zzzz`; expected one of `"));
        let list = list.unwrap_or_else(|| panic!("{name}: {error}")).1;
        let asked: BTreeSet<String> = list
            .trim_end_matches('`')
            .split("`, `")
            .map(str::to_owned)
            .collect();
        if name == "RichAnswer" {
            // Rich answers and cards are told apart by the key `card`, which the reader asks for first.
            assert_eq!(asked, &keys[name] | &keys["CardAnswer"]);
        } else {
            assert_eq!(asked, keys[name], "{name}");
        }
    }
}

#[test]
fn an_editor_is_told_what_is_required_and_that_nothing_may_be_null() {
    let schema = schema();
    assert_eq!(
        schema["definitions"]["Intent"]["required"],
        serde_json::json!(["id", "title"])
    );
    assert_eq!(
        schema["definitions"]["Intent"]["additionalProperties"],
        false
    );
    assert!(!schema_json().contains("null"), "{}", schema_json());
}
