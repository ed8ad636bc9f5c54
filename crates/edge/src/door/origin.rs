//! Whose page made a request, as the browser's `Origin` says it.

use http::{HeaderMap, header};

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// No page, or a page of ours that only reads: browsers name no origin then.
    Nobody,
    /// Our own page.
    Own,
    /// A page that may embed the widget.
    Guest,
    /// A page of somebody else.
    Stranger,
}

/// `own` are origins that count as ours although the `Host` differs, `guests` those that may embed
/// the widget, `*` being all.
pub(crate) fn whose(headers: &HeaderMap, own: &[String], guests: &[String]) -> Whose {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Whose::Nobody;
    };
    if same_origin(headers, own) {
        return Whose::Own;
    }
    let named = |guest: &String| {
        guest == "*"
            || origin
                .to_str()
                .is_ok_and(|origin| guest.eq_ignore_ascii_case(origin))
    };
    if guests.iter().any(named) {
        Whose::Guest
    } else {
        Whose::Stranger
    }
}

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

    use super::{Whose, same_origin, whose};

    fn headers(origin: &str, host: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("origin", origin.parse().expect("a header"));
        headers.insert("host", host.parse().expect("a header"));
        headers
    }

    fn same(origin: &str, host: &str) -> bool {
        same_origin(&headers(origin, host), &["https://shop.example".into()])
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

    #[test]
    fn guests_are_those_that_are_named_to_the_letter() {
        let ask = |origin: &str, guests: &[&str]| {
            let guests: Vec<String> = guests.iter().map(|&guest| guest.into()).collect();
            whose(&headers(origin, "kefu.example"), &[], &guests)
        };
        let shop = &["https://shop.example"];
        assert_eq!(ask("https://shop.example", shop), Whose::Guest);
        assert_eq!(ask("https://SHOP.example", shop), Whose::Guest);
        assert_eq!(ask("http://kefu.example", shop), Whose::Own);
        for stranger in [
            "http://shop.example",
            "https://shop.example:8443",
            "https://www.shop.example",
            "https://shop.example.evil.example",
            "null",
        ] {
            assert_eq!(ask(stranger, shop), Whose::Stranger, "{stranger}");
        }
        assert_eq!(ask("https://any.example", &["*"]), Whose::Guest);
        assert_eq!(whose(&HeaderMap::new(), &[], &["*".into()]), Whose::Nobody);
    }
}
