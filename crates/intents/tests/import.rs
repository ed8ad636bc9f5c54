//! `intent<TAB>text` lines become files that read back as the same content.

use std::fs;

use jiff::civil::{Date, date};
use kefu_intents::{Catalogue, ImportError, Imported, import_tsv, limits, read_dir};
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 21);

fn import(tsv: &str) -> Imported {
    import_tsv(tsv.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(tsv: &[u8]) -> String {
    import_tsv(tsv).expect_err("refused").to_string()
}

/// Labels with their texts, by label, as the import found them.
fn found(imported: &Imported) -> Vec<(String, Vec<String>)> {
    let mut pairs: Vec<_> = imported
        .intents
        .iter()
        .map(|i| (i.label.clone(), i.texts.clone()))
        .collect();
    pairs.sort();
    pairs
}

/// The same, as the catalogue of the written files has them; titles must be the labels.
fn read_back(imported: &Imported) -> Vec<(String, Vec<String>)> {
    let files: Vec<(String, String)> = imported.files().collect();
    let files = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let set = Catalogue::parse(files, TODAY).unwrap_or_else(|error| panic!("{error}"));
    let pair = |intent: kefu_intents::Intent| {
        assert_eq!(intent.title.0.values().collect::<Vec<_>>(), [&intent.id]);
        (
            intent.id,
            intent
                .phrasings
                .into_iter()
                .map(|phrasing| phrasing.text)
                .collect(),
        )
    };
    set.intents.into_iter().map(pair).collect()
}

#[test]
fn labels_that_mean_something_to_yaml_survive() {
    let labels = [
        "no",
        "123",
        "007",
        "1e3",
        "- a",
        "null",
        "~",
        ": #",
        "a: b",
        "# c",
        "\"",
        "'",
        "\\",
        "{a}",
        "[a]",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "|",
        ">",
        "---",
        "...",
        "?",
        " lead",
        "trail ",
        "😀",
        "退货 / 退款",
        "true",
        "=",
        "<<",
        "2026-11-21",
        "\u{85}x",
        "a\u{2028}b",
        "\u{FEFF}bom",
        "A",
        "a",
    ];
    let labels = labels
        .iter()
        .filter(|label| !label.chars().any(char::is_control));
    let tsv: String = labels
        .flat_map(|label| {
            [
                format!("{label}\t{label}\n"),
                format!("{label}\t说 {label}\r\n"),
            ]
        })
        .collect();
    let imported = import(&format!("\u{FEFF}x\ty\n\n{tsv}x\ty\n"));
    assert_eq!(imported.repeated, 1);
    assert!(imported.intents.len() > 30);
    assert_eq!(read_back(&imported), found(&imported));
}

#[test]
fn bad_lines_are_named_all_at_once() {
    let long = "长".repeat(limits::PHRASING_CHARS_MAX + 1);
    let tsv = format!(
        "a\tgood\nno tab\na\tb\tc\n\tno label\na\t \n\na\t{long}\n{}\tx\n",
        "l".repeat(201)
    );
    insta::assert_snapshot!(refused(tsv.as_bytes()));
    assert!(refused(b"a\tb\na\t\xcd\xcb\n").starts_with("line 2: not UTF-8 at byte 3"));
    assert!(refused(&vec![b'x'; 100_000]).starts_with("line 1: longer than"));
}

#[test]
fn an_import_replaces_an_earlier_one_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a directory can be made");
    let out = dir.path().join("set");
    let ids = || {
        let set = read_dir(&out, TODAY)
            .into_result()
            .unwrap_or_else(|error| panic!("{error}"));
        set.intents
            .into_iter()
            .map(|intent| intent.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        import("a\t甲\nb\t乙\nc\t丙\n")
            .write_dir(&out)
            .expect("written"),
        3
    );
    assert_eq!(ids(), ["a", "b", "c"]);
    assert_eq!(import("z\t甲\n").write_dir(&out).expect("written"), 1);
    assert_eq!(ids(), ["z"]);
    let own = out.join("own.yaml");
    fs::write(&own, "intents: []\n").expect("written");
    let error = import("y\t甲\n").write_dir(&out).expect_err("refused");
    assert!(
        matches!(&error, ImportError::Occupied(path) if *path == own),
        "{error}"
    );
    assert_eq!(ids(), ["z"], "nothing was changed");
}

#[test]
fn fifteen_thousand_lines_with_noise_load() {
    let line = |n: usize| format!("label {}\t第 {} 句话 about {}\n", n % 150, n / 2, n % 7);
    let tsv: String = (0..15_000).map(line).collect();
    let imported = import(&tsv);
    let dir = tempfile::tempdir().expect("a directory can be made");
    assert_eq!(imported.write_dir(dir.path()).expect("written"), 150);
    let loaded = read_dir(dir.path(), TODAY);
    assert!(loaded.report.is_ok(), "{}", loaded.report);
    let set = loaded.catalogue.expect("it has no errors");
    assert_eq!(
        set.intents
            .iter()
            .map(|intent| intent.phrasings.len())
            .sum::<usize>(),
        15_000
    );
}

proptest! {
    #[test]
    fn what_is_imported_reads_back_the_same(
        rows in prop::collection::vec(("[^\\t\\n\\r\\p{Cc}]{1,20}", "[^\\t\\n\\r\\x00]{1,40}"), 1..20)
    ) {
        let rows = rows.into_iter().filter(|(label, text)| !label.trim().is_empty() && !text.trim().is_empty());
        let tsv: String = rows.map(|(label, text)| format!("{label}\t{text}\n")).collect();
        // A mark at the very start belongs to the file.
        prop_assume!(!tsv.is_empty() && !tsv.starts_with('\u{FEFF}'));
        let imported = import(&tsv);
        prop_assert_eq!(read_back(&imported), found(&imported));
    }

    #[test]
    fn no_bytes_panic_the_import(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = import_tsv(bytes.as_slice());
    }
}
