//! Vectors of texts that were asked lately, found by hash: no text is kept.

use std::sync::Arc;

use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

/// What an entry takes beside its vector: key, pointers and the cache's own bookkeeping.
const ENTRY_BYTES: u64 = 256;

/// The first half of a text's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TextHash([u8; 16]);

impl TextHash {
    pub fn of(text: &str) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest[..16]);
        Self(hash)
    }
}

/// Bounded in entries and, as all entries are of one size, in bytes.
pub(crate) struct Recent(Cache<TextHash, Arc<[f32]>>);

impl Recent {
    /// At most `entries_max` vectors of `dimension`, and not more than fit in `bytes_max`; `None` if
    /// that is none at all.
    pub fn new(entries_max: u64, bytes_max: u64, dimension: usize) -> Option<Self> {
        let entries = entries_max.min(bytes_max / (ENTRY_BYTES + 4 * dimension as u64));
        (entries > 0).then(|| Self(Cache::new(entries)))
    }

    pub fn get(&self, hash: &TextHash) -> Option<Arc<[f32]>> {
        self.0.get(hash)
    }

    pub fn put(&self, hash: TextHash, vector: &[f32]) {
        self.0.insert(hash, vector.into());
    }
}

#[cfg(test)]
mod tests {
    use super::{ENTRY_BYTES, Recent, TextHash};

    #[test]
    fn entries_and_bytes_both_bound_it() {
        let entry = ENTRY_BYTES + 4 * 4;
        for (entries_max, bytes_max, kept) in [(3, 1 << 20, 3), (1_000, 5 * entry, 5)] {
            let recent = Recent::new(entries_max, bytes_max, 4).expect("room for some");
            for n in 0..100 {
                recent.put(TextHash::of(&n.to_string()), &[1.0; 4]);
            }
            recent.0.run_pending_tasks();
            assert!(recent.0.entry_count() <= kept);
        }
        assert!(Recent::new(0, 1 << 20, 4).is_none());
        assert!(Recent::new(10, 10, 4).is_none());
    }

    #[test]
    fn what_was_put_is_found_by_its_text_alone() {
        let recent = Recent::new(10, 1 << 20, 2).expect("room");
        recent.put(TextHash::of("退货"), &[1.0, 2.0]);
        assert_eq!(
            recent.get(&TextHash::of("退货")).as_deref(),
            Some(&[1.0, 2.0][..])
        );
        assert!(recent.get(&TextHash::of("退款")).is_none());
    }
}
