//! What is said about files that are wrong. Each file of `tests/broken` has a snapshot.

use std::{fs, path::Path};

use jiff::civil::{Date, date};
use kefu_intents::{Catalogue, CheckError, limits};

const TODAY: Date = date(2026, 11, 21);

fn parse(name: &str, text: &str) -> Result<Catalogue, CheckError> {
    Catalogue::parse([(name, text)], TODAY)
}

#[test]
fn every_broken_file_is_refused_with_place_and_reason() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut names: Vec<String> = fs::read_dir(&dir)
        .expect("the corpus is there")
        .map(|entry| {
            entry
                .expect("it can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert!(names.len() >= 12, "the corpus shrank: {names:?}");
    for name in names {
        let text = fs::read_to_string(dir.join(&name)).expect("it is UTF-8");
        let error = parse(&name, &text).expect_err(&name);
        insta::assert_snapshot!(name.replace(".yaml", ""), error.to_string());
    }
}

#[test]
fn an_id_used_in_two_files_names_both_places() {
    let text = "intents:\n- {id: a, title: 甲, phrasings: [甲甲]}\n";
    let again = "\nintents:\n- {id: a, title: 乙, phrasings: [乙乙]}\n";
    let error =
        Catalogue::parse([("one.yaml", text), ("two.yaml", again)], TODAY).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "two.yaml:3:8: error: the id `a` is here twice, first in one.yaml:2:8"
    );
}

#[test]
fn problems_of_all_files_come_at_once() {
    let error = Catalogue::parse(
        [("a.yaml", "intents: 3\n"), ("b.yaml", "intents: [{}]\n")],
        TODAY,
    )
    .expect_err("refused");
    let text = error.to_string();
    assert!(
        text.contains("a.yaml:1:10") && text.contains("b.yaml:1:11"),
        "{text}"
    );
}

#[test]
fn bombs_are_refused_and_not_unfolded() {
    let deep = format!("intents: {}", "[".repeat(100_000));
    let anchors = format!("intents:\n- &a {{id: a}}\n{}", "- *a\n".repeat(10));
    let wide = format!("intents: [{}]", "a,".repeat(limits::NODES_MAX + 2));
    for (name, bomb) in [("deep", deep), ("anchors", anchors), ("wide", wide)] {
        let error = parse(name, &bomb).expect_err(name);
        assert!(error.report.errors > 0, "{name}");
        assert!(
            error.report.problems.len() <= 2 * limits::PROBLEMS_MAX,
            "{name}"
        );
    }
}

#[test]
fn limits_are_named_when_they_are_passed() {
    let phrasings = vec!["甲"; limits::PHRASINGS_MAX + 1].join(",");
    let cases = [
        (format!("phrasings: [{phrasings}]"), limits::PHRASINGS_MAX),
        (
            format!(
                "phrasings: [{}]",
                "长".repeat(limits::PHRASING_CHARS_MAX + 1)
            ),
            limits::PHRASING_CHARS_MAX,
        ),
        (
            format!(
                "phrasings: [甲], answers: [{}]",
                "答,".repeat(limits::ANSWERS_MAX + 1)
            ),
            limits::ANSWERS_MAX,
        ),
        (
            format!(
                "phrasings: [甲], answers: [{}]",
                "长".repeat(limits::ANSWER_CHARS_MAX + 1)
            ),
            limits::ANSWER_CHARS_MAX,
        ),
    ];
    for (body, limit) in cases {
        let error = parse(
            "a.yaml",
            &format!("intents: [{{id: a, title: 甲, {body}}}]"),
        )
        .expect_err("refused");
        assert!(error.to_string().contains(&limit.to_string()), "{error}");
    }
}
