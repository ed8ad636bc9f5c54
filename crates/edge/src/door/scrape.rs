//! Who may read `/metrics`. How many people write, wait and are turned away is the company's
//! business, so by default only a program on this machine reads it.

use std::{fmt, str::FromStr};

use http::HeaderMap;
use kefu_proto::v1::Problem;

use super::{Peer, session::bearer};
use crate::problem::problem;

/// Shorter tokens are guessed.
const TOKEN_CHARS_MIN: usize = 16;

/// What a proxy adds for the one behind it.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Who may read `/metrics`: `loopback`, `open` or `token:…`. A token, because Prometheus can send
/// one and a list of addresses is forged by whoever stands behind the same proxy.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum MetricsAccess {
    /// Whoever connects from this machine, and for nobody else.
    #[default]
    Loopback,
    /// Everybody who reaches the port.
    Open,
    /// Whoever sends `Authorization: Bearer` with this token, from anywhere.
    Token(String),
}

/// The text is none of the three. It is not repeated: it may hold a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be \"loopback\", \"open\" or \"token:\" and at least {TOKEN_CHARS_MIN} characters without blanks"
)]
pub struct MetricsAccessError;

impl FromStr for MetricsAccess {
    type Err = MetricsAccessError;

    fn from_str(text: &str) -> Result<Self, MetricsAccessError> {
        let good = |token: &str| {
            token.len() >= TOKEN_CHARS_MIN && token.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match (text, text.strip_prefix("token:")) {
            ("loopback", _) => Ok(Self::Loopback),
            ("open", _) => Ok(Self::Open),
            (_, Some(token)) if good(token) => Ok(Self::Token(token.to_owned())),
            _ => Err(MetricsAccessError),
        }
    }
}

impl fmt::Debug for MetricsAccess {
    /// Without the token: debug texts end in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "Loopback",
            Self::Open => "Open",
            Self::Token(_) => "Token",
        })
    }
}

impl MetricsAccess {
    /// Whether this request may read them.
    ///
    /// # Errors
    /// `forbidden` from elsewhere, `unauthenticated` without the token.
    pub(crate) fn admit(&self, peer: Peer, headers: &HeaderMap) -> Result<(), Problem> {
        match self {
            Self::Open => Ok(()),
            Self::Loopback => {
                let through_proxy = FORWARDED.iter().any(|name| headers.contains_key(*name));
                if peer.0.is_loopback() && !through_proxy {
                    return Ok(());
                }
                let why = "metrics are read on the machine itself; edge.metrics says who else may";
                Err(problem("forbidden", why))
            }
            Self::Token(token) => match bearer(headers) {
                Some(sent) if same(sent.as_bytes(), token.as_bytes()) => Ok(()),
                _ => Err(problem("unauthenticated", "metrics need their token")),
            },
        }
    }
}

/// Compares without telling by the time how much of it was right.
fn same(sent: &[u8], kept: &[u8]) -> bool {
    let differences = sent
        .iter()
        .zip(kept)
        .fold(0, |differences, (a, b)| differences | (a ^ b));
    sent.len() == kept.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{MetricsAccess, Peer};

    fn admits(access: &str, peer: &str, headers: &[(&'static str, &str)]) -> Result<(), String> {
        let access: MetricsAccess = access.parse().expect("an access");
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            sent.insert(*name, value.parse().expect("a header"));
        }
        let peer = Peer(peer.parse().expect("an address"));
        access.admit(peer, &sent).map_err(|problem| problem.code)
    }

    #[test]
    fn by_default_only_this_machine_reads_them_and_for_nobody_behind_a_proxy() {
        assert_eq!(MetricsAccess::default(), MetricsAccess::Loopback);
        for peer in ["127.0.0.1", "127.9.9.9", "::1"] {
            assert_eq!(admits("loopback", peer, &[]), Ok(()), "{peer}");
        }
        let forbidden = Err("forbidden".to_owned());
        for peer in ["10.0.0.1", "203.0.113.9", "2001:db8::1"] {
            assert_eq!(admits("loopback", peer, &[]), forbidden, "{peer}");
        }
        for name in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
            let through = [(name, "127.0.0.1")];
            assert_eq!(
                admits("loopback", "127.0.0.1", &through),
                forbidden,
                "{name}"
            );
        }
    }

    #[test]
    fn a_token_is_wanted_from_everywhere_and_open_asks_nothing() {
        let access = "token:0123456789abcdef";
        let refused = Err("unauthenticated".to_owned());
        let with = |value| admits(access, "203.0.113.9", &[("authorization", value)]);
        assert_eq!(with("Bearer 0123456789abcdef"), Ok(()));
        assert_eq!(with("bearer 0123456789abcdef"), Ok(()));
        for wrong in [
            "Bearer 0123456789abcdeF",
            "Bearer 0123456789abcde",
            "Bearer 0123456789abcdef0",
            "Bearer ",
            "Basic 0123456789abcdef",
        ] {
            assert_eq!(with(wrong), refused, "{wrong}");
        }
        assert_eq!(admits(access, "127.0.0.1", &[]), refused);
        assert_eq!(admits("open", "203.0.113.9", &[]), Ok(()));
    }

    #[test]
    fn what_is_none_of_the_three_is_refused_without_repeating_it() {
        for wrong in [
            "",
            "Open",
            "token:",
            "token:short",
            "token:with a blank in it",
            "10.0.0.0/8",
        ] {
            let refused = wrong.parse::<MetricsAccess>().expect_err(wrong).to_string();
            assert!(wrong.is_empty() || !refused.contains("short"), "{refused}");
        }
        let kept: MetricsAccess = "token:0123456789abcdef".parse().expect("good");
        assert!(!format!("{kept:?}").contains("0123"));
    }
}
