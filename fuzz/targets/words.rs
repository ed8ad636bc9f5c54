//! Any bytes are a list of words or a refusal with its places, and what a list does to a text is what it
//! promises: as many characters as before, the others as they were, nothing left to find.
//!
//! Input: the YAML of a list, then after a line of `---text` the text.
#![no_main]

use std::path::Path;

use kefu_words::{MASK, Side, parse, same_apart_from};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let input = String::from_utf8_lossy(bytes);
    let (list, text) = input.split_once("\n---text\n").unwrap_or((&input, ""));
    let read = parse(Path::new("w"), vec![(Side::Visitors, list.to_owned())]);
    assert_eq!(read.words.is_some(), read.report.errors == 0);
    // In YAML a carriage return alone ends a line too.
    let lines = list.split(['\n', '\r']).count();
    for problem in &read.report.problems {
        assert!(!problem.message.is_empty());
        assert!(problem.line as usize <= lines, "{problem} of {lines} lines");
    }
    let Some(words) = read.words else { return };
    let words = words.of(Side::Visitors);
    for text in [text, list] {
        let verdict = words.judge(text);
        let Some(masked) = verdict.masked else {
            continue;
        };
        assert!(!verdict.block && !masked.spans.is_empty());
        assert_eq!(masked.text.chars().count(), text.chars().count());
        assert!(same_apart_from(text, &[], &masked.text, &masked.spans));
        let mut end = 0;
        for span in &masked.spans {
            assert!(span.start >= end && span.start < span.end, "{masked:?}");
            end = span.end;
            let hidden = masked.text.chars().skip(span.start as usize);
            let mut hidden = hidden.take((span.end - span.start) as usize);
            assert!(hidden.all(|c| c == MASK), "{masked:?}");
        }
        assert_eq!(words.judge(&masked.text).masked, None, "{masked:?}");
    }
});
