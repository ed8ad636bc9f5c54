//! What a visitor is writing, through the core: while whom, and for whom.

use kefu_chat::ChatSettings;
use kefu_proto::v1::{self, Role, act_request::Action, link_down, link_up};

use super::world::{Agent, Visitor, World, settings, up};

fn on() -> ChatSettings {
    let mut settings = settings();
    settings.assist.preview = true;
    settings
}

/// The agent has the conversation open.
async fn looks(agent: &Agent, visitor: &Visitor) {
    let watch = v1::Watch {
        session: agent.token.clone(),
        conversation_id: visitor.id,
    };
    agent.link.receive(up(link_up::Body::Watch(watch))).await;
    let look = v1::Look {
        session: agent.token.clone(),
        socket_id: 1,
        conversation_id: visitor.id,
    };
    agent.link.receive(up(link_up::Body::Look(look))).await;
}

/// The visitor is writing, and then sends something under this client id: whatever came of the one is on
/// every link before the other.
async fn types(edge: &Agent, visitor: &Visitor, client_id: &str, text: &str) {
    let text = v1::TypingText {
        conversation_id: visitor.id,
        text: text.to_owned(),
    };
    let typed = v1::TypingTextUp {
        session: visitor.token.clone(),
        text: Some(text),
    };
    edge.link
        .receive(up(link_up::Body::TypingText(typed)))
        .await;
    visitor.says(client_id, "done").await.expect("accepted");
}

/// What this agent is told that the visitor is writing, up to the message with this client id.
async fn read_along(agent: &mut Agent, client_id: &str) -> Option<String> {
    let mut seen = None;
    loop {
        let down = agent.events.next().await.expect("the link goes on");
        match down.body {
            Some(link_down::Body::TypingText(changed)) => {
                assert_eq!(changed.socket_ids, [1], "the sockets that look");
                seen = changed.text.map(|text| text.text);
            }
            Some(link_down::Body::Appended(appended))
                if appended.messages.iter().any(|it| it.client_id == client_id) =>
            {
                return seen;
            }
            _ => {}
        }
    }
}

/// A visitor whom `li` serves and has open.
async fn served(world: &World) -> (String, Visitor, Agent) {
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    let agent = world.agent(&admin, "li", 5).await;
    let claimed = agent.does(visitor.id, Action::Claim).await;
    claimed.expect("claimed");
    looks(&agent, &visitor).await;
    (admin, visitor, agent)
}

#[tokio::test]
async fn it_is_shown_only_where_that_is_switched_on() {
    let world = World::new().await;
    let (_, visitor, mut agent) = served(&world).await;
    types(&agent, &visitor, "a", "my secret").await;
    assert_eq!(read_along(&mut agent, "a").await, None, "off by default");

    let mut settings = on();
    settings.assist.preview_chars_max = 3;
    let world = World::with(settings).await;
    let (_, visitor, mut agent) = served(&world).await;
    types(&agent, &visitor, "a", "退货吗？").await;
    let seen = read_along(&mut agent, "a").await;
    assert_eq!(seen.as_deref(), Some("退货吗"));
    let said = visitor.history().await;
    let kept = said
        .iter()
        .filter(|it| format!("{it:?}").contains("退货吗"));
    assert_eq!(kept.count(), 0, "nothing of it is stored");
}

#[tokio::test]
async fn it_is_for_who_serves_and_for_who_oversees_them() {
    let world = World::with(on()).await;
    let (admin, visitor, mut owner) = served(&world).await;
    let mut colleague = world.agent(&admin, "wu", 5).await;
    let boss = world.user(&admin, "boss", Role::Supervisor, 1).await.id;
    let mut boss = world.at_work("boss", boss).await;
    let mut away = world.agent(&admin, "an", 5).await;
    looks(&colleague, &visitor).await;
    looks(&boss, &visitor).await;
    types(&away, &visitor, "a", "退货").await;
    for (reader, expected) in [
        (&mut owner, Some("退货")),
        (&mut colleague, None),
        (&mut boss, Some("退货")),
        (&mut away, None),
    ] {
        let seen = read_along(reader, "a").await;
        assert_eq!(seen.as_deref(), expected, "{}", reader.id);
    }
    // Who gave it away reads along no more, and who has it now does.
    let given = owner.gives_to(visitor.id, colleague.id).await;
    given.expect("the owner may");
    types(&away, &visitor, "b", "换货").await;
    for (reader, expected) in [
        (&mut owner, None),
        (&mut colleague, Some("换货")),
        (&mut boss, Some("换货")),
    ] {
        let seen = read_along(reader, "b").await;
        assert_eq!(seen.as_deref(), expected, "{}", reader.id);
    }
}

#[tokio::test]
async fn it_is_shown_only_while_somebody_serves() {
    let world = World::with(on()).await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    let mut agent = world.agent(&admin, "li", 5).await;
    looks(&agent, &visitor).await;
    types(&agent, &visitor, "bot", "给机器人").await;
    assert_eq!(read_along(&mut agent, "bot").await, None);
    agent.is(v1::AgentStatus::Busy).await;
    visitor.does(Action::RequestHuman).await.expect("they may");
    types(&agent, &visitor, "queued", "排队").await;
    assert_eq!(read_along(&mut agent, "queued").await, None);
    let claimed = agent.does(visitor.id, Action::Claim).await;
    claimed.expect("claimed");
    types(&agent, &visitor, "served", "人工").await;
    let seen = read_along(&mut agent, "served").await;
    assert_eq!(seen.as_deref(), Some("人工"));
    let ended = agent.does(visitor.id, Action::End).await;
    ended.expect("the owner may");
    types(&agent, &visitor, "tidied", "还有").await;
    assert_eq!(read_along(&mut agent, "tidied").await, None);
    // One more word, and the talk goes on.
    types(&agent, &visitor, "again", "再问").await;
    let seen = read_along(&mut agent, "again").await;
    assert_eq!(seen.as_deref(), Some("再问"));
}

#[tokio::test]
async fn nobody_else_says_what_a_visitor_is_writing() {
    let world = World::with(on()).await;
    let (_, visitor, mut agent) = served(&world).await;
    let other = world.visitor().await;
    for session in [agent.token.clone(), other.token.clone(), String::new()] {
        let text = v1::TypingText {
            conversation_id: visitor.id,
            text: "forged".to_owned(),
        };
        let typed = v1::TypingTextUp {
            session,
            text: Some(text),
        };
        agent
            .link
            .receive(up(link_up::Body::TypingText(typed)))
            .await;
    }
    visitor.says("a", "done").await.expect("accepted");
    assert_eq!(read_along(&mut agent, "a").await, None);
}
