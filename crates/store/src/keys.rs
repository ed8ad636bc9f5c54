//! Client ids.

use kefu_chat::store::ClientKey;

/// Whether the id is made of `[A-Za-z0-9_-]`, as every stored one is. Any other is not asked
/// about: it needs no escaping and finds nothing.
pub(crate) fn is_plain(key: &ClientKey) -> bool {
    key.client_id
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}
