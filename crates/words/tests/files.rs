//! Files: what is read, what is refused and where, and the schema that says the same.

use std::{fs, path::Path};

use kefu_words::{Side, limits, parse, read_dir, schema_json};

fn report(text: &str) -> String {
    let read = parse(Path::new("w"), vec![(Side::Visitors, text.to_owned())]);
    assert_eq!(read.words.is_some(), read.report.is_ok());
    read.report.to_string()
}

#[test]
fn three_keys_with_their_entries_are_a_list() {
    let text = "# comment\nblock:\n  - 赌博\n  - 'a: b'\nmask: [x1, y2]\nalert: 曝光\n";
    let read = parse(Path::new("w"), vec![(Side::Agents, text.to_owned())]);
    let words = read.words.expect("nothing is wrong");
    assert_eq!(words.of(Side::Agents).len(), 5);
    assert!(words.of(Side::Visitors).is_empty());
}

#[test]
fn nothing_is_an_empty_list() {
    for text in ["", "# only this\n", "block:\nmask: []\nalert: ~\n", "{}"] {
        assert_eq!(report(text), "", "for {text:?}");
    }
    let read = read_dir(Path::new("there/is/no/such/directory"));
    assert!(read.words.expect("off").of(Side::Visitors).is_empty());
}

#[test]
fn everything_that_is_wrong_is_said_at_once_and_where() {
    let text = "\
block:
  - 赌博
  - ？！
  - [a, b]
  - k: v
  -
masks: [x1]
mask:
  - 賭 博
  - 傻瓜
  - 傻-瓜
alert:
  - 呸
block: [y2]
";
    let said = "\
w/visitors.yaml:3:5: error: `？！` has no letter, digit or character that could be found
w/visitors.yaml:4:5: error: an entry is a text, found a list
w/visitors.yaml:5:5: error: an entry is a text, found a map (`key: value`): text with a colon needs quotes
w/visitors.yaml:6:4: error: an entry is empty: remove the line
w/visitors.yaml:7:1: error: unknown key `masks`; expected one of `block`, `mask`, `alert`
w/visitors.yaml:9:5: error: `賭 博` is here twice, first in line 2:5 under `block`; width, case, signs and traditional characters make no difference
w/visitors.yaml:11:5: warning: `傻-瓜` is here twice, first in line 10:5 under `mask`; width, case, signs and traditional characters make no difference
w/visitors.yaml:13:5: warning: `呸` is one character and will be found in very many texts
w/visitors.yaml:14:1: error: the key `block` is here twice, first in line 1:1";
    assert_eq!(report(text), said);
}

#[test]
fn what_is_no_list_is_refused() {
    for (text, why) in [
        ("- a1\n", "a list of words is a map"),
        ("words\n", "a list of words is a map"),
        ("block: [a1\n", "this is not YAML"),
        ("block: [&a b]\n", "anchors"),
        ("block: [*a]\n", "aliases"),
        ("block: [a1]\n---\nmask: [b1]\n", "a second document"),
        (
            &format!("block: [{}]\n", "长".repeat(101)),
            "101 characters",
        ),
        (&"[".repeat(100), "this is not YAML"),
    ] {
        let said = report(text);
        assert!(said.contains(why), "{text:?}: {said}");
    }
}

#[test]
fn a_list_of_too_many_entries_is_refused() {
    let entries = |n: usize| (0..n).map(|at| format!("- w{at}\n")).collect::<String>();
    let said = report(&format!("mask:\n{}", entries(limits::ENTRIES_MAX + 2)));
    let line = limits::ENTRIES_MAX + 2;
    assert_eq!(
        said,
        format!("w/visitors.yaml:{line}:3: error: the list has more than 20000 entries")
    );
}

#[test]
fn files_are_utf_8_and_bounded() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("visitors.yaml"), b"mask:\n  - \xB9\xCF\n").expect("written");
    let too_long = vec![b'#'; usize::try_from(limits::FILE_BYTES_MAX).expect("small") + 1];
    fs::write(dir.path().join("agents.yaml"), too_long).expect("written");
    let read = read_dir(dir.path());
    assert!(read.words.is_none());
    let said = read.report.to_string();
    assert!(
        said.contains("agents.yaml: error: the file has more than 4194304 bytes"),
        "{said}"
    );
    assert!(
        said.contains("visitors.yaml:2:5: error: the file is not UTF-8 here"),
        "{said}"
    );
}

#[test]
fn the_committed_schema_is_fresh_and_the_shipped_lists_are_empty() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../words");
    let path = dir.join("schema/words.schema.json");
    if std::env::var_os("KEFU_BLESS").is_some() {
        fs::write(&path, schema_json()).expect("the schema can be written");
    }
    let stale = "words/schema/words.schema.json is stale: run `KEFU_BLESS=1 cargo nextest run -p kefu-words`";
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == schema_json(),
        "{stale}"
    );
    let read = read_dir(&dir);
    let words = read.words.expect("the shipped lists are good");
    assert_eq!(read.report.to_string(), "");
    assert!(Side::ALL.into_iter().all(|side| words.of(side).is_empty()));
}
