//! Any text settles at once, streams alike, and knows where its characters stood.
#![no_main]

use kefu_text::{NORMALIZED_CHARS_MAX, Normalized, normalize, normalize_chars};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let normal = normalize(&text);
    assert_eq!(normalize(&normal), normal, "not settled: {text:?}");
    assert!(normal.chars().count() <= NORMALIZED_CHARS_MAX);
    assert!(
        !normal.contains("  ") && normal.trim() == normal,
        "loose spaces: {normal:?}"
    );
    if text.chars().nth(NORMALIZED_CHARS_MAX / 18).is_none() {
        let streamed: String = normalize_chars(text.chars()).collect();
        assert_eq!(streamed, normal, "streams otherwise: {text:?}");
    }
    let placed = Normalized::of(&text);
    assert_eq!(placed.text(), normal);
    let mut start = 0;
    for (at, c) in normal.char_indices() {
        let place = placed.original(at..at + c.len_utf8());
        assert!(
            place.start >= start && text.get(place.clone()).is_some(),
            "{place:?} of {text:?}"
        );
        start = place.start;
        // What expressions are prefiltered by relies on it.
        assert!(
            c == ' ' || normalize(&c.to_string()) == c.to_string(),
            "{c:?} does not stand alone"
        );
    }
});
