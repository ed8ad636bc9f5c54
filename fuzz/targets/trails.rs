//! Whatever address a page has, what is kept of it is an address of a page within the bound, holds no
//! secret that can be told by its place, and is kept as it is the next time.
#![no_main]

use kefu_chat::fuzzing::{page, title};
use libfuzzer_sys::fuzz_target;

const CHARS_MAX: usize = 500;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Some(kept) = page(&text, usize::MAX) {
        assert_eq!(page(&kept, usize::MAX).as_ref(), Some(&kept), "of {text:?}");
        let (scheme, rest) = kept.split_once("://").expect("a scheme");
        assert!(matches!(scheme, "http" | "https"), "{kept:?}");
        assert!(!rest.contains(|c: char| c == '#' || c.is_control() || c.is_whitespace()));
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let host = place.split('/').next().unwrap_or_default();
        assert!(!host.is_empty() && !host.contains('@'), "{kept:?}");
        for (name, value) in query.split('&').filter_map(|part| part.split_once('=')) {
            let name = name.to_lowercase();
            let secret = ["token", "pass", "session", "key", "code"];
            let is_secret = secret.iter().any(|word| name.contains(word));
            assert!(!is_secret || value == "…", "{kept:?}");
        }
        let short = page(&text, CHARS_MAX).expect("a page");
        let cut: String = kept.chars().take(CHARS_MAX).collect();
        assert_eq!(short, cut);
    }
    let shown = title(&text, usize::MAX);
    assert_eq!(title(&shown, usize::MAX), shown);
    assert!(!shown.contains(char::is_control) && !shown.contains("  "));
    assert!(title(&text, 20).chars().count() <= 20);
});
