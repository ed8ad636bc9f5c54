//! What people fill in by hand: how they can be reached, and whom they mention. What is taken is within its
//! bound and is taken again as it is.
#![no_main]

use kefu_chat::fuzzing::{email, mentioned, phone};
use libfuzzer_sys::fuzz_target;

const CHARS_MAX: usize = 254;

// The first line is a text, and the others are logins.
fuzz_target!(|bytes: &[u8]| {
    let input = String::from_utf8_lossy(bytes);
    if let Some(kept) = phone(&input, CHARS_MAX) {
        assert_eq!(phone(&kept, CHARS_MAX).as_ref(), Some(&kept));
        assert!(kept.len() <= CHARS_MAX, "of ASCII alone");
        let digits = kept.chars().filter(char::is_ascii_digit).count();
        assert!(kept.is_empty() || (5..=20).contains(&digits), "{kept:?}");
        assert!(!kept.contains(char::is_control));
    }
    if let Some(kept) = email(&input, CHARS_MAX) {
        assert_eq!(email(&kept, CHARS_MAX).as_ref(), Some(&kept));
        assert!(kept.chars().count() <= CHARS_MAX);
        assert!(
            kept.is_empty() || kept.matches('@').count() == 1,
            "{kept:?}"
        );
        assert!(!kept.contains(|c: char| c.is_control() || c.is_whitespace()));
    }
    let mut lines = input.lines();
    let text = lines.next().unwrap_or_default();
    let logins: Vec<&str> = lines.filter(|login| !login.is_empty()).take(8).collect();
    let found = mentioned(text, &logins);
    let lower = |text: &str| {
        text.chars()
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    for (at, place) in found.iter().enumerate() {
        let named = format!("@{}", lower(logins[*place]));
        assert!(lower(text).contains(&named), "{named:?} in {text:?}");
        assert!(!found[..at].contains(place), "named twice");
    }
});
