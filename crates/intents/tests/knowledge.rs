//! Tables of the knowledge base in an intents directory.

use std::fs;

use jiff::civil::Date;
use kefu_intents::{Catalogue, KnowledgeEntry, knowledge_csv, read_dir};
use kefu_types::Lang;
use proptest::prelude::*;

const HEAD: &str = "id,question,similar,answer,link,category,language\n";
const INTENT: &str = "intents:\n  - id: a\n    title: 甲\n    phrasings: [甲乙丙丁]\n";

fn today() -> Date {
    "2026-11-21".parse().unwrap()
}

/// What is said of a set with these tables, without the directory's name.
fn said(tables: &[(&str, &[u8])]) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.yaml"), INTENT).unwrap();
    fs::create_dir(dir.path().join("knowledge")).unwrap();
    for (name, bytes) in tables {
        fs::write(dir.path().join("knowledge").join(name), bytes).unwrap();
    }
    let loaded = read_dir(dir.path(), today());
    assert_eq!(loaded.catalogue.is_some(), loaded.report.is_ok());
    let shown = format!("{}/", dir.path().display());
    loaded.report.to_string().replace(&shown, "")
}

#[test]
fn a_good_table_is_part_of_the_catalogue_and_of_its_version() {
    let with = |answer: &str| {
        let table = format!("{HEAD}a1,怎么退货,\"退货\n退掉\",{answer},,售后,zh\n");
        let files = [("a.yaml", INTENT), ("knowledge/faq.csv", &table)];
        Catalogue::parse(files, today()).unwrap()
    };
    let (one, two) = (with("七天"), with("十天"));
    assert_ne!(one.version, two.version);
    assert_eq!(one.version, with("七天").version);
    let entry = one.knowledge.get("faq:a1").unwrap();
    assert_eq!(
        entry.texts().collect::<Vec<_>>(),
        ["怎么退货", "退货", "退掉"]
    );
    assert!(one.knowledge.get("a1").is_none() && one.knowledge.get("faq:a2").is_none());
    let without = Catalogue::parse([("a.yaml", INTENT)], today()).unwrap();
    assert!(without.knowledge.is_empty() && without.version != one.version);
}

#[test]
fn hidden_and_other_files_are_not_read() {
    assert_eq!(
        said(&[
            (".faq.csv.new", b"half"),
            (".x.csv", b"half"),
            ("notes.txt", b"x")
        ]),
        ""
    );
}

#[test]
fn all_that_is_wrong_is_said_with_file_and_line() {
    let broken = [
        HEAD,
        "a1,怎么退货,,七天,,,zh\n",
        "a1,多久发货,,两天,,,zh\n",
        "a2,怎么退货？,,十天,,,zh\n",
        "a3,没有语言,,是的,,,\n",
        "a4,没有答案,,,,,zh\n",
        "a 5,编号有空格,,是的,,,zh\n",
        "a6,链接不对,,是的,ftp://x,,zh\n",
        "a7,少了格子\n",
        "a8,？,,只有标点,,,zh\n",
    ]
    .concat();
    insta::assert_snapshot!(said(&[
        ("a.csv", broken.as_bytes()),
        ("b.csv", b"question,answer\nx,y\n"),
        ("c.csv", b""),
        (
            "d.csv",
            &[HEAD.as_bytes(), b"b1,\xFF\xFE,,x,,,zh\n"].concat()
        ),
        (
            "e.csv",
            format!("{HEAD}a1,第二张表,,是的,,,zh\n").as_bytes()
        ),
    ]));
}

fn text() -> impl Strategy<Value = String> {
    "[a-z退货款,\"|;=]{1,12}( [a-z0-9]{1,5})?"
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(
        rows in prop::collection::vec((text(), prop::collection::vec(text(), 0..3), "\\PC{1,40}"), 1..20),
    ) {
        let mut questions = std::collections::HashSet::new();
        let entries: Vec<KnowledgeEntry> = rows
            .into_iter()
            .enumerate()
            .filter_map(|(at, (question, similar, answer))| {
                let entry = KnowledgeEntry {
                    id: format!("id-{at:04}").into(),
                    question: question.trim().into(),
                    similar: similar.iter().map(|text| text.trim().into()).collect(),
                    answer: answer.into(),
                    links: vec!["https://shop.example/?a=1,2".into()],
                    category: "".into(),
                    lang: Lang::Zh,
                };
                let entry = entry.checked().ok()?;
                questions.insert(kefu_text::normalize(&entry.question)).then_some(entry)
            })
            .collect();
        let table = knowledge_csv(&entries);
        let files = [("a.yaml", INTENT), ("knowledge/faq.csv", &table)];
        let catalogue = Catalogue::parse(files, today()).unwrap();
        prop_assert_eq!(catalogue.knowledge.entries(), entries.as_slice());
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        said(&[("a.csv", &bytes), ("b.csv", &[HEAD.as_bytes(), &bytes].concat())]);
    }
}
