//! Chinese: the wrong character of the right sound.

use std::collections::HashMap;

use kefu_text::{is_han, simplify, syllable};

/// How often the catalogue must have the pair that a guess makes with a neighbour.
const PAIRS_MIN: u32 = 4;
/// The same where the guess's other neighbour never stood beside it: half a word proves less.
const HALF_PAIRS_MIN: u32 = 12;
/// The least gain in log probability.
const GAIN_MIN: f64 = 5.0;
/// One character in so many may be wrong.
const CHARS_PER_GUESS: usize = 6;

/// Counts of characters and of pairs of neighbours.
#[derive(Debug, Default)]
pub(super) struct Han {
    singles: HashMap<char, u32>,
    pairs: HashMap<(char, char), u32>,
    /// Characters by sound.
    alike: HashMap<u16, Vec<char>>,
    total: u32,
}

/// Where a run of Han characters ends.
const EDGE: char = '\0';

fn plain(c: char) -> char {
    if is_han(c) { simplify(c) } else { EDGE }
}

impl Han {
    pub(super) fn learn(&mut self, text: &str) {
        let mut before = EDGE;
        for c in text.chars().map(plain).chain([EDGE]) {
            if c != EDGE || before != EDGE {
                *self.pairs.entry((before, c)).or_default() += 1;
                let count = self.singles.entry(c).or_default();
                *count += 1;
                self.total += 1;
                if let (1, Some(sound)) = (*count, syllable(c)) {
                    self.alike.entry(sound).or_default().push(c);
                }
            }
            before = c;
        }
    }

    /// `None` where nothing is doubted.
    pub(super) fn correct(&self, text: &str) -> Option<String> {
        let mut typed: Vec<char> = text.chars().collect();
        // With an edge at both ends, so that every character has neighbours.
        let inner = typed.iter().copied().map(plain);
        let mut read: Vec<char> = std::iter::once(EDGE).chain(inner).chain([EDGE]).collect();
        let mut changed = false;
        for _ in 0..(typed.len() / CHARS_PER_GUESS).max(1) {
            let guesses = (1..=typed.len()).filter_map(|at| self.guess(&read, at));
            let Some((_, at, better)) = guesses.max_by(|a, b| a.0.total_cmp(&b.0)) else {
                break;
            };
            read[at] = better;
            typed[at - 1] = better;
            changed = true;
        }
        changed.then(|| typed.into_iter().collect())
    }

    /// (gain, place, character) of the best guess for the character at `at`.
    fn guess(&self, read: &[char], at: usize) -> Option<(f64, usize, char)> {
        let &[a, c, b] = read.get(at - 1..=at + 1)? else {
            return None;
        };
        let known = |a: char, b: char| a != EDGE && b != EDGE && self.count(a, b) > 0;
        if c == EDGE || known(a, c) || known(c, b) {
            return None;
        }
        let likelihood = |c| self.log(a, c) + self.log(c, b);
        let said = |c| {
            let pair = |a, b| (a != EDGE && b != EDGE).then(|| self.count(a, b));
            match (pair(a, c), pair(c, b)) {
                (Some(0), Some(other)) | (Some(other), Some(0)) => other >= HALF_PAIRS_MIN,
                (Some(left), Some(right)) => left.max(right) >= PAIRS_MIN,
                (Some(one), None) | (None, Some(one)) => one >= PAIRS_MIN,
                (None, None) => false,
            }
        };
        let alike = self.alike.get(&syllable(c)?)?.iter().copied();
        let gains = alike
            .filter(|&other| other != c && said(other))
            .map(|other| (likelihood(other) - likelihood(c), at, other))
            .filter(|guess| guess.0 > GAIN_MIN);
        gains.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    fn count(&self, a: char, b: char) -> u32 {
        self.pairs.get(&(a, b)).copied().unwrap_or_default()
    }

    /// That `b` follows `a`: from the pairs, backed by how frequent `b` is (Dirichlet, weight 2).
    fn log(&self, a: char, b: char) -> f64 {
        let single = |c| f64::from(self.singles.get(&c).copied().unwrap_or_default());
        let share = (single(b) + 0.1) / (f64::from(self.total) + 1.0);
        ((f64::from(self.count(a, b)) + 2.0 * share) / (single(a) + 2.0)).ln()
    }
}
