//! Any query is bounded, any text has terms that stand where they say, and a snippet shows what was found
//! where it says.
//!
//! Input: a line with the query, then the text.
#![no_main]

use kefu_text::{
    normalize,
    search::{QUERY_TERMS_MAX, Query, WORD_CHARS_MAX, snippet, terms},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let input = String::from_utf8_lossy(bytes);
    let (asked, text) = input.split_once('\n').unwrap_or((&input, &input));
    let query = Query::of(asked);
    let sought = query.phrases().iter().map(|phrase| phrase.terms.len());
    assert!(sought.sum::<usize>() <= QUERY_TERMS_MAX);
    for phrase in query.phrases() {
        assert!(!phrase.terms.is_empty() && phrase.terms.iter().all(|term| !term.is_empty()));
    }
    let normal = normalize(text);
    let mut last = 0;
    for term in terms(&normal) {
        assert!(!term.text.is_empty() && term.text.chars().count() <= WORD_CHARS_MAX);
        assert!(normal[term.range.clone()].starts_with(term.text));
        assert!(term.range.start >= last);
        last = term.range.start;
    }
    assert!(terms(&normal).count() <= normal.chars().count());
    let matches = query.matches(std::iter::once(text));
    for most in [1, 60] {
        let shown = snippet(text, &query, most);
        let chars = shown.text.chars().count();
        assert!(chars <= most + 2);
        let mut end = 0;
        for span in &shown.spans {
            assert!(
                span.start >= end && span.start < span.end && span.end <= chars,
                "{shown:?}"
            );
            end = span.end;
        }
        assert!(!matches || !shown.spans.is_empty(), "{shown:?}");
    }
});
