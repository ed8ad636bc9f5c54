//! Tags and names through the core: who may, and who is told.

use kefu_chat::CoreError;
use kefu_proto::v1::{self, link_down, link_up};

use super::{
    recalls::served,
    world::{World, up},
};

async fn change(
    world: &World,
    (token, conversation_id): (&str, u64),
    add: &[&str],
    remove: &[&str],
) -> Result<Vec<String>, CoreError> {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    let request = v1::ChangeTagsRequest {
        session: token.to_owned(),
        conversation_id,
        add: owned(add),
        remove: owned(remove),
    };
    world.core.change_tags(request).await.map(|tags| tags.tags)
}

async fn tags(world: &World, (token, id): (&str, u64)) -> Result<Vec<String>, CoreError> {
    let request = v1::GetTagsRequest {
        session: token.to_owned(),
        conversation_id: id,
    };
    world.core.get_tags(request).await.map(|tags| tags.tags)
}

async fn rename(
    world: &World,
    (token, conversation_id): (&str, u64),
    name: &str,
) -> Result<v1::Conversation, CoreError> {
    let request = v1::RenameVisitorRequest {
        session: token.to_owned(),
        conversation_id,
        name: name.to_owned(),
    };
    world.core.rename_visitor(request).await
}

fn code<T: std::fmt::Debug>(result: Result<T, CoreError>) -> &'static str {
    result.expect_err("it is refused").code()
}

#[tokio::test]
async fn tags_are_for_users_of_the_tenant_and_told_to_who_looks() {
    let world = World::new().await;
    world.core.ensure_tenant("other").await.expect("another");
    let (visitor, mut agent) = served(&world).await;
    let theirs = world.visitor_of("other").await;
    let token = agent.token.clone();
    let who = (token.as_str(), visitor.id);
    let watch = v1::Watch {
        session: token.clone(),
        conversation_id: visitor.id,
    };
    agent.link.receive(up(link_up::Body::Watch(watch))).await;
    let now = change(&world, who, &[" VIP ", "投诉"], &[]).await;
    assert_eq!(now.expect("theirs"), ["vip", "投诉"]);
    let told = loop {
        let down = agent.events.next().await.expect("the link goes on");
        if let Some(link_down::Body::Tags(changed)) = down.body {
            break changed.tags.expect("tags");
        }
    };
    assert_eq!(told.tags, ["vip", "投诉"]);
    for (what, add, refusal) in [
        ("empty", " ", "invalid"),
        ("a comma", "a,b", "invalid"),
        ("a line break", "a\nb", "invalid"),
        ("too long", &"长".repeat(25), "too_large"),
    ] {
        assert_eq!(
            code(change(&world, who, &[add], &[]).await),
            refusal,
            "{what}"
        );
    }
    let many: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(code(change(&world, who, &many, &[]).await), "too_large");
    let request = v1::ListTagsRequest {
        session: token.clone(),
        prefix: "V".to_owned(),
    };
    let names = world.core.list_tags(request).await.expect("a user's").names;
    assert_eq!(names, ["vip"]);

    let own = (visitor.token.as_str(), visitor.id);
    assert_eq!(code(change(&world, own, &["x"], &[]).await), "forbidden");
    assert_eq!(code(tags(&world, own).await), "forbidden");
    let session = visitor.token.clone();
    let request = v1::ListTagsRequest {
        session,
        ..v1::ListTagsRequest::default()
    };
    assert_eq!(code(world.core.list_tags(request).await), "forbidden");
    let foreign = (token.as_str(), theirs.id);
    assert_eq!(
        code(change(&world, foreign, &["x"], &[]).await),
        "not_found"
    );
    assert_eq!(code(tags(&world, foreign).await), "not_found");

    let id = visitor.id;
    drop((visitor, agent, theirs));
    let world = world.restart().await;
    let kept = tags(&world, (&token, id)).await;
    assert_eq!(kept.expect("readable"), ["vip", "投诉"], "durable");
}

#[tokio::test]
async fn a_visitor_is_called_what_their_agent_says() {
    let world = World::new().await;
    let (visitor, agent) = served(&world).await;
    let named = rename(&world, (&agent.token, visitor.id), " 陈女士 ").await;
    assert_eq!(named.expect("their agent").visitor_name, "陈女士");
    let admin = world.login("root", super::world::PASSWORD).await;
    let admin = admin.expect("the first admin");
    let other = world.agent(&admin, "wu", 1).await;
    let not_theirs = rename(&world, (&other.token, visitor.id), "x").await;
    assert_eq!(code(not_theirs), "conflict");
    let own = rename(&world, (&visitor.token, visitor.id), "x").await;
    assert_eq!(code(own), "forbidden");
    let long = "长".repeat(65);
    let too_long = rename(&world, (&agent.token, visitor.id), &long).await;
    assert_eq!(code(too_long), "too_large");
    let nobody = rename(&world, (&admin, visitor.id), "").await;
    assert_eq!(nobody.expect("an admin may").visitor_name, "");
    // Words of the visitor go on as before.
    visitor.says("m2", "还在吗").await.expect("accepted");
}
