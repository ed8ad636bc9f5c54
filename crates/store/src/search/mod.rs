//! Terms as the databases hold them.
//!
//! What is a term is decided by [`kefu_text::search`]. Here each gets its tenant in front, always
//! [`KEY_CHARS`] long, so that one tenant's terms and another's are different strings: no query
//! can cross, whatever else goes wrong. Before the terms of each text of a message stands a mark
//! with its conversation: it answers "only in this conversation" from the index alone, and keeps
//! a phrase from going from one text into the next.
//!
//! Keys and terms are letters and digits, the mark's sign is a private one that no term has:
//! nothing needs escaping, and nothing that people type can be an operator.

mod fts;
mod piece;
mod vector;

use kefu_chat::{searched, store::StoreError};
use kefu_proto::v1;
use kefu_text::{
    normalize,
    search::{Phrase, Query, terms},
};
use kefu_types::{ConversationId, TenantId};

use crate::rows::MESSAGE;

pub(crate) use fts::{fts_document, fts_query};
pub(crate) use piece::Piece;
pub(crate) use vector::{vector_document, vector_query};

/// Characters of a tenant's key: 13 digits to the base of 32 are 65 bits.
const KEY_CHARS: u32 = 13;
/// Begins a mark; of Unicode's private use, and no letter.
const MARK: char = '\u{E000}';

/// Why a store that does not index does not search.
pub(crate) fn is_off() -> StoreError {
    StoreError::Rejected("search is off: nothing is indexed".to_owned())
}

/// The columns of a message, of the table that is called `alias`.
pub(crate) fn message_columns(alias: &str) -> String {
    let columns = MESSAGE
        .split(", ")
        .map(|column| format!("{alias}.{column}"));
    columns.collect::<Vec<_>>().join(", ")
}

/// A number in digits that sort, that are letters to every tokenizer, and that have no case.
fn digits(number: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let digit = |place: u32| {
        let digit = number.checked_shr(5 * place).unwrap_or(0) & 31;
        usize::try_from(digit)
            .ok()
            .and_then(|digit| DIGITS.get(digit))
    };
    let places = (0..KEY_CHARS).rev();
    places
        .filter_map(digit)
        .map(|digit| char::from(*digit))
        .collect()
}

/// A tenant's key.
fn key(tenant: TenantId) -> String {
    digits(tenant.0)
}

fn mark(key: &str, conversation: ConversationId) -> String {
    format!("{key}{MARK}{}", digits(conversation.0))
}

/// All that a message must have to be found, each in the database's own words: its conversation's
/// mark, and every phrase. None for a query that asks for nothing.
fn conditions(
    (tenant, query): (TenantId, &Query),
    conversation: Option<ConversationId>,
    in_words: impl Fn(&str) -> String,
    phrase_in_words: impl Fn(&str, &Phrase) -> String,
) -> Option<Vec<String>> {
    if query.is_empty() {
        return None;
    }
    let key = key(tenant);
    let place = conversation.map(|id| in_words(&mark(&key, id)));
    let phrases = query.phrases().iter();
    let phrases = phrases.map(|phrase| phrase_in_words(&key, phrase));
    Some(place.into_iter().chain(phrases).collect())
}

/// Everything that is indexed of a message, in order; false when it has nothing to be found by.
fn each(tenant: TenantId, message: &v1::Message, mut put: impl FnMut(&str, &str)) -> bool {
    let key = key(tenant);
    let mark = mark("", ConversationId(message.conversation_id));
    let mut any = false;
    for text in searched(message) {
        let normal = normalize(text);
        put(&key, &mark);
        for term in terms(&normal) {
            put(&key, term.text);
            any = true;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::{KEY_CHARS, digits};

    #[test]
    fn keys_have_one_width_and_tell_all_numbers_apart() {
        let numbers = [0, 1, 31, 32, 1 << 40, u64::MAX >> 1, u64::MAX];
        let keys = numbers.map(digits);
        assert!(keys.iter().all(|key| key.len() == KEY_CHARS as usize));
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        assert_eq!(keys[2], "000000000000v");
        assert_eq!(keys[6], "fvvvvvvvvvvvv");
    }
}
