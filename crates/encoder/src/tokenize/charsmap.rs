//! A SentencePiece `precompiled_charsmap`: what each character becomes before tokenising.
//!
//! Layout: u32 bytes of the trie, the trie (a Darts-clone double array of u32 units over UTF-8
//! bytes), then replacements, each ended by a NUL; a leaf's value is its replacement's offset.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The table, ready to look up.
#[derive(Debug)]
pub(super) struct Charsmap {
    units: Vec<u32>,
    replacements: String,
}

impl Charsmap {
    /// Decodes the base64 of `tokenizer.json`; `None` if it is no such table.
    pub fn decode(base64: &str) -> Option<Self> {
        let bytes = STANDARD.decode(base64).ok()?;
        let (length, rest) = bytes.split_first_chunk()?;
        let (trie, replacements) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let units: Vec<u32> = trie
            .as_chunks()
            .0
            .iter()
            .map(|unit| u32::from_le_bytes(*unit))
            .collect();
        let replacements = String::from_utf8(replacements.to_vec()).ok()?;
        (!units.is_empty()).then_some(Self {
            units,
            replacements,
        })
    }

    /// Appends `text`, each longest known run of characters replaced, to `out`.
    pub fn apply(&self, text: &str, out: &mut String) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (taken, replacement) = self
                .longest(rest.as_bytes())
                .unwrap_or((first.len_utf8(), None));
            out.push_str(replacement.unwrap_or(&rest[..taken]));
            rest = &rest[taken..];
        }
    }

    /// The length of the longest key that `text` starts with, and what stands for it.
    fn longest(&self, text: &[u8]) -> Option<(usize, Option<&str>)> {
        let mut found = None;
        let mut at = offset(self.units[0]);
        for (index, &byte) in text.iter().enumerate() {
            at ^= usize::from(byte);
            let Some(&unit) = self.units.get(at) else {
                break;
            };
            if byte == 0 || unit & 0x8000_00ff != u32::from(byte) {
                break;
            }
            at ^= offset(unit);
            if unit & 0x100 != 0 {
                let value = self
                    .units
                    .get(at)
                    .map_or(u32::MAX, |leaf| leaf & 0x7fff_ffff);
                let replacement = self
                    .replacements
                    .get(value as usize..)
                    .and_then(|tail| tail.split('\0').next());
                found = Some((index + 1, replacement));
            }
        }
        found
    }
}

const fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & 0x200) >> 6)) as usize
}
