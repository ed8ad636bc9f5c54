//! Office tables in, one normal form out.

use std::{fs, path::Path};

use kefu_intents::Catalogue;
use kefu_knowledge::{ImportError, Summary, import_faq, tiny};

const INTENT: &str = "intents:\n  - id: a\n    title: 甲\n    phrasings: [甲乙丙丁]\n";

struct Office {
    dir: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn out(&self) -> std::path::PathBuf {
        self.dir.path().join("intents")
    }

    fn import(&self, name: &str, bytes: &[u8]) -> Result<Summary, ImportError> {
        let file = self.dir.path().join(name);
        fs::write(&file, bytes).unwrap();
        import_faq(&file, &self.out(), &mut |_, _| {})
    }

    /// The table that was written; empty where none was.
    fn table(&self, name: &str) -> String {
        fs::read_to_string(self.out().join("knowledge").join(name)).unwrap_or_default()
    }

    fn catalogue(&self) -> Catalogue {
        fs::write(self.out().join("a.yaml"), INTENT).unwrap();
        Catalogue::load_dir(&self.out(), "2026-11-21".parse().unwrap()).unwrap()
    }

    fn refused(&self, name: &str, bytes: &[u8]) -> String {
        let error = self
            .import(name, bytes)
            .expect_err("it is wrong")
            .to_string();
        assert!(
            !Path::new(&self.out()).exists(),
            "nothing is written on an error"
        );
        error
    }
}

const CHINESE: &str = "分类,标准问,相似问,答案,链接\n\
    售后,怎么退货,如何退货|退货流程,\"七天内可退。\n请保留吊牌。\",https://shop.example/return\n\
    ,,,,\n\
    物流,多久发货,,48 小时内发货,\n\
    物流,多久发货,几天发货,48 小时内发货,\n";

#[test]
fn a_table_becomes_the_normal_form() {
    let office = Office::new();
    let summary = office
        .import("常见问题 2026.csv", CHINESE.as_bytes())
        .unwrap();
    assert_eq!((summary.entries, summary.questions), (2, 5));
    assert_eq!((summary.repeated, summary.empty), (1, 1));
    insta::assert_snapshot!(office.table("常见问题_2026.csv"));
    let catalogue = office.catalogue();
    let entry = catalogue
        .knowledge
        .entries()
        .iter()
        .find(|entry| &*entry.question == "怎么退货")
        .unwrap();
    assert_eq!(&*entry.answer, "七天内可退。\n请保留吊牌。");
    assert_eq!(entry.texts().count(), 3);
    assert_eq!(entry.reply().buttons.len(), 1);
    assert_eq!(catalogue.knowledge.get(&entry.verdict_id()), Some(entry));
}

#[test]
fn every_encoding_that_spreadsheets_write_gives_the_same() {
    let office = Office::new();
    office.import("faq.csv", CHINESE.as_bytes()).unwrap();
    let expected = office.table("faq.csv");
    let with_mark = [b"\xEF\xBB\xBF", CHINESE.as_bytes()].concat();
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(CHINESE.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let gb18030 = encoding_rs::GB18030.encode(CHINESE).0.into_owned();
    let tabs = CHINESE.replace(',', "\t").into_bytes();
    let windows = CHINESE.replace('\n', "\r\n").into_bytes();
    for bytes in [with_mark, utf16, gb18030, tabs, windows] {
        office.import("faq.csv", &bytes).unwrap();
        assert_eq!(office.table("faq.csv"), expected);
    }
}

#[test]
fn a_workbook_reads_like_the_table_it_shows() {
    let office = Office::new();
    let rows: &[&[&str]] = &[
        &["Question", "Similar", "Answer", "Category", "Language"],
        &[
            "How do I return it?",
            "return it",
            "Within 7 days.",
            "after-sales",
            "en",
        ],
        &["", "send it back", "", "", ""],
        &["能开发票吗", "开发票", "可以。", "发票", "中文"],
    ];
    // As people write it: question, answer and category span the rows of their similar questions.
    let merged = ["A2:A3", "C2:C3", "D2:D3", "E2:E3"];
    let book = tiny::workbook(rows, &merged).unwrap();
    let summary = office.import("faq.xlsx", &book).unwrap();
    assert_eq!((summary.entries, summary.repeated), (2, 1));
    insta::assert_snapshot!(office.table("faq.csv"));
    assert_eq!(office.catalogue().knowledge.entries().len(), 2);
}

#[test]
fn all_that_is_wrong_is_said_at_once_with_its_row() {
    let office = Office::new();
    let long = "长".repeat(1_001);
    let table = format!(
        "问题,答案,语言,链接\n\
         怎么退货,七天内,zh,\n\
         ,没有问题,,\n\
         没有答案,,,\n\
         \n\
         怎么退货？,十四天内,zh,\n\
         {long},太长,,\n\
         Wie geht das?,So,de,\n\
         ？？？,只有标点,,\n\
         有链接,链接是坏的,,javascript:alert(1)\n"
    );
    insta::assert_snapshot!(
        office
            .refused("faq.csv", table.as_bytes())
            .replace(&long, "长…")
    );
}

#[test]
fn formulas_without_a_value_and_errors_are_named_by_cell() {
    let office = Office::new();
    let rows: &[&[&str]] = &[
        &["问题", "答案", "备注"],
        &["多久发货", "=1+1", "=#REF!"],
        &["怎么退货", "=#REF!", ""],
    ];
    let book = tiny::workbook(rows, &[]).unwrap();
    insta::assert_snapshot!(office.refused("faq.xlsx", &book));
}

#[test]
fn a_small_file_cannot_ask_for_much_memory() {
    let office = Office::new();
    let cell = |place: &str, text: &str| format!(r#"<c r="{place}" t="str"><v>{text}</v></c>"#);
    let sheet = |rows: &str, more: &str| {
        format!(
            r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData>{more}</worksheet>"#
        )
    };
    let head = format!(
        "<row r=\"1\">{}{}</row>",
        cell("A1", "问题"),
        cell("B1", "答案")
    );
    // Two corners, and all that lies between them.
    let corner = format!(
        r#"{head}<row r="1048576">{}</row>"#,
        cell("XFD1048576", "x")
    );
    // A formula that nobody has computed, where nothing else is.
    let formula = r#"<row r="1048576"><c r="XFD1048576"><f>A1</f></c></row>"#;
    let formula = format!(
        "{head}<row r=\"2\">{}{}</row>{formula}",
        cell("A2", "怎么退货"),
        cell("B2", "七天内可退。")
    );
    // Regions over everything, again and again.
    let tall = format!(r#"{head}<row r="900000">{}</row>"#, cell("A900000", "x"));
    let merged = r#"<mergeCell ref="A1:B900000"/>"#.repeat(20);
    let merged = format!("<mergeCells>{merged}</mergeCells>");
    for (sheet, said) in [
        (sheet(&corner, ""), Some("has more than 10000000 cells")),
        (sheet(&tall, &merged), Some("has more than 10000000 cells")),
        (sheet(&formula, ""), None),
    ] {
        let book = tiny::of_sheet(&sheet).unwrap();
        let imported = office.import("faq.xlsx", &book);
        match (imported, said) {
            (Err(error), Some(said)) => assert!(error.to_string().contains(said), "{error}"),
            (Ok(summary), None) => assert_eq!(summary.entries, 1),
            (other, said) => panic!("expected {said:?}, got {other:?}"),
        }
    }
}

#[test]
fn what_is_no_table_is_refused_with_what_to_do() {
    let office = Office::new();
    for (name, bytes, says) in [
        ("a.csv", &b""[..], "empty"),
        ("b.csv", b"\n\n", "empty"),
        ("c.csv", "名字,年龄\n甲,3\n".as_bytes(), "问题"),
        ("d.csv", "问题,备注\n甲,3\n".as_bytes(), "答案"),
        ("e.csv", "问题,问题,答案\n".as_bytes(), "more than one"),
        ("f.csv", "问题,答案\n".as_bytes(), "no question under it"),
        ("g.csv", b"\xFF\xFF\xFF,\xFF\n", "CSV UTF-8"),
        ("h.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "XLSX"),
        ("i.xlsx", b"PK\x03\x04 and then nothing", "workbook"),
    ] {
        let error = office.refused(name, bytes);
        assert!(error.contains(says), "{name}: {error}");
    }
    let missing = import_faq(Path::new("nowhere.csv"), &office.out(), &mut |_, _| {});
    assert!(matches!(missing, Err(ImportError::Io(..))));
}

#[test]
fn a_failed_import_leaves_the_last_one_as_it_was() {
    let office = Office::new();
    office.import("faq.csv", CHINESE.as_bytes()).unwrap();
    let before = office.table("faq.csv");
    office
        .import("faq.csv", "问题,答案\n甲,\n".as_bytes())
        .expect_err("no answer");
    assert_eq!(office.table("faq.csv"), before);
}

#[test]
fn an_import_of_what_was_imported_changes_nothing() {
    let office = Office::new();
    office.import("faq.csv", CHINESE.as_bytes()).unwrap();
    let first = office.table("faq.csv");
    office.import("faq.csv", first.as_bytes()).unwrap();
    assert_eq!(office.table("faq.csv"), first);
}

#[test]
fn a_similar_question_that_is_anothers_is_a_warning() {
    let office = Office::new();
    let table = "问题,相似问,答案\n怎么退货,多久发货,七天\n多久发货,,两天\n";
    let summary = office.import("faq.csv", table.as_bytes()).unwrap();
    let [warning] = &summary.warnings[..] else {
        panic!("{summary:?}");
    };
    assert_eq!(warning.row, 2);
    assert!(warning.message.contains("row 3"), "{warning}");
}

#[test]
fn the_version_changes_with_an_answer_and_with_nothing_else() {
    let office = Office::new();
    office.import("faq.csv", CHINESE.as_bytes()).unwrap();
    let before = office.catalogue();
    office.import("faq.csv", CHINESE.as_bytes()).unwrap();
    assert_eq!(office.catalogue().version, before.version);
    let changed = CHINESE.replace("48", "24");
    office.import("faq.csv", changed.as_bytes()).unwrap();
    let after = office.catalogue();
    assert_ne!(after.version, before.version);
    let id = |catalogue: &Catalogue| {
        let entries = catalogue.knowledge.entries();
        let entry = entries.iter().find(|entry| &*entry.question == "多久发货");
        entry.unwrap().id.clone()
    };
    assert_eq!(id(&after), id(&before), "the question keeps its id");
}

#[test]
fn progress_counts_every_row() {
    let office = Office::new();
    let file = office.dir.path().join("faq.csv");
    fs::write(&file, CHINESE).unwrap();
    let mut heard = Vec::new();
    import_faq(&file, &office.out(), &mut |done, all| {
        heard.push((done, all))
    })
    .unwrap();
    assert_eq!(heard, [(1, 4), (2, 4), (3, 4), (4, 4)]);
}
