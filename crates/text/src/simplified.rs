//! Traditional to simplified, one character at a time. Good for matching, not for reading:
//! which simplified form is right can depend on the word, but both sides get the same one here.

use std::sync::LazyLock;

/// "Traditional, simplified" pairs; the file's head names its source.
const PAIRS: &str = include_str!("../data/simplified.txt");

const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9FFF;

/// By code point from [`FIRST`]; zero where nothing changes. All pairs are in the basic plane.
static TABLE: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let mut table = vec![0; (LAST - FIRST + 1) as usize].into_boxed_slice();
    for (from, to) in pairs() {
        let slot = (from as u32)
            .checked_sub(FIRST)
            .and_then(|at| table.get_mut(at as usize));
        if let (Some(slot), Ok(to)) = (slot, u16::try_from(to as u32)) {
            *slot = to;
        }
    }
    table
});

fn pairs() -> impl Iterator<Item = (char, char)> {
    let lines = PAIRS.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).filter_map(|pair| {
        let mut chars = pair.chars();
        Some((chars.next()?, chars.next()?))
    })
}

/// The simplified form of `c`, or `c`. By itself: which form is right can depend on the word.
#[must_use]
pub fn simplify(c: char) -> char {
    let at = (c as u32).wrapping_sub(FIRST) as usize;
    match TABLE.get(at) {
        Some(&to) if to != 0 => char::from_u32(u32::from(to)).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, LAST, pairs, simplify};

    #[test]
    fn every_pair_of_the_file_reaches_the_table() {
        assert!(pairs().count() > 2_800);
        for (from, to) in pairs() {
            assert!(
                (FIRST..=LAST).contains(&(from as u32)),
                "{from} is outside of the table"
            );
            assert_eq!(simplify(from), to);
        }
    }

    #[test]
    fn a_simplified_form_is_never_simplified_again() {
        for (_, to) in pairs() {
            assert_eq!(simplify(to), to);
        }
    }

    #[test]
    fn others_stay() {
        assert_eq!(
            [
                simplify('a'),
                simplify('退'),
                simplify('😀'),
                simplify('\0')
            ],
            ['a', '退', '😀', '\0']
        );
    }
}
