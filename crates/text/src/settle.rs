//! One pass: case, traditional characters, signs, spaces and repetitions.

use std::collections::VecDeque;

use crate::{
    class::{Class, class, counts_when_repeated, is_han, is_word},
    piece::Piece,
    simplified::simplify,
};

/// A letter that stands oftener than this in a row is drawn out, not spelt so.
const SPELT_MAX: usize = 2;

/// The pieces of `inner` folded; see [`crate::normalize`] for what that means.
pub(crate) struct Settle<I> {
    inner: I,
    /// The run that still grows.
    run: Option<Run>,
    /// What separates words after the run, as one space.
    space: Option<Piece>,
    out: VecDeque<Piece>,
}

/// The same letter several times in a row.
#[derive(Clone, Copy)]
struct Run {
    first: Piece,
    count: usize,
    /// Where the second one begins.
    second: usize,
    end: usize,
    /// A letter or digit of the same word stands right before it.
    inside: bool,
}

impl<I: Iterator<Item = Piece>> Settle<I> {
    pub(crate) fn new(inner: I) -> Self {
        Self {
            inner,
            run: None,
            space: None,
            out: VecDeque::new(),
        }
    }

    fn take(&mut self, piece: Piece) {
        let c = narrow(piece.c);
        if c.is_ascii() || is_han(c) {
            self.feed(Piece {
                c: simplify(c.to_ascii_lowercase()),
                ..piece
            });
        } else {
            c.to_lowercase()
                .for_each(|c| self.feed(Piece { c, ..piece }));
        }
    }

    fn feed(&mut self, piece: Piece) {
        match class(piece.c) {
            Class::Drop => {}
            Class::Space => {
                let start = self.space.map_or(piece.start, |space| space.start);
                self.space = Some(Piece {
                    c: ' ',
                    start,
                    ..piece
                });
            }
            Class::Keep => self.keep(piece),
        }
    }

    fn keep(&mut self, piece: Piece) {
        let c = piece.c;
        let space = self.space.take();
        let mut inside = false;
        if let Some(run) = &mut self.run {
            let last = run.first.c;
            let apart = space.filter(|_| !is_han(last) && !is_han(c));
            if last == c && apart.is_none() && !counts_when_repeated(c) {
                if run.count == 1 {
                    run.second = piece.start;
                }
                run.count += 1;
                run.end = piece.end;
                return;
            }
            inside = space.is_none() && is_word(last);
            self.release(space.is_none() && is_word(c));
            self.out.extend(apart);
        }
        self.run = Some(Run {
            first: piece,
            count: 1,
            second: 0,
            end: piece.end,
            inside,
        });
    }

    /// Puts out the run; `joined` when its word goes on after it.
    fn release(&mut self, joined: bool) {
        let Some(Run {
            first,
            count,
            second,
            end,
            inside,
        }) = self.run.take()
        else {
            return;
        };
        // pleeease is please, but XXX and 哈哈哈 by themselves are no drawn-out x and 哈.
        let drawn_out = count > SPELT_MAX && first.c.is_lowercase() && (inside || joined);
        if count == 1 || drawn_out {
            self.out.push_back(Piece { end, ..first });
        } else {
            self.out.push_back(first);
            self.out.push_back(Piece {
                c: first.c,
                start: second,
                end,
            });
        }
    }
}

impl<I: Iterator<Item = Piece>> Iterator for Settle<I> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        while self.out.is_empty() {
            let Some(piece) = self.inner.next() else {
                self.release(false);
                break;
            };
            self.take(piece);
        }
        self.out.pop_front()
    }
}

/// Full-width ASCII becomes ASCII, so that plain texts need no decomposition tables.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}
