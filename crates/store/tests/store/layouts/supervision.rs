//! What groups promise, in an earlier layout.

use kefu_chat::store::SharedStore;
use kefu_types::ConversationId;

use crate::rows::TENANT;

/// What layout 16 adds.
pub(super) async fn promises_are_there(store: &SharedStore) {
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
}
