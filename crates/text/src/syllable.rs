//! How a character sounds, for those who type by sound and pick the wrong one.

use std::sync::LazyLock;

/// "syllable characters" lines; the file's head names its source.
const LINES: &str = include_str!("../data/syllables.txt");

const FIRST: u32 = 0x4E00;
const LAST: u32 = 0x9FFF;

/// By code point from [`FIRST`]: the syllable's number, from 1; 0 where none is known.
static TABLE: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let mut table = vec![0; (LAST - FIRST + 1) as usize].into_boxed_slice();
    for (number, (_, characters)) in (1..).zip(lines()) {
        for c in characters.chars() {
            let at = (c as u32).wrapping_sub(FIRST) as usize;
            if let Some(slot) = table.get_mut(at) {
                *slot = number;
            }
        }
    }
    table
});

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = LINES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' '))
}

/// A number for how the simplified character `c` is read in Mandarin, tones aside: 宽 and 款 have
/// the same. `None` for what is no Han character, or a rare one.
#[must_use]
pub fn syllable(c: char) -> Option<u16> {
    let at = (c as u32).wrapping_sub(FIRST) as usize;
    TABLE.get(at).copied().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{lines, syllable};

    #[test]
    fn what_sounds_alike_has_one_number() {
        assert_eq!(syllable('宽'), syllable('款'));
        assert_eq!(syllable('漂'), syllable('票'));
        assert_ne!(syllable('退'), syllable('款'));
        assert_ne!(syllable('女'), syllable('努'), "ü is not u");
        assert_eq!(syllable('a'), None);
        assert_eq!(syllable('😀'), None);
        assert_eq!(syllable('𠀀'), None);
    }

    #[test]
    fn every_character_of_the_file_is_there_once() {
        let all: Vec<char> = lines()
            .flat_map(|(_, characters)| characters.chars())
            .collect();
        assert_eq!(all.len(), 6_763);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|c| syllable(*c).is_some()));
        assert_eq!(lines().count(), 401);
    }
}
