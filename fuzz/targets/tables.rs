//! Any bytes are a table of questions or a refusal with a reason, and what is written of it is read back as
//! what was counted.
//!
//! Input: a file as it is (CSV, XLSX); what begins like XML is the sheet of a workbook that is made here.
#![no_main]

use jiff::civil::date;
use kefu_intents::{Catalogue, KNOWLEDGE_DIR};
use kefu_knowledge::{import_faq, tiny};
use libfuzzer_sys::fuzz_target;

const INTENT: &str = "intents:\n  - id: a\n    title: 甲\n    phrasings: [甲乙丙丁]\n";

fuzz_target!(|bytes: &[u8]| {
    let dir = std::env::temp_dir().join(format!("kefu-fuzz-tables-{}", std::process::id()));
    let out = dir.join("intents");
    std::fs::create_dir_all(out.join(KNOWLEDGE_DIR)).expect("a directory");
    let file = dir.join("faq");
    let book = match std::str::from_utf8(bytes) {
        Ok(sheet) if sheet.starts_with('<') => tiny::of_sheet(sheet).expect("in memory"),
        _ => bytes.to_vec(),
    };
    std::fs::write(&file, book).expect("written");
    match import_faq(&file, &out, &mut |_, _| {}) {
        Ok(summary) => {
            std::fs::write(out.join("a.yaml"), INTENT).expect("written");
            let set = Catalogue::load_dir(&out, date(2026, 11, 21)).expect("our own table");
            let entries = set.knowledge.entries();
            assert_eq!(entries.len(), summary.entries);
            let texts: usize = entries.iter().map(|entry| entry.texts().count()).sum();
            assert_eq!(texts, summary.questions);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
