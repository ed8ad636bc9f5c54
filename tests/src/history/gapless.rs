//! The least that must hold of every conversation.

use kefu_proto::v1::Message;

/// Sequences are 1, 2, 3 … and no client id stands twice.
///
/// # Panics
/// When they are not.
pub fn assert_gapless(messages: &[Message]) {
    let sequences: Vec<u64> = messages.iter().map(|message| message.seq).collect();
    let expected: Vec<u64> = (1..=messages.len() as u64).collect();
    assert_eq!(
        sequences, expected,
        "the sequence has a gap, a repeat or another order"
    );
    let mut keys: Vec<(i32, u64, &str)> = messages
        .iter()
        .filter(|message| !message.client_id.is_empty())
        .map(|message| {
            (
                message.sender,
                message.sender_id,
                message.client_id.as_str(),
            )
        })
        .collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), all, "a client id is stored twice");
}
