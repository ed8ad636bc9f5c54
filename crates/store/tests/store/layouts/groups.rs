//! What the layouts of groups added.

use std::sync::Arc;

use kefu_chat::{
    Member,
    store::{Change, GroupGuard, Outcome, SharedStore},
};
use kefu_dialog::Phase;
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, GroupId};

use crate::rows::{TENANT, says};

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

/// What layout 17 makes quick: one of the group is owned, so there is no room for another.
pub(super) async fn what_is_owned_of_a_group_is_counted(store: &SharedStore) {
    let head = store.head(TENANT, ConversationId(10)).await;
    let head = head.expect("readable").expect("stored");
    let mut advance = says(&head, "", "x", 17);
    let mut owned = (*advance.head).clone();
    owned.state.phase = Phase::Serving;
    owned.agent = Some(AgentId(9));
    owned.group = GroupId(91);
    advance.head = Arc::new(owned);
    advance.key = None;
    advance.room = Some(GroupGuard {
        groups: [GroupId(91)].into(),
        capacity: 1,
    });
    let outcomes = store.apply(&[Change::Advance(advance)]).await;
    assert_eq!(outcomes, Ok(vec![Outcome::GroupFull]));
}
