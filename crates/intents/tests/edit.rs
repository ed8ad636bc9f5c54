//! Changes to one intent in its file: what was meant, and not a byte more.

use std::fs;

use jiff::civil::{Date, date};
use kefu_intents::{Catalogue, Change, EditError, Intent, edit, edit_dir};
use kefu_types::Lang;
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 21);

const FILE: &str = "# top\nintents:\n  - id: a # the first\n    title: { zh: 甲, en: A }\n    phrasings:\n      zh:\n        - 甲一 # said often\n        - \"甲: 二\"\n        # behind the list\n      en:\n        - say a\n        - say a again\n    answers:\n      zh:\n        - text: |\n            第一行\n            第二行\n          buttons:\n            - { label: 好, say: 好 } # keep\n        - 短的\n      en: [Short, 'Other']\n\n  # about b\n  - { id: b, title: 乙, phrasings: [乙一, 乙二, ], answers: [乙] }\n  - id: c\n    title: 丙\n    keywords:\n    - any: [丙]\n    answers: 丙\n";

fn set(text: &str) -> Catalogue {
    Catalogue::parse([("a.yaml", text)], TODAY).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn texts(intent: &Intent, lang: Lang) -> Vec<&str> {
    let of = intent.phrasings.iter().filter(|p| p.lang == lang);
    of.map(|p| p.text.as_str()).collect()
}

fn add(text: &str, lang: Option<Lang>) -> Change {
    let text = text.to_owned();
    Change::AddPhrasing { text, lang }
}

/// The lines of `new` that `old` has not, and the other way round.
fn difference(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let (mut gone, mut come): (Vec<&str>, Vec<&str>) =
        (old.lines().collect(), new.lines().collect());
    while !gone.is_empty() && gone.first() == come.first() {
        gone.remove(0);
        come.remove(0);
    }
    while gone.last().is_some() && gone.last() == come.last() {
        gone.pop();
        come.pop();
    }
    let own = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect();
    (own(come), own(gone))
}

#[test]
fn a_phrasing_goes_behind_the_last_of_its_language() {
    let new = edit(FILE, "a", &add("甲三", None)).expect("a change");
    let (come, gone) = difference(FILE, &new);
    assert_eq!(come, ["        - 甲三"]);
    assert!(gone.is_empty());
    assert!(new.contains("- \"甲: 二\"\n        - 甲三\n        # behind the list"));
    let new = edit(FILE, "a", &add("please a", None)).expect("a change");
    assert!(new.contains("- say a again\n        - please a\n    answers:"));
}

#[test]
fn a_list_in_brackets_stays_in_brackets() {
    let new = edit(FILE, "b", &add("乙, 三", None)).expect("a change");
    assert!(
        new.contains("phrasings: [乙一, 乙二, \"乙, 三\", ]"),
        "{new}"
    );
}

#[test]
fn an_intent_without_phrasings_gets_a_list() {
    let new = edit(FILE, "c", &add("丙一", None)).expect("a change");
    assert!(
        new.contains("    title: 丙\n    phrasings: { zh: [丙一] }\n    keywords:"),
        "{new}"
    );
}

#[test]
fn a_language_that_is_not_there_yet_is_added() {
    let file =
        "intents:\n- id: a\n  title: 甲\n  phrasings:\n    zh:\n    - 甲一 # x\n  answers: 甲\n";
    let new = edit(file, "a", &add("say a", None)).expect("a change");
    assert!(
        new.contains("    - 甲一 # x\n    en: [say a]\n  answers"),
        "{new}"
    );
}

#[test]
fn on_and_off_touch_one_line() {
    let off = edit(FILE, "a", &Change::SetEnabled(false)).expect("a change");
    assert_eq!(difference(FILE, &off).0, ["    enabled: false"]);
    assert!(off.contains("- id: a # the first\n    enabled: false\n"));
    let on = edit(&off, "a", &Change::SetEnabled(true)).expect("a change");
    assert_eq!(on, off.replace("enabled: false", "enabled: true"));
    assert_eq!(
        edit(FILE, "a", &Change::SetEnabled(true)).expect("no change"),
        FILE
    );
    let off = edit(FILE, "b", &Change::SetEnabled(false)).expect("a change");
    assert!(off.contains("{ id: b, enabled: false, title: 乙"), "{off}");
}

#[test]
fn an_answer_changes_and_its_buttons_stay() {
    let change = |lang, at, text: &str| Change::SetAnswer {
        lang,
        at,
        text: text.to_owned(),
    };
    let new = edit(FILE, "a", &change(Lang::Zh, 0, "新的\n两行")).expect("a change");
    assert!(
        new.contains("- text: |\n            新的\n            两行\n          buttons:"),
        "{new}"
    );
    let new = edit(FILE, "a", &change(Lang::Zh, 1, "更 短: 的")).expect("a change");
    assert!(new.contains("        - \"更 短: 的\"\n      en:"), "{new}");
    let new = edit(FILE, "a", &change(Lang::En, 1, "two\nlines")).expect("a change");
    assert!(new.contains("en: [Short, \"two\\nlines\"]"), "{new}");
    assert_eq!(
        set(&new).get("a").expect("a").answers.0[&Lang::En][1].text,
        "two\nlines"
    );
    let missing = edit(FILE, "a", &change(Lang::En, 2, "x"));
    assert!(
        matches!(missing, Err(EditError::NoAnswer { at: 2, .. })),
        "{missing:?}"
    );
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    let of = |id: &str, change: &Change| edit(FILE, id, change).expect_err("refused");
    assert_eq!(
        of("z", &Change::SetEnabled(false)),
        EditError::NoIntent("z".to_owned())
    );
    assert!(matches!(
        of("a", &add("甲一", None)),
        EditError::Known { .. }
    ));
    let remove = |text: &str| Change::RemovePhrasing {
        text: text.to_owned(),
    };
    assert!(matches!(
        of("a", &remove("没有")),
        EditError::NoPhrasing { .. }
    ));
    let broken = edit("intents: [", "a", &Change::SetEnabled(false)).expect_err("refused");
    assert!(matches!(broken, EditError::Broken(_)));
    let one = edit(FILE, "b", &remove("乙一")).expect("a change");
    assert!(one.contains("phrasings: [乙二, ]"), "{one}");
    let last = edit(&one, "b", &remove("乙二")).expect_err("refused");
    assert!(matches!(last, EditError::LastPhrasing { .. }));
}

#[test]
fn a_language_that_the_file_would_not_say_is_refused() {
    let wrong = edit(FILE, "b", &add("乙三", Some(Lang::En)));
    assert!(matches!(wrong, Err(EditError::NotSo { .. })), "{wrong:?}");
}

#[test]
fn line_ends_and_the_mark_of_other_editors_stay() {
    let file = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
    let new = edit(&file, "a", &add("甲三", None)).expect("a change");
    assert!(new.starts_with('\u{feff}') && !new.replace("\r\n", "").contains('\n'));
    assert!(new.contains("        - 甲三\r\n"));
}

#[test]
fn the_right_file_of_a_directory_is_replaced_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let other = "intents:\n- {id: z, title: 丁, phrasings: [丁丁]}\n";
    fs::write(dir.path().join("a.yaml"), other).expect("written");
    fs::create_dir(dir.path().join("deep")).expect("made");
    fs::write(dir.path().join("deep/b.yaml"), FILE).expect("written");
    let path = edit_dir(dir.path(), "a", &add("甲三", None)).expect("a change");
    assert_eq!(path, dir.path().join("deep/b.yaml"));
    assert!(fs::read_to_string(&path).expect("read").contains("甲三"));
    assert_eq!(
        fs::read_to_string(dir.path().join("a.yaml")).expect("read"),
        other
    );
    assert_eq!(
        fs::read_dir(dir.path().join("deep"))
            .expect("listed")
            .count(),
        1,
        "nothing is left"
    );
}

fn any_text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "null",
        "~",
        "true",
        "12",
        "1e3",
        "0x1F",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "'a'",
        "\"a\"",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "|",
        ">",
        "? a",
        "a\\b",
        "a,b",
        "2026-11-21",
        "甲：乙，丙",
        "don't",
        "a\u{a0}b",
        "\u{feff}a",
        "=",
        "---",
        "...",
        "a\u{2028}b",
        "😀",
        "no",
        "<script>",
    ]);
    prop_oneof![
        nasty.prop_map(str::to_owned),
        "[甲-癸a-z0-9 ,:#'\"{}\\[\\]\\\\&*!|>%@`?-]{1,12}",
        "\\PC{1,12}",
    ]
    .prop_filter("blank texts are no phrasings", |text| {
        !text.trim().is_empty()
    })
}

proptest! {
    #[test]
    fn whatever_is_added_is_read_back_and_nothing_else_moves(
        text in any_text(),
        id in prop::sample::select(vec!["a", "b", "c"]),
    ) {
        let before = set(FILE);
        let lang = Lang::detect(&text).unwrap_or_default();
        let Ok(new) = edit(FILE, id, &add(&text, None)) else {
            return Err(TestCaseError::fail(format!("{text:?} was refused")));
        };
        let after = set(&new);
        for intent in &after.intents {
            let old = before.get(&intent.id).expect("it was there");
            let mut wanted = texts(old, lang);
            if intent.id == id {
                wanted.push(&text);
            }
            prop_assert_eq!(texts(intent, lang), wanted);
            prop_assert_eq!(&intent.answers, &old.answers);
        }
        // The new text is the old one with one piece put in.
        let head = FILE.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        let tail = FILE.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
        prop_assert!(head + tail >= FILE.len(), "{new}");
    }

    #[test]
    fn whatever_replaces_a_phrasing_stands_where_it_stood(
        text in any_text(),
        (id, old) in prop::sample::select(vec![
            ("a", "甲一"), ("a", "甲: 二"), ("a", "say a"), ("b", "乙一"), ("b", "乙二"),
        ]),
    ) {
        let change = Change::ReplacePhrasing { old: old.to_owned(), new: text.clone() };
        let list = id == "b" && Lang::detect(&text) == Some(Lang::En);
        match edit(FILE, id, &change) {
            Ok(new) => {
                let before = set(FILE);
                let wanted: Vec<String> = before.get(id).expect("it").phrasings.iter()
                    .map(|p| if p.text == old { text.clone() } else { p.text.clone() })
                    .collect();
                let found = set(&new);
                let found: Vec<&str> =
                    found.get(id).expect("it").phrasings.iter().map(|p| p.text.as_str()).collect();
                prop_assert_eq!(found, wanted);
                prop_assert_eq!(new.matches('#').count() - text.matches('#').count(),
                    FILE.matches('#').count() - old.matches('#').count());
            }
            Err(error) => prop_assert!(list, "{text:?}: {error}"),
        }
    }

    #[test]
    fn added_and_removed_again_is_as_it_was(
        text in any_text(),
        id in prop::sample::select(vec!["a", "b"]),
    ) {
        let with = edit(FILE, id, &add(&text, None)).expect("a change");
        let remove = Change::RemovePhrasing { text: text.clone() };
        match edit(&with, id, &remove) {
            Ok(without) => prop_assert_eq!(without, FILE),
            // English text in a list without languages is the only one of its own.
            Err(EditError::LastPhrasing { .. }) => {
                prop_assert!(id == "b" && Lang::detect(&text) == Some(Lang::En));
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        }
    }

    #[test]
    fn any_answer_can_be_said(text in any_text(), more in any_text(), at in 0usize..2) {
        // In braces would be a slot's name, which the intent has not.
        let text = format!("{text}\n{more}").replace('{', "(");
        let change = Change::SetAnswer { lang: Lang::Zh, at, text: text.clone() };
        let new = edit(FILE, "a", &change).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let after = set(&new);
        prop_assert_eq!(&after.get("a").expect("a").answers.0[&Lang::Zh][at].text, &text);
    }
}
