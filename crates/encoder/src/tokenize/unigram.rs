//! The unigram tokenizer of SentencePiece: the most probable way to cut a text into pieces.
//!
//! Kudo 2018, "Subword Regularization" (arXiv 1804.10959): a piece's score is its log-probability, a
//! cut's score is their sum, Viterbi finds the best. A character that is no piece costs the lowest
//! score less ten.

use super::{
    Tokenize,
    document::{Document, Step},
    pieces::{EMPTY, Index, Pieces, grow},
};

/// What SentencePiece takes off the lowest score for a character it does not know.
const UNKNOWN_PENALTY: f32 = 10.0;
/// Stands for a space inside pieces.
const MARK: char = '▁';

/// Vocabulary and what is done to a text before.
pub(crate) struct Unigram {
    steps: Vec<Step>,
    pieces: Pieces,
    index: Index,
    unknown: u32,
    unknown_score: f32,
    fuse_unknown: bool,
    before: Vec<u32>,
    after: Vec<u32>,
}

/// The best way found to reach a byte of the text.
#[derive(Clone, Copy)]
struct Best {
    score: f32,
    from: u32,
    piece: u32,
}

const UNREACHED: Best = Best {
    score: f32::NEG_INFINITY,
    from: 0,
    piece: 0,
};

impl Unigram {
    /// `None` if the document asks for anything that is not done here.
    pub(super) fn from_document(document: Document<'_>, fuse_unknown: bool) -> Option<Self> {
        let steps = document.steps()?;
        let (before, after) = document.specials()?;
        let model = document.model;
        let unknown = model.unk_id?;
        if model.kind != "Unigram" || model.byte_fallback || unknown as usize >= model.vocab.len() {
            return None;
        }
        let pieces = model.vocab;
        let unknown_score = pieces.lowest_score() - UNKNOWN_PENALTY;
        let index = Index::new(&pieces);
        Some(Self {
            steps,
            pieces,
            index,
            unknown,
            unknown_score,
            fuse_unknown,
            before,
            after,
        })
    }

    /// The text as pieces spell it: mapped, spaces marked, a mark in front.
    fn normalise(&self, text: &str) -> String {
        let mut current = text.to_owned();
        for step in &self.steps {
            current = match step {
                Step::Map(map) => {
                    let mut mapped = String::with_capacity(current.len());
                    map.apply(&current, &mut mapped);
                    mapped
                }
                Step::Replace(from, to) => current.replace(from, to),
                Step::CollapseSpaces => collapse(&current),
                Step::SplitWhitespace => current.split_whitespace().collect::<Vec<_>>().join(" "),
            };
        }
        let mut marked = String::with_capacity(current.len() + 8);
        if !current.is_empty() && !current.starts_with([' ', MARK]) {
            marked.push(MARK);
        }
        marked.extend(
            current
                .chars()
                .map(|character| if character == ' ' { MARK } else { character }),
        );
        marked
    }

    /// Fills in, byte by byte, the best way to reach each end of a piece.
    fn viterbi(&self, text: &str) -> Vec<Best> {
        let bytes = text.as_bytes();
        let mut best = vec![UNREACHED; bytes.len() + 1];
        best[0].score = 0.0;
        for (start, first) in text.char_indices() {
            let here = best[start].score;
            let mut hash = EMPTY;
            for (offset, character) in text[start..].char_indices() {
                let end = start + offset + character.len_utf8();
                // Pieces never cross into the next word.
                if end - start > self.index.bytes_max() || (offset > 0 && character == MARK) {
                    break;
                }
                hash = bytes[start + offset..end]
                    .iter()
                    .fold(hash, |hash, &byte| grow(hash, byte));
                let found = self.index.find(hash, &bytes[start..end], &self.pieces);
                if let Some(piece) = found.filter(|&piece| piece != self.unknown) {
                    offer(
                        &mut best[end],
                        here + self.pieces.score(piece),
                        start,
                        piece,
                    );
                }
            }
            offer(
                &mut best[start + first.len_utf8()],
                here + self.unknown_score,
                start,
                self.unknown,
            );
        }
        best
    }

    fn ids(&self, text: &str) -> Vec<u32> {
        let best = self.viterbi(text);
        let mut ids = Vec::new();
        let mut at = text.len();
        while at > 0 {
            let step = best[at];
            if !(self.fuse_unknown
                && step.piece == self.unknown
                && ids.last() == Some(&self.unknown))
            {
                ids.push(step.piece);
            }
            at = step.from as usize;
        }
        ids.reverse();
        ids
    }
}

/// Of two equal ways the first found stays.
fn offer(target: &mut Best, score: f32, from: usize, piece: u32) {
    if score > target.score {
        *target = Best {
            score,
            from: from as u32,
            piece,
        };
    }
}

fn collapse(text: &str) -> String {
    let mut last_was_space = false;
    text.chars()
        .filter(|&character| {
            let repeated = character == ' ' && last_was_space;
            last_was_space = character == ' ';
            !repeated
        })
        .collect()
}

impl Tokenize for Unigram {
    fn encode(&self, text: &str, tokens_max: usize) -> Result<Vec<u32>, String> {
        let mut ids = self.ids(&self.normalise(text));
        ids.truncate(tokens_max.saturating_sub(self.before.len() + self.after.len()));
        Ok([&self.before[..], &ids, &self.after].concat())
    }
}
