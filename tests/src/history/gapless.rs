//! The least that must hold of every conversation.

use kefu_proto::v1::Message;
use serde_json::Value;

use crate::Api;

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

/// All messages of a conversation, as they are told over HTTP.
///
/// # Panics
/// When they are not.
pub async fn history(api: &Api, conversation: u64) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let path = format!(
            "/api/v1/conversations/{conversation}/messages?after_seq={}&limit=100",
            all.len()
        );
        let (status, page) = api.get(&path).await.expect("an answer");
        assert_eq!(status, 200, "{page}");
        let page = page["messages"].as_array().cloned().unwrap_or_default();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}
