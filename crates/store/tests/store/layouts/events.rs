//! Layout 13.

use kefu_chat::store::SharedStore;
use kefu_proto::v1;
use kefu_types::ConversationId;

use crate::rows::TENANT;

/// What layout 13 adds.
pub(super) async fn are_there(store: &SharedStore) {
    let events = store.events(TENANT, 0, 9).await.expect("readable");
    let facts = events
        .iter()
        .map(|it| (it.id, it.kind(), it.value, it.reason.as_str()));
    let expected = [
        (60, v1::history_event::Kind::Queued, 0, ""),
        (61, v1::history_event::Kind::Status, 3, "会议"),
    ];
    assert_eq!(facts.collect::<Vec<_>>(), expected);
    let head = store.head(TENANT, ConversationId(10)).await;
    let head = head.expect("readable").expect("stored");
    assert_eq!((head.wanted_at_ms, head.replied_at_ms), (70, 0));
}
