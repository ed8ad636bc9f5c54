//! Messages left, as layout 12 has them.

use kefu_chat::store::{LeftAt, SharedStore};
use kefu_proto::v1;

use crate::rows::TENANT;

/// What layout 12 adds.
pub(super) async fn messages_left_are_there(store: &SharedStore) {
    let left = store.left(TENANT, LeftAt::Id(95)).await;
    let left = left.expect("readable").expect("stored");
    let facts = (left.seq, left.group_id, left.state(), left.version);
    assert_eq!(facts, (1, 91, v1::LeftState::Taken, 2));
    assert_eq!((left.name.as_str(), left.phone.as_str()), ("Li", "138"));
    let groups = store.groups(Some(TENANT)).await.expect("readable");
    let calendars: Vec<_> = groups.iter().map(|group| group.calendar.as_str()).collect();
    assert_eq!(calendars, ["", "night"]);
}
