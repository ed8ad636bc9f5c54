//! What the layout of groups added.

use kefu_chat::{Member, store::SharedStore};
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, GroupId};

use crate::rows::TENANT;

/// What layout 9 adds.
pub(super) async fn groups_are_there(store: &SharedStore) {
    let groups = store.groups(Some(TENANT)).await.expect("readable");
    let seen: Vec<_> = groups
        .iter()
        .map(|group| (group.id.0, group.key.as_str(), group.overflow))
        .collect();
    assert_eq!(
        seen,
        [(0, "default", None), (91, "sales", Some(GroupId(0)))]
    );
    let member = Member {
        agent: AgentId(7),
        level: 2,
    };
    assert_eq!(groups[1].members, [member]);
    assert_eq!(groups[1].strategy, v1::GroupStrategy::SkillLevel);
    let head = store.head(TENANT, ConversationId(16)).await;
    let head = head.expect("readable").expect("stored");
    assert_eq!(
        (head.group, head.last_agent),
        (GroupId(91), Some(AgentId(7)))
    );
    let user = store.user(TENANT, AgentId(7)).await;
    let user = user.expect("readable").expect("stored");
    assert_eq!(
        (user.away_reason.as_str(), user.manual_accept),
        ("用餐", true)
    );
}
