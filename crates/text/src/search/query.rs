//! What somebody looks for.

use crate::{
    normalize,
    search::terms::{Term, terms},
};

/// Terms of one query; what goes beyond is not looked for.
pub const QUERY_TERMS_MAX: usize = 256;

/// Terms that must stand next to each other, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// At least one.
    pub terms: Vec<String>,
    /// The last term need only begin so: it is one Han character, and any may follow.
    pub open: bool,
}

/// What somebody looks for: every phrase must be there, in any order. Nothing in the text is an
/// operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    phrases: Vec<Phrase>,
}

impl Query {
    /// A phrase for everything between spaces. At most [`QUERY_TERMS_MAX`] terms in all.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut phrases: Vec<Phrase> = Vec::new();
        let mut left = QUERY_TERMS_MAX;
        for piece in text.split_whitespace() {
            let Some(phrase) = phrase(&normalize(piece), left) else {
                continue;
            };
            // Twice the same asks for no more than once.
            if !phrases.contains(&phrase) {
                left -= phrase.terms.len();
                phrases.push(phrase);
            }
            if left == 0 {
                break;
            }
        }
        Self { phrases }
    }

    /// The phrases, in the order in which they were typed.
    #[must_use]
    pub fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    /// Whether it asks for nothing, as one of punctuation does. It matches nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }
}

/// The phrase of a normalised text; none when there is no term in it.
fn phrase(normal: &str, terms_max: usize) -> Option<Phrase> {
    let mut found: Vec<Term<'_>> = terms(normal).take(terms_max).collect();
    let open = match found.as_slice() {
        // The pair before it says the same, and the run may go on in the text.
        [.., before, last] if last.alone && before.range.end == last.range.end => {
            found.pop();
            false
        }
        [.., last] => last.alone,
        [] => return None,
    };
    Some(Phrase {
        terms: found.iter().map(|term| term.text.to_owned()).collect(),
        open,
    })
}
