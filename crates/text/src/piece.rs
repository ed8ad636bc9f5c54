//! A character and where in the original it comes from.

/// One character on its way through the passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) c: char,
    /// Bytes of the original text, from `start` to before `end`.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The characters of a text with their places.
pub(crate) fn pieces(chars: impl Iterator<Item = char>) -> impl Iterator<Item = Piece> {
    let mut at = 0;
    chars.map(move |c| {
        let start = at;
        at += c.len_utf8();
        Piece { c, start, end: at }
    })
}
