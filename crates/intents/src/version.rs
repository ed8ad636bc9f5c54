//! The name of a set by its content.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::{catalogue::Intent, knowledge::Knowledge};

/// Bytes of the hash that the version shows: 12 hexadecimal digits.
const BYTES: usize = 6;

/// The first 12 hexadecimal digits of the SHA-256 of the intents as JSON, which is canonical:
/// fields in their order, maps by key, intents by id. The knowledge base counts by its own hash.
pub(crate) fn of(intents: &[Intent], knowledge: &Knowledge) -> String {
    let mut hash = Sha256::new();
    for intent in intents {
        // Writing plain data as JSON cannot fail; should it, the text below still changes with it.
        let json =
            serde_json::to_vec(intent).unwrap_or_else(|_| format!("{intent:?}").into_bytes());
        hash.update(json);
        hash.update(b"\n");
    }
    hash.update(knowledge.hash());
    hash.finalize()
        .iter()
        .take(BYTES)
        .fold(String::with_capacity(2 * BYTES), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
