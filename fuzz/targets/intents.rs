//! Any bytes are a set or a refusal with a reason, and a set is the same when it is read again.
#![no_main]

use jiff::civil::date;
use kefu_intents::Catalogue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let today = date(2026, 11, 21);
    match Catalogue::parse([("a.yaml", &*text)], today) {
        Ok(set) => {
            let again = Catalogue::parse([("b.yaml", &*text)], today).expect("it was good before");
            assert_eq!(set.version, again.version);
            // Whatever the parser lets through must be possible to serve.
            kefu_nlu::KeywordTier::build(&set).expect("checked keywords compile");
        }
        Err(error) => {
            assert!(error.report.errors > 0);
            // In YAML a carriage return alone ends a line too.
            let lines = text.split(['\n', '\r']).count();
            for problem in &error.report.problems {
                assert!(!problem.message.is_empty());
                assert!(problem.line as usize <= lines, "{problem} of {lines} lines");
            }
        }
    }
});
