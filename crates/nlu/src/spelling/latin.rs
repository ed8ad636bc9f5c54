//! Words in Latin letters: one letter too many, too few, wrong, or two out of turn.

use std::collections::HashMap;

/// Shorter words are one letter from too many others.
const LETTERS_MIN: usize = 4;
/// Longer ones are no words.
const LETTERS_MAX: usize = 24;
/// How often the catalogue must have the word.
const COUNT_MIN: u32 = 2;
/// How much oftener it must have it than the next that is as near.
const LEAD_MIN: u32 = 3;

/// Counts of words, and the frequent ones by what is left of them without any one letter
/// (deletion neighbourhoods, after Mor and Fraenkel 1982).
#[derive(Debug, Default)]
pub(super) struct Latin {
    words: HashMap<String, u32>,
    nearly: HashMap<String, Vec<String>>,
}

impl Latin {
    pub(super) fn learn(&mut self, text: &str) {
        for (_, word) in words(text) {
            let word = word.replace(['\'', '’'], "").to_ascii_lowercase();
            *self.words.entry(word).or_default() += 1;
        }
    }

    /// To be called after the last text.
    pub(super) fn index(&mut self) {
        let mut frequent: Vec<&String> = self
            .words
            .iter()
            .filter(|(word, count)| is_word(word) && **count >= COUNT_MIN)
            .map(|(word, _)| word)
            .collect();
        frequent.sort_unstable();
        for word in frequent {
            for part in shortened(word) {
                self.nearly.entry(part).or_default().push(word.clone());
            }
        }
    }

    /// `None` where nothing is doubted; words that are `known` never are.
    pub(super) fn correct(&self, text: &str, known: &dyn Fn(&str) -> bool) -> Option<String> {
        let mut corrected = String::new();
        let mut done = 0;
        for (at, word) in words(text) {
            if let Some(better) = self.better(word, known) {
                corrected.push_str(&text[done..at]);
                corrected.push_str(better);
                done = at + word.len();
            }
        }
        (done > 0).then(|| corrected + &text[done..])
    }

    fn better(&self, word: &str, known: &dyn Fn(&str) -> bool) -> Option<&str> {
        let word = word.to_ascii_lowercase();
        if !is_word(&word) || self.words.contains_key(&word) {
            return None;
        }
        let parts = shortened(&word);
        let mut near: Vec<(u32, &str)> = parts
            .iter()
            .filter_map(|part| self.nearly.get(part))
            .flatten()
            .filter(|other| one_off(word.as_bytes(), other.as_bytes()))
            .map(|other| {
                (
                    self.words.get(other).copied().unwrap_or_default(),
                    other.as_str(),
                )
            })
            .collect();
        near.sort_unstable_by(|a, b| b.cmp(a));
        near.dedup();
        let guess = match near[..] {
            [(_, only)] => Some(only),
            [(count, first), (next, _), ..] if count >= LEAD_MIN * next => Some(first),
            _ => None,
        };
        guess.filter(|_| !known(&word))
    }
}

fn is_word(word: &str) -> bool {
    let letters = word.bytes().all(|byte| byte.is_ascii_alphabetic());
    letters && (LETTERS_MIN..=LETTERS_MAX).contains(&word.len())
}

/// Runs of letters, digits and apostrophes outside of Chinese, with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let joins = |c: char| (c.is_alphanumeric() && !kefu_text::is_han(c)) || matches!(c, '\'' | '’');
    let mut next = 0;
    let pieces = text.split_inclusive(move |c| !joins(c)).map(move |piece| {
        let at = next;
        next += piece.len();
        (at, piece.trim_end_matches(|c| !joins(c)))
    });
    pieces.filter(|(_, word)| !word.is_empty())
}

/// The word, and the word without each of its letters.
fn shortened(word: &str) -> Vec<String> {
    let without = |at: usize| format!("{}{}", &word[..at], &word[at + 1..]);
    let mut parts: Vec<String> = (0..word.len()).map(without).collect();
    parts.push(word.to_owned());
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// Whether one letter added, left out or changed, or two neighbours exchanged, make `b` of `a`.
fn one_off(a: &[u8], b: &[u8]) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([_, rest @ ..], _) if rest == b => true,
        (_, [_, rest @ ..]) if rest == a => true,
        ([x, y, a @ ..], [z, w, b @ ..]) if (x, y) == (w, z) && a == b => true,
        ([_, a @ ..], [_, b @ ..]) => a == b,
        _ => false,
    }
}
