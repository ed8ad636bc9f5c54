//! Whether a request that carries a cookie was made by our own page.

use http::{HeaderMap, header};

/// True when `Origin` names the host that was asked, or one that an operator allowed. A browser
/// sends `Origin` with every request that changes something and every WebSocket; without it there
/// is no page that could be ours.
pub(crate) fn same_origin(headers: &HeaderMap, allowed: &[String]) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        return false;
    };
    if allowed.iter().any(|one| one.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let Some((scheme, host)) = origin.split_once("://") else {
        return false;
    };
    let plain = |host: &str| {
        let port = if scheme == "https" { ":443" } else { ":80" };
        host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase()
    };
    text(header::HOST).is_some_and(|asked| plain(asked) == plain(host))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::same_origin;

    fn same(origin: &str, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("origin", origin.parse().expect("a header"));
        headers.insert("host", host.parse().expect("a header"));
        same_origin(&headers, &["https://shop.example".into()])
    }

    #[test]
    fn only_our_own_page_counts() {
        assert!(same("http://kefu.example:8811", "kefu.example:8811"));
        assert!(same("https://Kefu.example", "kefu.example:443"));
        assert!(same("https://shop.example", "kefu.internal"));
        assert!(!same("https://evil.example", "kefu.example"));
        assert!(!same("https://kefu.example.evil.example", "kefu.example"));
        assert!(!same("null", "kefu.example"));
        assert!(!same_origin(&HeaderMap::new(), &[]));
    }
}
