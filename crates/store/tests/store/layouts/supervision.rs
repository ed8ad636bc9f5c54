//! What groups promise, and words that were found, in an earlier layout.

use kefu_chat::store::{AlertAsk, SharedStore};
use kefu_types::ConversationId;

use crate::rows::TENANT;

/// What layout 16 adds.
pub(super) async fn promises_and_alerts_are_there(store: &SharedStore) {
    let groups = store.groups(Some(TENANT)).await.expect("readable");
    let promises = groups
        .iter()
        .map(|group| (group.first_reply_s, group.resolution_minutes));
    assert_eq!(
        promises.collect::<Vec<_>>(),
        [(None, None), (Some(45), Some(0))]
    );
    let head = store.head(TENANT, ConversationId(10)).await;
    let head = head.expect("readable").expect("stored");
    let due = (head.reply_due_at_ms, head.resolution_due_at_ms);
    assert_eq!(due, (115, 0));
    let ask = AlertAsk {
        tenant: TENANT,
        seen: Some(true),
        before: u64::MAX,
        limit: 9,
    };
    let alerts = store.word_alerts(ask).await.expect("readable");
    let facts = alerts.iter().map(|alert| {
        let rule = alert.hits.first().map(|hit| hit.rule.as_str());
        let seen = alert.seen.first().map(|seen| seen.agent_id);
        (alert.id, alert.seq, rule, seen)
    });
    assert_eq!(facts.collect::<Vec<_>>(), [(96, 1, Some("曝光"), Some(7))]);
}
