//! `Range` of one piece (RFC 9110, section 14). Several pieces at once are not served: the whole is.

use std::ops::Range;

/// What of `bytes` bytes is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All of it.
    Whole,
    /// A piece that is there.
    Piece(Range<u64>),
    /// Nothing that is there.
    Nothing,
}

pub(crate) fn asked(header: Option<&str>, bytes: u64) -> Asked {
    let spec = header.and_then(|header| header.trim().strip_prefix("bytes="));
    let Some((first, last)) = spec.and_then(|spec| spec.split_once('-')) else {
        return Asked::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    let range = match (number(first), number(last)) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(bytes),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..bytes,
        (Err(_), Ok(end)) if first.trim().is_empty() => bytes.saturating_sub(end)..bytes,
        _ => return Asked::Whole,
    };
    if range.is_empty() {
        return Asked::Nothing;
    }
    Asked::Piece(range)
}

#[cfg(test)]
mod tests {
    use super::{Asked, asked};

    #[test]
    fn one_piece_is_served_and_nonsense_is_the_whole() {
        for (header, expected) in [
            ("bytes=0-3", Asked::Piece(0..4)),
            ("bytes=7-", Asked::Piece(7..10)),
            ("bytes=-2", Asked::Piece(8..10)),
            ("bytes=-99", Asked::Piece(0..10)),
            ("bytes=9-18446744073709551615", Asked::Piece(9..10)),
            ("bytes=10-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=3-2", Asked::Whole),
            ("bytes=0-1,4-5", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("lines=0-1", Asked::Whole),
        ] {
            assert_eq!(asked(Some(header), 10), expected, "{header}");
        }
        assert_eq!(asked(None, 10), Asked::Whole);
        assert_eq!(asked(Some("bytes=0-"), 0), Asked::Nothing);
    }
}
