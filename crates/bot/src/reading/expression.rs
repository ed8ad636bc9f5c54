//! Expressions that are compiled once.

/// A regular expression, compiled once.
macro_rules! regex {
    ($pattern:expr) => {{
        static REGEX: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
            #[allow(clippy::expect_used, reason = "a literal; the tests use every one")]
            regex::Regex::new($pattern).expect("the pattern is valid")
        });
        &*REGEX
    }};
}
pub(super) use regex;
