//! E-mail addresses, as mail servers in use take them (RFC 5321's limits, without quoted parts).

use super::regex;

const CHARS_MAX: usize = 254;

/// The first one, its domain in small letters.
pub(super) fn find(folded: &str) -> Option<String> {
    let pattern = regex!(
        r"[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
    );
    let found = pattern.find(folded)?.as_str();
    let (user, domain) = found.split_once('@')?;
    let value = format!("{user}@{}", domain.to_ascii_lowercase());
    (value.len() <= CHARS_MAX && !value.contains("..")).then_some(value)
}
