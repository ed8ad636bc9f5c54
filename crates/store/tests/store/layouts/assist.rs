//! Counts of proposals and pages of visitors, in an earlier layout.

use kefu_chat::store::SharedStore;
use kefu_types::VisitorId;

use crate::rows::TENANT;

/// What layout 14 adds.
pub(super) async fn counts_and_pages_are_there(store: &SharedStore) {
    let counts = store.assist_counts(TENANT, 20_700).await.expect("readable");
    let seen: Vec<_> = counts
        .iter()
        .map(|it| (it.intent.as_str(), it.proposed, it.taken, it.edited))
        .collect();
    assert_eq!(seen, [("refund", 9, 4, 1)]);
    let pages = store.pages(TENANT, VisitorId(10), 9).await;
    let pages = pages.expect("readable");
    let seen: Vec<_> = pages.iter().map(|it| (it.id, it.title.as_str())).collect();
    assert_eq!(seen, [(95, "鞋")]);
}
