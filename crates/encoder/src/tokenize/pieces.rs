//! The vocabulary, packed: one blob of text, offsets, scores, and one open-addressed table.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// Pieces by id, with their log-probabilities.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    blob: Vec<u8>,
    /// Where each piece ends; the first starts at 0.
    ends: Vec<u32>,
    scores: Vec<f32>,
}

impl Pieces {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// A piece's log-probability.
    pub fn score(&self, id: u32) -> f32 {
        self.scores[id as usize]
    }

    /// The lowest score of all.
    pub fn lowest_score(&self) -> f32 {
        self.scores.iter().copied().fold(f32::INFINITY, f32::min)
    }

    /// The bytes of piece `id`.
    pub fn bytes(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.blob[start as usize..self.ends[id] as usize]
    }

    fn push<'de, A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        let Some(()) = seq.next_element_seed(Pair(self))? else {
            return Ok(false);
        };
        Ok(true)
    }
}

/// Finds pieces by a hash that grows byte by byte, so that every prefix of a text costs one step.
#[derive(Debug)]
pub(super) struct Index {
    /// High half: hash; low half: id + 1, zero for a free slot.
    slots: Vec<u64>,
    bytes_max: usize,
}

/// The hash of nothing.
pub(super) const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of what `hash` was of, and `byte`.
pub(super) const fn grow(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3)
}

/// FNV leaves its low bits poorly mixed.
const fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

impl Index {
    /// Indexes all pieces; of equal ones the last wins, as in the library.
    pub fn new(pieces: &Pieces) -> Self {
        let mut index = Self {
            slots: vec![0; (2 * pieces.len()).next_power_of_two().max(2)],
            bytes_max: 0,
        };
        for id in 0..pieces.len() as u32 {
            let bytes = pieces.bytes(id);
            index.bytes_max = index.bytes_max.max(bytes.len());
            let hash = bytes.iter().fold(EMPTY, |hash, &byte| grow(hash, byte));
            let at = index.slot(hash, bytes, pieces);
            index.slots[at] = (mix(hash) & !0xffff_ffff) | u64::from(id + 1);
        }
        index
    }

    /// The longest piece in bytes.
    pub const fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// The id of the piece that is `bytes`, whose hash is `hash`.
    pub fn find(&self, hash: u64, bytes: &[u8], pieces: &Pieces) -> Option<u32> {
        let slot = self.slots[self.slot(hash, bytes, pieces)];
        (slot != 0).then(|| (slot & 0xffff_ffff) as u32 - 1)
    }

    /// Where these bytes are, or the free slot where they would go.
    fn slot(&self, hash: u64, bytes: &[u8], pieces: &Pieces) -> usize {
        let mixed = mix(hash);
        let mask = self.slots.len() - 1;
        let mut at = mixed as usize & mask;
        loop {
            let slot = self.slots[at];
            let same_hash = slot >> 32 == mixed >> 32;
            if slot == 0 || (same_hash && pieces.bytes((slot & 0xffff_ffff) as u32 - 1) == bytes) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }
}

/// Reads `[["piece", score], …]` without a string per piece. A vocabulary of another form is left empty.
impl<'de> Deserialize<'de> for Pieces {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl<'de> Visitor<'de> for Whole {
            type Value = Pieces;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of pieces with scores, or a map of tokens")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pieces, A::Error> {
                let mut pieces = Pieces::default();
                while pieces.push(&mut seq)? {}
                Ok(pieces)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pieces, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Pieces::default())
            }
        }
        deserializer.deserialize_any(Whole)
    }
}

/// One `["piece", score]`, appended.
struct Pair<'p>(&'p mut Pieces);

impl<'de> DeserializeSeed<'de> for Pair<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Pair<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a piece and its score")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let missing = |part| serde::de::Error::custom(format!("a piece has no {part}"));
        seq.next_element_seed(Text(&mut self.0.blob))?
            .ok_or_else(|| missing("text"))?;
        let score: f32 = seq.next_element()?.ok_or_else(|| missing("score"))?;
        let end = u32::try_from(self.0.blob.len()).map_err(serde::de::Error::custom)?;
        self.0.ends.push(end);
        self.0.scores.push(score);
        Ok(())
    }
}

/// A string, appended to the blob.
struct Text<'p>(&'p mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Text<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a piece's text")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
