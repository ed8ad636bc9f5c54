//! Self-attention within one text.

use super::{
    float::{exp, max},
    isa::per_isa,
};

/// Sizes of one attention.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    /// How many.
    pub count: usize,
    /// Columns of each.
    pub width: usize,
}

/// Room that every text of a batch uses again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// One head's keys, by column and then token, so that all scores of a token are computed side by side.
    keys: Vec<f32>,
    /// One token's attention to all others.
    scores: Vec<f32>,
}

/// Tokens are padded to whole vectors; what lies in the padding never reaches a sum.
const LANES: usize = 16;

per_isa! {
    /// `qkv` has a row of queries, keys and values per token; `context` gets one of the hidden size.
    pub(super) fn attend(qkv: &[f32], heads: Heads, context: &mut [f32], scratch: &mut Scratch) = attend_all
}

/// Nearly every BERT has heads of 32 or 64 columns; a known width lets loops become straight code.
#[inline(always)]
fn attend_all(qkv: &[f32], heads: Heads, context: &mut [f32], scratch: &mut Scratch) {
    let count = heads.count;
    match heads.width {
        32 => attend_heads(qkv, Heads { count, width: 32 }, context, scratch),
        64 => attend_heads(qkv, Heads { count, width: 64 }, context, scratch),
        width => attend_heads(qkv, Heads { count, width }, context, scratch),
    }
}

#[inline(always)]
fn attend_heads(qkv: &[f32], heads: Heads, context: &mut [f32], scratch: &mut Scratch) {
    let hidden = heads.count * heads.width;
    let tokens = qkv.len() / (3 * hidden);
    let padded = tokens.next_multiple_of(LANES);
    scratch.keys.clear();
    scratch.keys.resize(heads.width * padded, 0.0);
    scratch.scores.resize(padded, 0.0);
    let factor = 1.0 / (heads.width as f32).sqrt();
    for head in 0..heads.count {
        let column = head * heads.width;
        for (token, row) in qkv.chunks_exact(3 * hidden).enumerate() {
            let keys = &row[hidden + column..hidden + column + heads.width];
            for (index, key) in keys.iter().enumerate() {
                scratch.keys[index * padded + token] = *key;
            }
        }
        for (row, out) in qkv
            .chunks_exact(3 * hidden)
            .zip(context.chunks_exact_mut(hidden))
        {
            let query = &row[column..column + heads.width];
            score(query, &scratch.keys, factor, &mut scratch.scores);
            softmax(&mut scratch.scores[..tokens]);
            let out = &mut out[column..column + heads.width];
            out.fill(0.0);
            for (row, weight) in qkv.chunks_exact(3 * hidden).zip(&scratch.scores) {
                let values = &row[2 * hidden + column..2 * hidden + column + heads.width];
                out.iter_mut()
                    .zip(values)
                    .for_each(|(out, value)| *out += weight * value);
            }
        }
    }
}

#[inline(always)]
fn score(query: &[f32], keys: &[f32], factor: f32, scores: &mut [f32]) {
    scores.fill(0.0);
    for (query, keys) in query.iter().zip(keys.chunks_exact(scores.len())) {
        let query = query * factor;
        scores
            .iter_mut()
            .zip(keys)
            .for_each(|(score, key)| *score += query * key);
    }
}

#[inline(always)]
fn softmax(scores: &mut [f32]) {
    let largest = max(scores, |score| score);
    let (chunks, rest) = scores.as_chunks_mut::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, score) in lanes.iter_mut().zip(chunk) {
            *score = exp(*score - largest);
            *lane += *score;
        }
    }
    for (lane, score) in lanes.iter_mut().zip(rest) {
        *score = exp(*score - largest);
        *lane += *score;
    }
    let inverse = 1.0 / lanes.iter().sum::<f32>();
    scores.iter_mut().for_each(|score| *score *= inverse);
}
