//! Groups in the core: who serves them, who is asked, where conversations go.

use std::time::Duration;

use kefu_chat::CoreError;
use kefu_dialog::Understanding;
use kefu_proto::v1::{self, GroupStrategy, act_request::Action};

use super::world::{Visitor, World, answer, eventually, get, is_applied};

pub(super) fn named(key: &str, members: &[u64]) -> v1::Group {
    let members = members.iter().map(|agent| v1::GroupMember {
        agent_id: *agent,
        level: 1,
    });
    v1::Group {
        key: key.to_owned(),
        name: key.to_owned(),
        strategy: GroupStrategy::LeastLoaded.into(),
        members: members.collect(),
        ..Default::default()
    }
}

pub(super) async fn create(
    world: &World,
    admin: &str,
    group: v1::Group,
) -> Result<v1::Group, CoreError> {
    let request = v1::CreateGroupRequest {
        session: admin.to_owned(),
        group: Some(group),
    };
    world.core.create_group(request).await
}

pub(super) async fn update(
    world: &World,
    admin: &str,
    group: v1::Group,
) -> Result<v1::Group, CoreError> {
    let request = v1::UpdateGroupRequest {
        session: admin.to_owned(),
        group: Some(group),
    };
    world.core.update_group(request).await
}

pub(super) async fn list(world: &World, session: &str) -> v1::Groups {
    let request = v1::ListGroupsRequest {
        session: session.to_owned(),
    };
    world.core.list_groups(request).await.expect("they may")
}

/// A visitor whom the bot handed to this group.
pub(super) async fn handed_to(world: &World, group: &str) -> Visitor {
    let mut bot = world.bot(1);
    let visitor = world.visitor().await;
    visitor.says("m", "退货").await.expect("stored");
    let turn = bot.next().await.expect("a turn");
    let wants = Understanding::Human {
        reason: "退货".to_owned(),
    };
    let commit = v1::CommitTurn {
        handoff_reason: "退货".to_owned(),
        handoff_group: group.to_owned(),
        ..answer(&turn, wants, "好的")
    };
    assert!(is_applied(&world.core, commit).await);
    visitor
}

/// How the workspace sees it.
async fn seen(world: &World, admin: &str, visitor: &Visitor) -> v1::Conversation {
    get(&world.core, admin, visitor.id).await.expect("they may")
}

pub(super) async fn transfer(
    world: &World,
    token: &str,
    id: u64,
    group: Option<u64>,
) -> Result<v1::Conversation, CoreError> {
    let request = v1::ActRequest {
        session: token.to_owned(),
        conversation_id: id,
        action: Action::Transfer.into(),
        group_id: group,
        ..Default::default()
    };
    world.core.act(request).await
}

#[tokio::test]
async fn without_groups_everybody_serves_the_one_that_is_always_there() {
    let world = World::new().await;
    let admin = world.admin().await;
    let groups = list(&world, &admin).await.groups;
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].id, groups[0].key.as_str()), (0, "default"));
    let agent = world.agent(&admin, "li", 1).await;
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("they may");
    let served = visitor.reaches(v1::Phase::Serving).await;
    assert_eq!((served.agent_id, served.group_id), (agent.id, 0));
}

#[tokio::test]
async fn a_hand_off_that_names_a_group_waits_for_its_agents_over_a_restart() {
    let world = World::new().await;
    let admin = world.admin().await;
    let other = world.agent(&admin, "wu", 5).await;
    let id = world.user(&admin, "li", v1::Role::Agent, 5).await.id;
    let group = create(&world, &admin, named("returns", &[id])).await;
    let group = group.expect("an admin may");
    let visitor = handed_to(&world, "returns").await;
    let waiting = seen(&world, &admin, &visitor).await;
    assert_eq!(
        (waiting.phase(), waiting.group_id),
        (v1::Phase::Queued, group.id)
    );
    assert_eq!(waiting.queue_position, 1);
    assert_eq!(visitor.sees().await.group_id, 0, "visitors are not told");
    // Who is not of the group is given what is not.
    let lost = handed_to(&world, "nobody-knows-this").await;
    let served = lost.reaches(v1::Phase::Serving).await;
    assert_eq!(served.agent_id, other.id);
    assert_eq!(
        seen(&world, &admin, &visitor).await.phase(),
        v1::Phase::Queued
    );
    let token = visitor.token.clone();
    let (visitor_id, world) = (visitor.id, world.restart().await);
    let agent = world.at_work("li", id).await;
    let served = eventually(async || {
        let now = get(&world.core, &token, visitor_id).await;
        now.ok().filter(|now| now.phase() == v1::Phase::Serving)
    });
    assert_eq!(served.await.agent_id, agent.id);
}

#[tokio::test]
async fn who_helps_comes_after_the_wait_that_was_set() {
    let world = World::new().await;
    let admin = world.admin().await;
    let group = v1::Group {
        overflow_group_id: Some(0),
        overflow_after_s: 30,
        ..named("returns", &[])
    };
    create(&world, &admin, group).await.expect("an admin may");
    let agent = world.agent(&admin, "li", 5).await;
    let visitor = handed_to(&world, "returns").await;
    world.pass(Duration::from_secs(29));
    assert_eq!(visitor.sees().await.phase(), v1::Phase::Queued);
    world.pass(Duration::from_secs(1));
    let served = visitor.reaches(v1::Phase::Serving).await;
    assert_eq!(served.agent_id, agent.id);
}

#[tokio::test]
async fn what_is_handed_to_a_group_leaves_its_agent_and_waits_in_that_line() {
    let world = World::new().await;
    let admin = world.admin().await;
    let (li, wu) = (
        world.agent(&admin, "li", 5).await,
        world.agent(&admin, "wu", 0).await,
    );
    let group = create(&world, &admin, named("returns", &[wu.id])).await;
    let group = group.expect("an admin may");
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("they may");
    visitor.reaches(v1::Phase::Serving).await;
    let stolen = transfer(&world, &wu.token, visitor.id, Some(group.id)).await;
    assert_eq!(stolen.expect_err("not theirs").code(), "conflict");
    let nowhere = transfer(&world, &li.token, visitor.id, Some(999)).await;
    assert_eq!(nowhere.expect_err("no such group").code(), "not_found");
    let moved = transfer(&world, &li.token, visitor.id, Some(group.id)).await;
    let moved = moved.expect("the owner may");
    assert_eq!(
        (moved.phase(), moved.group_id),
        (v1::Phase::Queued, group.id)
    );
    assert_eq!(li.load().await, 0);
    // A supervisor moves what waits; it keeps its ticket. An agent does not.
    let own = transfer(&world, &li.token, visitor.id, Some(0)).await;
    assert_eq!(own.expect_err("it waits").code(), "forbidden");
    transfer(&world, &admin, visitor.id, Some(0))
        .await
        .expect("an admin may");
    let served = visitor.reaches(v1::Phase::Serving).await;
    assert_eq!(served.agent_id, li.id);
}

#[tokio::test]
async fn a_group_that_is_disabled_gives_its_line_to_the_default_one() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 5).await;
    let group = create(&world, &admin, named("returns", &[])).await;
    let group = group.expect("an admin may");
    let visitor = handed_to(&world, "returns").await;
    let disabled = v1::Group {
        disabled: true,
        ..group.clone()
    };
    update(&world, &admin, disabled.clone())
        .await
        .expect("an admin may");
    let served = visitor.reaches(v1::Phase::Serving).await;
    assert_eq!(served.agent_id, agent.id);
    assert_eq!(list(&world, &agent.token).await.groups.len(), 1);
    assert_eq!(list(&world, &admin).await.groups.len(), 2);
    let stale = update(&world, &admin, disabled).await;
    assert_eq!(stale.expect_err("read before").code(), "conflict");
    let default = v1::Group {
        disabled: true,
        ..list(&world, &admin).await.groups[0].clone()
    };
    let refused = update(&world, &admin, default).await;
    assert_eq!(refused.expect_err("it stays").code(), "invalid");
}

#[tokio::test]
async fn what_is_no_group_is_refused_with_the_reason() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 5).await;
    let good = named("a", &[agent.id]);
    let wrong = [
        v1::Group {
            key: "A b".to_owned(),
            ..good.clone()
        },
        v1::Group {
            name: String::new(),
            ..good.clone()
        },
        v1::Group {
            strategy: 0,
            ..good.clone()
        },
        v1::Group {
            members: named("a", &[999]).members,
            ..good.clone()
        },
        v1::Group {
            members: named("a", &[agent.id, agent.id]).members,
            ..good.clone()
        },
        v1::Group {
            members: vec![v1::GroupMember {
                agent_id: agent.id,
                level: 10,
            }],
            ..good.clone()
        },
        v1::Group {
            overflow_group_id: Some(999),
            ..good.clone()
        },
    ];
    for group in wrong {
        let refused = create(&world, &admin, group.clone()).await;
        assert!(
            matches!(
                refused.as_ref().map_err(CoreError::code),
                Err("invalid" | "not_found")
            ),
            "{group:?}: {refused:?}"
        );
    }
    let own = create(&world, &agent.token, good.clone()).await;
    assert_eq!(own.expect_err("no admin").code(), "forbidden");
    create(&world, &admin, good.clone())
        .await
        .expect("it is good");
    let again = create(&world, &admin, good).await;
    assert_eq!(again.expect_err("the key exists").code(), "conflict");
}

#[tokio::test]
async fn who_was_lost_and_is_back_gets_their_own_visitor_again() {
    let world = World::new().await;
    let admin = world.admin().await;
    let li = world.agent(&admin, "li", 5).await;
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("they may");
    visitor.reaches(v1::Phase::Serving).await;
    let id = li.id;
    drop(li);
    // Time goes on: that the line is cut is noticed at some moment, and what did not come true is
    // tried again after a while.
    let reaches = async |phase: v1::Phase, step: Duration| {
        eventually(async || {
            world.pass(step);
            Some(visitor.sees().await).filter(|seen| seen.phase() == phase)
        })
        .await
    };
    reaches(v1::Phase::Queued, Duration::from_secs(180)).await;
    let li = world.at_work("li", id).await;
    let served = reaches(v1::Phase::Serving, Duration::from_secs(1)).await;
    assert_eq!(served.agent_id, li.id);
}

#[tokio::test]
async fn groups_of_one_tenant_are_nothing_in_another() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 5).await;
    create(&world, &admin, named("returns", &[agent.id]))
        .await
        .expect("an admin may");
    let other = world.core.ensure_tenant("other").await.expect("a tenant");
    let visitor = world.visitor_of("other").await;
    let mut bot = world.bot(1);
    visitor.says("m", "退货").await.expect("stored");
    let turn = bot.next().await.expect("a turn");
    assert_eq!(turn.tenant_id, other.0);
    let wants = Understanding::Human {
        reason: "退货".to_owned(),
    };
    let commit = v1::CommitTurn {
        handoff_reason: "退货".to_owned(),
        handoff_group: "returns".to_owned(),
        ..answer(&turn, wants, "好的")
    };
    assert!(is_applied(&world.core, commit).await);
    world.pass(Duration::from_secs(1));
    let waiting = visitor.sees().await;
    assert_eq!(
        (waiting.phase(), waiting.queue_position),
        (v1::Phase::Queued, 1)
    );
    assert_eq!(agent.load().await, 0);
}
