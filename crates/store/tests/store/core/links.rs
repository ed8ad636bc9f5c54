use kefu_chat::{ChatSettings, Limits, LinkEvents};
use kefu_proto::v1::{self, act_request::Action, link_down, link_up};

use super::world::{PATIENCE, World, eventually, settings, up};

async fn until<T>(events: &mut LinkEvents, wanted: impl Fn(link_down::Body) -> Option<T>) -> T {
    let search = async {
        loop {
            let body = events
                .next()
                .await
                .expect("the link goes on")
                .body
                .expect("a body");
            if let Some(found) = wanted(body) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .expect("the event comes")
}

fn watch(session: &str, conversation_id: u64) -> v1::LinkUp {
    up(link_up::Body::Watch(v1::Watch {
        session: session.to_owned(),
        conversation_id,
    }))
}

#[tokio::test]
async fn a_watch_is_answered_by_the_head_and_then_misses_nothing() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    visitor.says("a", "一").await.expect("accepted");
    let (link, mut events) = world.core.open_link().expect("there is room");
    link.receive(watch(&visitor.token, visitor.id)).await;
    let head = until(&mut events, |body| match body {
        link_down::Body::Changed(changed) => changed.conversation,
        _ => None,
    })
    .await;
    assert_eq!(head.last_seq, 1);
    for n in 2..=20 {
        visitor
            .says(&format!("m{n}"), "再")
            .await
            .expect("accepted");
    }
    let mut seqs = Vec::new();
    while seqs.last() != Some(&20) {
        let appended = until(&mut events, |body| match body {
            link_down::Body::Appended(appended) => Some(appended),
            _ => None,
        });
        seqs.extend(appended.await.messages.iter().map(|message| message.seq));
    }
    assert!(seqs.into_iter().eq(2..=20), "in order, each once");
}

#[tokio::test]
async fn a_watch_of_what_is_not_theirs_is_refused_and_hears_nothing() {
    let world = World::new().await;
    let (visitor, stranger) = (world.visitor().await, world.visitor().await);
    let (link, mut events) = world.core.open_link().expect("there is room");
    for session in [stranger.token.as_str(), "forged"] {
        link.receive(watch(session, visitor.id)).await;
        let refused = until(&mut events, |body| match body {
            link_down::Body::Refused(refused) => Some(refused),
            _ => None,
        });
        assert_eq!(refused.await.conversation_id, visitor.id);
    }
    visitor.says("a", "秘密").await.expect("accepted");
    stranger.says("b", "x").await.expect("accepted");
    link.receive(watch(&stranger.token, stranger.id)).await;
    let first = until(&mut events, Some).await;
    assert!(
        matches!(first, link_down::Body::Changed(_)),
        "nothing of the other one came before"
    );
}

#[tokio::test]
async fn a_workspace_makes_an_agent_online_and_hears_the_whole_tenant() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut agent = world.agent(&admin, "li", 1).await;
    let online = until(&mut agent.events, |body| match body {
        link_down::Body::Agent(changed) => changed.agent,
        _ => None,
    })
    .await;
    assert!(online.online);
    let visitor = world.visitor().await;
    visitor.says("a", "你好").await.expect("accepted");
    let appended = until(&mut agent.events, |body| match body {
        link_down::Body::Appended(appended) => Some(appended),
        _ => None,
    })
    .await;
    assert_eq!(appended.messages[0].conversation_id, visitor.id);
    let unwatch = v1::UnwatchWorkspace { socket_id: 1 };
    agent
        .link
        .receive(up(link_up::Body::UnwatchWorkspace(unwatch)))
        .await;
    let listed = world
        .core
        .list_agents(v1::ListAgentsRequest { session: admin })
        .await
        .expect("listed");
    assert!(listed.users.iter().all(|user| !user.online));
}

#[tokio::test]
async fn a_waiting_visitor_hears_of_every_new_place() {
    let world = World::new().await;
    let (first, second) = (world.visitor().await, world.visitor().await);
    first
        .does(Action::RequestHuman)
        .await
        .expect("a visitor may");
    second
        .does(Action::RequestHuman)
        .await
        .expect("a visitor may");
    let (link, mut events) = world.core.open_link().expect("there is room");
    link.receive(watch(&second.token, second.id)).await;
    first.does(Action::LeaveQueue).await.expect("a visitor may");
    let place = eventually(async || {
        world.pass(std::time::Duration::from_secs(1));
        Some(second.sees().await.queue_position).filter(|place| *place == 1)
    })
    .await;
    let heard = until(&mut events, |body| match body {
        link_down::Body::Changed(changed) => changed
            .conversation
            .map(|head| head.queue_position)
            .filter(|heard| *heard == place),
        _ => None,
    });
    heard.await;
}

#[tokio::test]
async fn an_edge_that_does_not_read_is_told_that_it_lags_and_nobody_waits_for_it() {
    let limits = Limits {
        link_events_max: 8,
        ..Limits::default()
    };
    let world = World::with(ChatSettings {
        limits,
        ..settings()
    })
    .await;
    let visitor = world.visitor().await;
    let (link, mut events) = world.core.open_link().expect("there is room");
    link.receive(watch(&visitor.token, visitor.id)).await;
    for n in 0..50 {
        visitor
            .says(&format!("m{n}"), "x")
            .await
            .expect("a slow edge stops nobody");
    }
    until(&mut events, |body| {
        matches!(body, link_down::Body::Lagged(_)).then_some(())
    })
    .await;
    visitor.says("after", "x").await.expect("accepted");
    // What was acknowledged before may still be on its way: an acknowledgement waits for no edge.
    let mut seqs = Vec::new();
    while seqs.last() != Some(&51) {
        let appended = until(&mut events, |body| match body {
            link_down::Body::Appended(appended) => Some(appended),
            _ => None,
        });
        seqs.extend(appended.await.messages.iter().map(|message| message.seq));
    }
    let first = seqs[0];
    assert!(
        seqs.into_iter().eq(first..=51),
        "from here on it is whole again"
    );
}

#[tokio::test]
async fn typing_reaches_who_watches_and_is_not_stored() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let (link, mut events) = world.core.open_link().expect("there is room");
    link.receive(watch(&visitor.token, visitor.id)).await;
    let typing = v1::Typing {
        conversation_id: visitor.id,
        sender: v1::Sender::Bot.into(),
        active: true,
    };
    let typing = v1::TypingUp {
        session: visitor.token.clone(),
        typing: Some(typing),
    };
    link.receive(up(link_up::Body::Typing(typing))).await;
    let heard = until(&mut events, |body| match body {
        link_down::Body::Typing(typing) => Some(typing),
        _ => None,
    })
    .await;
    assert_eq!(
        heard.sender(),
        v1::Sender::Visitor,
        "the core says who types, the sender cannot"
    );
    assert!(visitor.history().await.is_empty());
}
