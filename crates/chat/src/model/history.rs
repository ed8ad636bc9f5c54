//! The history of a tenant's intents. What a file says is nothing to the core.

use std::fmt;

use kefu_proto::v1;
use kefu_types::{Millis, TenantId};
use sha2::{Digest as _, Sha256};

use crate::store::Outcome;

/// Bytes of one stored piece of a file: small enough that no message waits for its commit.
pub const PIECE_BYTES: usize = 256 * 1024;

/// SHA-256 of a file's contents: equal contents are stored once in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut hash = [0; 32];
        for (at, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        // `+f` is a number to the standard library and no hash to us.
        let hash = Self(hash);
        (hash.to_string() == text).then_some(hash)
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A version to add at the end of a tenant's history.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordVersion {
    /// Whose.
    pub tenant: TenantId,
    /// With all its files, by path; the number is the store's to give.
    pub version: v1::CatalogueVersion,
    /// Only if this is the newest number, 0 for none.
    pub expected_number: Option<u64>,
    /// Versions that stay, this one among them. The newest always does: it is what serves.
    pub keep: u32,
    /// Contents that no version names any more, and that are older than this, go.
    pub orphans_before_ms: Millis,
}

impl RecordVersion {
    /// The number it gets after `newest`, which comes with its files.
    ///
    /// # Errors
    /// With the outcome, when nothing is to be added: the set is the newest one already, which comes
    /// without its files, or another one is the newest than was expected.
    pub fn number_after(&self, newest: Option<&v1::CatalogueVersion>) -> Result<u64, Outcome> {
        if let Some(newest) = newest
            && newest.hash == self.version.hash
            && newest.files == self.version.files
        {
            return Err(Outcome::Recorded {
                version: Box::new(without_files(newest, newest.number)),
                new: false,
            });
        }
        let last = newest.map_or(0, |newest| newest.number);
        match self.expected_number {
            Some(expected) if expected != last => Err(Outcome::VersionConflict),
            _ => Ok(last + 1),
        }
    }

    /// What is kept of it beside its files, under the number that it was given.
    #[must_use]
    pub fn info(&self, number: u64) -> v1::CatalogueVersion {
        without_files(&self.version, number)
    }
}

fn without_files(version: &v1::CatalogueVersion, number: u64) -> v1::CatalogueVersion {
    v1::CatalogueVersion {
        number,
        files: Vec::new(),
        ..version.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::ContentHash;

    #[test]
    fn a_hash_is_read_as_it_is_written_and_nothing_else_is_a_hash() {
        let hash = ContentHash::of(b"abc");
        let text = hash.to_string();
        assert!(text.starts_with("ba7816bf"));
        assert_eq!(ContentHash::parse(&text), Some(hash));
        let wrong = [
            "",
            "ba78",
            &text.to_uppercase(),
            &text.replacen("ba", "+f", 1),
        ];
        for wrong in wrong {
            assert_eq!(ContentHash::parse(wrong), None, "{wrong}");
        }
    }
}
