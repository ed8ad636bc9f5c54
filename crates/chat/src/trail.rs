//! On which pages visitors are: what is kept of an address.
//!
//! A page's address may hold what opens somebody's account. What looks like it is never stored: names
//! and passwords in front of the host, everything after `#`, and the values of parameters whose names
//! look secret. What is long without being an ordinary word is taken to be a secret, too.

/// Bounds of a visitor's trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrailRules {
    /// Off: nothing is stored, and what was is shown to nobody.
    pub enabled: bool,
    /// Pages of one visitor; older ones go.
    pub pages_max: u32,
    /// Characters of an address.
    pub url_chars_max: usize,
    /// Characters of a title.
    pub title_chars_max: usize,
    /// Pages that follow each other faster than this are passed over, milliseconds.
    pub gap_ms: i64,
}

impl Default for TrailRules {
    fn default() -> Self {
        Self {
            enabled: true,
            pages_max: 20,
            url_chars_max: 500,
            title_chars_max: 120,
            gap_ms: 500,
        }
    }
}

/// Parts of names whose values are kept by nobody. In the order in which people look for them.
const SECRET: [&str; 18] = [
    "token",
    "secret",
    "pass",
    "pwd",
    "auth",
    "session",
    "sid",
    "key",
    "code",
    "sign",
    "otp",
    "ticket",
    "jwt",
    "credential",
    "email",
    "phone",
    "mobile",
    "card",
];
/// A value of one unbroken run of this many characters is no word.
const RUN_CHARS_MAX: usize = 40;

/// The address as it may be kept; `None` when it is none of a page.
pub(crate) fn cleaned(url: &str, chars_max: usize) -> Option<String> {
    let url = url.trim();
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| starts_with(url, scheme))?;
    let rest = url.get(scheme.len()..)?;
    if rest.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (rest, None),
    };
    let (host, path) = match place.find('/') {
        Some(at) => place.split_at(at),
        None => (place, ""),
    };
    let host = host.rsplit('@').next().unwrap_or_default();
    if host.is_empty() {
        return None;
    }
    let path: Vec<&str> = path.split('/').map(step).collect();
    let mut clean = format!("{scheme}{}{}", host.to_lowercase(), path.join("/"));
    if let Some(query) = query {
        let parts: Vec<String> = query.split('&').map(parameter).collect();
        clean.push('?');
        clean.push_str(&parts.join("&"));
    }
    Some(clean.chars().take(chars_max).collect())
}

fn starts_with(url: &str, scheme: &str) -> bool {
    let head = url.get(..scheme.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(scheme))
}

fn step(step: &str) -> &str {
    if is_run(step) { "…" } else { step }
}

fn parameter(part: &str) -> String {
    let Some((name, value)) = part.split_once('=') else {
        return step(part).to_owned();
    };
    let lower = name.to_lowercase();
    let secret = SECRET.iter().any(|word| lower.contains(word));
    if secret || is_run(value) {
        return format!("{}=…", step(name));
    }
    format!("{}={value}", step(name))
}

/// One unbroken run of letters and digits that no page would be named by.
fn is_run(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '~');
    text.chars().count() >= RUN_CHARS_MAX
        && text.chars().all(is_part)
        && text.chars().any(|c| c.is_ascii_digit())
}

/// A title as it may be kept.
pub(crate) fn title(title: &str, chars_max: usize) -> String {
    let words: Vec<&str> = title
        .split(|c: char| c.is_whitespace() || c.is_control())
        .collect();
    let words = words.into_iter().filter(|word| !word.is_empty());
    let text = words.collect::<Vec<_>>().join(" ");
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{cleaned, title};

    #[track_caller]
    fn check(url: &str, kept: &str) {
        let found = cleaned(url, 200);
        assert_eq!(found.as_deref(), Some(kept).filter(|kept| !kept.is_empty()));
    }

    #[test]
    fn an_address_is_kept_without_what_opens_an_account() {
        check(
            "https://Shop.example/a/b?color=red#x",
            "https://shop.example/a/b?color=red",
        );
        check("https://li:pw@shop.example/a", "https://shop.example/a");
        check(
            "http://shop.example?access_token=abc&q=1",
            "http://shop.example?access_token=…&q=1",
        );
        check(
            "https://shop.example/?PASSWORD=x",
            "https://shop.example/?PASSWORD=…",
        );
        let long = "a1".repeat(20);
        check(
            &format!("https://shop.example/reset/{long}"),
            "https://shop.example/reset/…",
        );
        check(
            &format!("https://shop.example/?x={long}"),
            "https://shop.example/?x=…",
        );
    }

    #[test]
    fn what_is_no_page_is_not_kept() {
        for url in [
            "",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://",
            "data:text/html,x",
            "https://a b/",
        ] {
            check(url, "");
        }
    }

    #[test]
    fn a_title_is_one_line_of_bounded_length() {
        assert_eq!(title(" 鞋 \n\t 42\u{0}码 ", 20), "鞋 42 码");
        assert_eq!(title("abcdef", 3), "abc");
    }

    proptest! {
        #[test]
        fn no_secret_is_ever_kept(secret in "[a-z0-9]{12,30}Z9", host in "[a-z]{1,9}", name in "(access_token|sid|api_key|Passwd|email)") {
            let urls = [
                format!("https://{secret}@{host}.example/"),
                format!("https://u:{secret}@{host}.example/a"),
                format!("https://{host}.example/a?x=1&{name}={secret}"),
                format!("https://{host}.example/a#{secret}"),
            ];
            for url in urls {
                let kept = cleaned(&url, 500).expect("a page");
                prop_assert!(!kept.contains(&secret), "{kept}");
            }
        }

        #[test]
        fn nothing_is_longer_than_it_may_be(url in "https://[a-z/?=&%#@.]{0,200}", most in 1..60_usize) {
            let kept = cleaned(&url, most).unwrap_or_default();
            prop_assert!(kept.chars().count() <= most);
        }
    }
}
