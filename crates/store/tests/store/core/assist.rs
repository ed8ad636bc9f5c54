//! Proposed replies through the core: who is asked, who is told, and that nobody is spoken to.

use std::time::Duration;

use kefu_chat::{AssistStream, CoreError};
use kefu_proto::v1::{self, Sender, act_request::Action, body, link_down, link_up};

use super::{
    talk::text_body,
    world::{Agent, Visitor, World, eventually, settings, up},
};

fn bot(world: &World) -> AssistStream {
    let request = v1::AssistSubscribe {
        bot_id: "b".to_owned(),
    };
    world
        .core
        .subscribe_assist(&request)
        .expect("there is room")
}

/// An admin's session, and a conversation that an agent serves and has open.
async fn looked_at(world: &World) -> (String, Visitor, Agent) {
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    visitor.says("a", "hello").await.expect("accepted");
    let agent = world.agent(&admin, "li", 5).await;
    let claimed = agent.does(visitor.id, Action::Claim).await;
    claimed.expect("claimed");
    let session = agent.token.clone();
    let watch = v1::Watch {
        session: session.clone(),
        conversation_id: visitor.id,
    };
    agent.link.receive(up(link_up::Body::Watch(watch))).await;
    let look = v1::Look {
        session,
        socket_id: 1,
        conversation_id: visitor.id,
    };
    agent.link.receive(up(link_up::Body::Look(look))).await;
    (admin, visitor, agent)
}

fn words(ask: &v1::AssistAsk) -> Vec<&str> {
    let said = ask.messages.iter();
    said.filter_map(|message| match message.body.as_ref()?.kind.as_ref()? {
        body::Kind::Text(text) => Some(text.text.as_str()),
        _ => None,
    })
    .collect()
}

fn answer(ask: &v1::AssistAsk, texts: &[&str]) -> v1::AssistAnswer {
    let proposal = |text: &&str| v1::Proposal {
        intent: format!("intent.{text}"),
        title: "title".to_owned(),
        text: (*text).to_owned(),
        score: 0.5,
    };
    v1::AssistAnswer {
        tenant_id: ask.tenant_id,
        conversation_id: ask.conversation_id,
        number: ask.number,
        catalogue: "v1".to_owned(),
        proposals: texts.iter().map(proposal).collect(),
    }
}

/// What the agent is shown next.
async fn told(agent: &mut Agent) -> v1::Proposals {
    loop {
        let down = agent.events.next().await.expect("the link goes on");
        if let Some(link_down::Body::Proposed(proposed)) = down.body {
            return proposed.proposals.expect("proposals");
        }
    }
}

async fn sends(
    world: &World,
    (token, conversation_id): (&str, u64),
    client_id: &str,
    edited: bool,
) -> Result<v1::Accepted, CoreError> {
    let message = v1::SendMessage {
        conversation_id,
        client_id: client_id.to_owned(),
        body: Some(text_body("sure")),
        assist: Some(v1::AssistTaken {
            intent: "intent.hi".to_owned(),
            catalogue: "v1".to_owned(),
            edited,
        }),
        ..Default::default()
    };
    let request = v1::SendRequest {
        session: token.to_owned(),
        message: Some(message),
        language: String::new(),
    };
    world.core.send(request).await
}

async fn counts(world: &World, admin: &str) -> Vec<v1::AssistCount> {
    let request = v1::AssistCountsRequest {
        session: admin.to_owned(),
        days: 0,
    };
    let counts = world.core.assist_counts(request).await;
    counts.expect("an admin's").counts
}

#[tokio::test]
async fn what_a_bot_proposes_is_shown_to_who_looks_and_said_to_nobody() {
    let mut settings = settings();
    settings.assist.at_once_max = 2;
    let world = World::with(settings).await;
    let mut bot = bot(&world);
    let (_, visitor, mut agent) = looked_at(&world).await;
    let first = bot.next().await.expect("asked");
    assert_eq!(words(&first), ["hello"]);
    visitor.says("b", "are you there").await.expect("accepted");
    let before = visitor.history().await;
    let second = bot.next().await.expect("asked");
    assert_eq!(words(&second), ["hello", "are you there"]);
    // The visitor went on: what answers the first words alone is of no use any more.
    let late = world.core.propose(answer(&first, &["no"])).expect("taken");
    assert!(!late.shown);
    let shown = world
        .core
        .propose(answer(&second, &["hi", "yes"]))
        .expect("taken");
    assert!(shown.shown);
    let proposals = told(&mut agent).await;
    let texts: Vec<&str> = proposals
        .proposals
        .iter()
        .map(|it| it.text.as_str())
        .collect();
    assert_eq!(texts, ["hi", "yes"]);
    let newest = before.last().expect("a message").seq;
    assert_eq!(
        (proposals.conversation_id, proposals.seq),
        (visitor.id, newest)
    );
    assert_eq!(visitor.history().await, before, "nothing was said");
    let by_bot = before.iter().filter(|it| it.sender() == Sender::Bot);
    assert_eq!(by_bot.count(), 0);
}

#[tokio::test]
async fn an_answer_after_the_agent_s_or_after_the_patience_is_forgotten() {
    let world = World::new().await;
    let mut bot = bot(&world);
    let (_, visitor, agent) = looked_at(&world).await;
    let ask = bot.next().await.expect("asked");
    agent.says(visitor.id, "x", "good day").await.expect("sent");
    // What follows a commit runs behind it.
    let shown = eventually(async || {
        let answered = world.core.propose(answer(&ask, &["hi"])).expect("taken");
        (!answered.shown).then_some(false)
    });
    assert!(!shown.await);
    visitor.says("b", "and now").await.expect("accepted");
    let ask = bot.next().await.expect("asked");
    assert_eq!(words(&ask), ["and now"]);
    world.pass(Duration::from_secs(3));
    let late = world.core.propose(answer(&ask, &["hi"])).expect("taken");
    assert!(!late.shown);
}

#[tokio::test]
async fn what_an_agent_takes_is_counted_durably_and_once() {
    let world = World::new().await;
    let mut bot = bot(&world);
    let (admin, visitor, mut agent) = looked_at(&world).await;
    let ask = bot.next().await.expect("asked");
    world.core.propose(answer(&ask, &["hi"])).expect("taken");
    told(&mut agent).await;
    let own = (agent.token.as_str(), visitor.id);
    sends(&world, own, "x", true).await.expect("sent");
    sends(&world, own, "x", true).await.expect("a retry");
    sends(&world, own, "y", false).await.expect("sent");
    let forged = sends(&world, (&visitor.token, visitor.id), "z", false).await;
    assert_eq!(forged.expect_err("refused").code(), "invalid");
    world.pass(Duration::from_secs(11));
    let found = eventually(async || {
        let counts = counts(&world, &admin).await;
        counts.into_iter().find(|count| count.proposed > 0)
    })
    .await;
    assert_eq!(
        (
            found.intent.as_str(),
            found.proposed,
            found.taken,
            found.edited
        ),
        ("intent.hi", 1, 2, 1)
    );
    let seen = visitor.history().await;
    assert!(
        seen.iter().all(|it| it.trace.is_none()),
        "visitors see no trace"
    );
    let request = v1::AssistCountsRequest {
        session: agent.token.clone(),
        days: 0,
    };
    let refused = world.core.assist_counts(request).await;
    assert_eq!(refused.expect_err("not an admin").code(), "forbidden");
    let request = v1::AssistCountsRequest {
        session: admin.clone(),
        days: 1_000,
    };
    let refused = world.core.assist_counts(request).await;
    assert_eq!(refused.expect_err("too many days").code(), "invalid");
}

#[tokio::test]
async fn people_talk_on_whatever_the_bot_does_with_what_it_is_asked() {
    let world = World::new().await;
    // It takes one ask, and never answers any.
    let mut bot = bot(&world);
    let (_, visitor, agent) = looked_at(&world).await;
    bot.next().await.expect("asked");
    let before = visitor.history().await.len();
    for n in 0..20 {
        let said = visitor.says(&format!("v{n}"), "still there").await;
        said.expect("accepted");
        let said = agent.says(visitor.id, &format!("a{n}"), "yes").await;
        said.expect("accepted");
    }
    drop(bot);
    visitor.says("last", "thanks").await.expect("accepted");
    assert_eq!(visitor.history().await.len(), before + 41);
}

#[tokio::test]
async fn a_page_is_kept_without_secrets_and_told_to_who_looks() {
    let world = World::new().await;
    world.core.ensure_tenant("other").await.expect("another");
    let (_, visitor, mut agent) = looked_at(&world).await;
    let see = async |session: &str, url: &str| {
        let page = v1::PageSeen {
            url: url.to_owned(),
            title: "鞋\n子".to_owned(),
            referrer: "javascript:alert(1)".to_owned(),
            ..v1::PageSeen::default()
        };
        let request = v1::SeePageRequest {
            session: session.to_owned(),
            page: Some(page),
        };
        world.core.see_page(request).await
    };
    let address = "https://li:pw@shop.example/a?token=abc#top";
    let kept = see(&visitor.token, address).await.expect("kept");
    assert!(kept.kept);
    let trail = loop {
        let down = agent.events.next().await.expect("the link goes on");
        if let Some(link_down::Body::Trail(changed)) = down.body {
            break changed.trail.expect("pages");
        }
    };
    let page = trail.pages.first().expect("a page");
    assert_eq!(
        (
            page.url.as_str(),
            page.title.as_str(),
            page.referrer.as_str()
        ),
        ("https://shop.example/a?token=…", "鞋 子", "")
    );
    let again = see(&visitor.token, address).await.expect("answered");
    assert!(!again.kept, "the same page");
    let no_page = see(&visitor.token, "about:blank").await;
    assert_eq!(no_page.expect_err("refused").code(), "invalid");
    let by_agent = see(&agent.token, address).await;
    assert_eq!(by_agent.expect_err("refused").code(), "forbidden");
    let trail = async |session: &str, conversation_id: u64| {
        let request = v1::GetTrailRequest {
            session: session.to_owned(),
            conversation_id,
        };
        world.core.get_trail(request).await
    };
    let own = trail(&agent.token, visitor.id).await.expect("a user's");
    assert_eq!(own.pages.len(), 1);
    let refused = trail(&visitor.token, visitor.id).await;
    assert_eq!(refused.expect_err("a visitor").code(), "forbidden");
    let theirs = world.visitor_of("other").await;
    let foreign = trail(&agent.token, theirs.id).await;
    assert_eq!(foreign.expect_err("another tenant's").code(), "not_found");
}
