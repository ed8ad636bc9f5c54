//! A SentencePiece `precompiled_charsmap`: the normalisation table as `tokenizer.json` carries it.
//!
//! Layout: u32 bytes of the trie, the trie (a Darts double array of u32 units over UTF-8 bytes),
//! then replacements, each ended by a NUL; a leaf holds its replacement's offset. The unit format is
//! that of Darts-clone: label in bits 0 to 7, "has a leaf" in bit 8, offset from bit 10, and the top
//! bit marks a value.

use std::collections::{BTreeMap, HashSet};

/// A trie's node: children by byte, and the value if a key ends here.
#[derive(Default)]
struct Node {
    children: BTreeMap<u8, Node>,
    value: Option<u32>,
}

/// The table for `entries`, each a character and what stands for it.
pub fn build(entries: &[(char, String)]) -> Vec<u8> {
    let mut root = Node::default();
    let mut replacements = Vec::new();
    for (from, to) in entries {
        let offset = replacements.len() as u32;
        replacements.extend_from_slice(to.as_bytes());
        replacements.push(0);
        let mut node = &mut root;
        for byte in from.encode_utf8(&mut [0; 4]).bytes() {
            node = node.children.entry(byte).or_default();
        }
        node.value = Some(offset);
    }
    let mut array = DoubleArray {
        units: vec![0],
        taken: vec![true],
        bases: HashSet::new(),
    };
    array.place(&root, 0);
    // A reader may look at any label of the last base.
    array.reserve(array.units.len() | 0xff);
    let mut table = Vec::with_capacity(4 + 4 * array.units.len() + replacements.len());
    table.extend_from_slice(&(4 * array.units.len() as u32).to_le_bytes());
    table.extend(array.units.iter().flat_map(|unit| unit.to_le_bytes()));
    table.extend_from_slice(&replacements);
    table
}

struct DoubleArray {
    units: Vec<u32>,
    taken: Vec<bool>,
    /// Two nodes on one base would find each other's children.
    bases: HashSet<usize>,
}

impl DoubleArray {
    fn reserve(&mut self, last: usize) {
        if last >= self.units.len() {
            self.units.resize(last + 1, 0);
            self.taken.resize(last + 1, false);
        }
    }

    /// Lays out what is below `node`, which sits at `at`.
    fn place(&mut self, node: &Node, at: usize) {
        let mut labels: Vec<u8> = node.children.keys().copied().collect();
        labels.extend(node.value.map(|_| 0));
        let base = self.free_base(&labels);
        self.units[at] |= (((at ^ base) as u32) << 10) | (u32::from(node.value.is_some()) << 8);
        if let Some(value) = node.value {
            self.units[base] = value | (1 << 31);
        }
        for (&label, child) in &node.children {
            let position = base ^ usize::from(label);
            self.units[position] = u32::from(label);
            self.place(child, position);
        }
    }

    /// Takes the first base under which every label's unit is free.
    fn free_base(&mut self, labels: &[u8]) -> usize {
        let mut base = 1;
        loop {
            self.reserve(base | 0xff);
            let fits = labels
                .iter()
                .all(|&label| !self.taken[base ^ usize::from(label)]);
            if fits && self.bases.insert(base) {
                break;
            }
            base += 1;
        }
        for &label in labels {
            self.taken[base ^ usize::from(label)] = true;
        }
        base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks the table as a reader does.
    fn replacement(table: &[u8], key: char) -> Option<String> {
        let trie_bytes = u32::from_le_bytes(table[..4].try_into().unwrap()) as usize;
        let unit =
            |at: usize| u32::from_le_bytes(table[4 + 4 * at..8 + 4 * at].try_into().unwrap());
        let mut position = (unit(0) >> 10) as usize;
        for byte in key.encode_utf8(&mut [0; 4]).bytes() {
            position ^= usize::from(byte);
            let found = unit(position);
            if found & 0x8000_00ff != u32::from(byte) {
                return None;
            }
            position ^= (found >> 10) as usize;
            if found & 0x100 != 0 {
                let text = &table[4 + trie_bytes + (unit(position) & 0x7fff_ffff) as usize..];
                let end = text.iter().position(|&byte| byte == 0).unwrap();
                return Some(String::from_utf8(text[..end].to_vec()).unwrap());
            }
        }
        None
    }

    #[test]
    fn every_entry_is_found_and_nothing_else() {
        let entries: Vec<(char, String)> = ('\u{1}'..'\u{3000}')
            .step_by(3)
            .map(|from| {
                (
                    from,
                    if from < '\u{20}' {
                        String::new()
                    } else {
                        format!("<{}>", u32::from(from))
                    },
                )
            })
            .collect();
        let table = build(&entries);
        for character in '\u{1}'..'\u{3000}' {
            let expected = entries
                .binary_search_by_key(&character, |entry| entry.0)
                .ok();
            assert_eq!(
                replacement(&table, character),
                expected.map(|at| entries[at].1.clone()),
                "{character:?}"
            );
        }
    }
}
