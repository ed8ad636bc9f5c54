//! Quotes, recalls, cursors and what was missed, through the core.

use std::{sync::Arc, time::Duration};

use kefu_chat::CoreError;
use kefu_proto::v1::{
    self, BodyKind, act_request::Action, body, link_down, link_up, list_messages_request::View,
};

use super::{
    talk::text_body,
    world::{Agent, Visitor, World, answer, get, is_applied, settings, up},
};

struct Said<'a> {
    client_id: &'a str,
    body: v1::Body,
    quote_seq: u64,
}

async fn send(
    world: &World,
    (token, id): (&str, u64),
    said: Said<'_>,
) -> Result<v1::Accepted, CoreError> {
    let message = v1::SendMessage {
        conversation_id: id,
        client_id: said.client_id.to_owned(),
        body: Some(said.body),
        quote_seq: said.quote_seq,
        ..Default::default()
    };
    let request = v1::SendRequest {
        session: token.to_owned(),
        message: Some(message),
        language: String::new(),
    };
    world.core.send(request).await
}

fn recall_of(seq: u64) -> v1::Body {
    let kind = Some(body::Kind::Recall(v1::Recall { seq }));
    v1::Body { kind }
}

async fn recalls(
    world: &World,
    who: (&str, u64),
    client_id: &str,
    seq: u64,
) -> Result<v1::Accepted, CoreError> {
    let said = Said {
        client_id,
        body: recall_of(seq),
        quote_seq: 0,
    };
    send(world, who, said).await
}

async fn quotes(
    world: &World,
    who: (&str, u64),
    client_id: &str,
    quote_seq: u64,
) -> Result<v1::Accepted, CoreError> {
    let said = Said {
        client_id,
        body: text_body("so"),
        quote_seq,
    };
    send(world, who, said).await
}

async fn marks(
    world: &World,
    token: &str,
    device: &str,
    mark: v1::Mark,
) -> Result<v1::Cursor, CoreError> {
    let request = v1::MarkRequest {
        session: token.to_owned(),
        mark: Some(mark),
        device_id: device.to_owned(),
    };
    world.core.mark(request).await
}

fn upto(conversation_id: u64, delivered_seq: u64, read_seq: u64) -> v1::Mark {
    v1::Mark {
        conversation_id,
        delivered_seq,
        read_seq,
    }
}

async fn missed(
    world: &World,
    token: &str,
    device: &str,
    ask: v1::AskMissed,
) -> Result<v1::MissedPage, CoreError> {
    let request = v1::MissedRequest {
        session: token.to_owned(),
        device_id: device.to_owned(),
        ask: Some(ask),
    };
    world.core.missed(request).await
}

async fn served(world: &World) -> (Visitor, Agent) {
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    visitor.says("hello", "hello").await.expect("accepted");
    let agent = world.agent(&admin, "li", 5).await;
    agent
        .does(visitor.id, Action::Claim)
        .await
        .expect("claimed");
    (visitor, agent)
}

#[tokio::test]
async fn a_recall_hides_the_words_from_everybody_and_is_done_once() {
    let world = World::new().await;
    let (visitor, agent) = served(&world).await;
    let who = (visitor.token.as_str(), visitor.id);
    let sent = visitor
        .says("a", "my card is 1234")
        .await
        .expect("accepted");
    let preview = async || {
        get(&world.core, &agent.token, visitor.id)
            .await
            .expect("theirs")
            .preview
    };
    assert_eq!(preview().await, "my card is 1234");
    let recalled = recalls(&world, who, "r", sent.seq).await.expect("recalled");
    assert_eq!(recalled.seq, sent.seq + 1, "a fact of its own");
    let again = recalls(&world, who, "r", sent.seq).await.expect("a retry");
    assert_eq!((again.seq, again.duplicate), (recalled.seq, true));
    assert_eq!(preview().await, "");
    for token in [&visitor.token, &agent.token] {
        let all = super::talk::history(&world.core, token, visitor.id)
            .await
            .expect("theirs");
        assert!(
            all.iter().zip(1..).all(|(message, seq)| message.seq == seq),
            "no gap"
        );
        let hidden = all
            .iter()
            .find(|message| message.seq == sent.seq)
            .expect("its place");
        assert_eq!((&hidden.body, hidden.recalled_seq), (&None, recalled.seq));
    }
    for (client_id, seq, code) in [
        ("s", sent.seq, "conflict"),
        ("r", sent.seq - 1, "conflict"),
        ("t", recalled.seq, "invalid"),
        ("t", recalled.seq + 1, "invalid"),
        ("t", recalled.seq + 2, "invalid"),
        ("t", 0, "invalid"),
        ("t", u64::MAX, "invalid"),
        // The notice that an agent is here.
        ("t", 2, "invalid"),
    ] {
        let refused = recalls(&world, who, client_id, seq)
            .await
            .expect_err("refused");
        assert_eq!(refused.code(), code, "{client_id} {seq}: {refused}");
    }
    let foreign = recalls(&world, (&agent.token, visitor.id), "t", 1).await;
    assert_eq!(foreign.expect_err("not theirs").code(), "forbidden");
    let quoted = quotes(&world, who, "q", sent.seq).await.expect_err("gone");
    assert_eq!(quoted.code(), "conflict");
    // A retry of the sending is still known.
    assert!(
        visitor
            .says("a", "my card is 1234")
            .await
            .expect("a retry")
            .duplicate
    );
}

#[tokio::test]
async fn a_recall_has_its_time_and_an_agent_may_recall_after_the_talk() {
    let world = World::new().await;
    let (visitor, agent) = served(&world).await;
    let sent = agent
        .says(visitor.id, "a", "wrong window")
        .await
        .expect("accepted");
    agent.does(visitor.id, Action::End).await.expect("ended");
    world.pass(Duration::from_secs(120));
    let who = (agent.token.as_str(), visitor.id);
    let early = recalls(&world, who, "r", sent.seq)
        .await
        .expect("just in time");
    visitor.says("b", "late").await.expect("accepted");
    let late = visitor.history().await.last().expect("stored").seq;
    world.pass(Duration::from_millis(120_001));
    let refused = recalls(&world, (&visitor.token, visitor.id), "r", late).await;
    assert_eq!(refused.expect_err("too late").code(), "forbidden");
    let again = recalls(&world, who, "r", sent.seq)
        .await
        .expect("a retry, however late");
    assert_eq!((again.seq, again.duplicate), (early.seq, true));
}

#[tokio::test]
async fn of_recalls_and_a_quote_at_once_one_order_is_kept() {
    let world = Arc::new(World::new().await);
    let (visitor, _agent) = served(&world).await;
    for round in 0..8 {
        let sent = visitor
            .says(&format!("m{round}"), "x")
            .await
            .expect("accepted");
        let mut tasks = Vec::new();
        for at in 0..6 {
            let (world, token) = (world.clone(), visitor.token.clone());
            let (id, seq) = (visitor.id, sent.seq);
            tasks.push(tokio::spawn(async move {
                let (who, name) = ((token.as_str(), id), format!("r{round}-{at}"));
                if at % 2 == 0 {
                    (true, recalls(&world, who, &name, seq).await)
                } else {
                    (false, quotes(&world, who, &name, seq).await)
                }
            }));
        }
        let (mut recalled, mut quoted) = (Vec::new(), Vec::new());
        for task in tasks {
            match task.await.expect("no panic") {
                (true, Ok(accepted)) => recalled.push(accepted.seq),
                (false, Ok(accepted)) => quoted.push(accepted.seq),
                (_, Err(refused)) => assert_eq!(refused.code(), "conflict", "{refused}"),
            }
        }
        assert_eq!(recalled.len(), 1, "one recall wins");
        assert!(
            quoted.iter().all(|seq| *seq < recalled[0]),
            "a quote comes before or not at all"
        );
    }
}

#[tokio::test]
async fn a_recall_leaves_the_answer_under_way_good_and_an_empty_turn_is_not_answered() {
    use kefu_dialog::Understanding;

    let world = World::new().await;
    let visitor = world.visitor().await;
    let who = (visitor.token.as_str(), visitor.id);
    let mut bot = world.bot(4);
    let asked = visitor.says("a", "one").await.expect("accepted");
    let turn = bot.next().await.expect("a turn");
    recalls(&world, who, "r", asked.seq)
        .await
        .expect("recalled");
    assert!(is_applied(&world.core, answer(&turn, Understanding::Fallback, "hm")).await);
    drop(bot);
    // Nobody has it yet: it is handed out without what was taken back.
    let (one, two) = (
        visitor.says("b", "one").await,
        visitor.says("c", "two").await,
    );
    recalls(&world, who, "rb", one.expect("accepted").seq)
        .await
        .expect("recalled");
    let words =
        |turn: &v1::Turn| -> Vec<u64> { turn.messages.iter().map(|said| said.seq).collect() };
    let two = two.expect("accepted").seq;
    let mut bot = world.bot(4);
    let turn = bot.next().await.expect("a turn");
    assert_eq!(words(&turn), [two]);
    drop(bot);
    recalls(&world, who, "rc", two).await.expect("recalled");
    let world = world.restart().await;
    let mut bot = world.bot(4);
    let turn = bot.next().await.expect("a turn, after a restart, too");
    assert_eq!(words(&turn), [] as [u64; 0]);
    let mut unsaid = answer(&turn, Understanding::Unsaid, "");
    unsaid.messages.clear();
    let before = history(&world, &visitor).await.len();
    assert!(is_applied(&world.core, unsaid).await);
    assert_eq!(
        history(&world, &visitor).await.len(),
        before,
        "nothing is said"
    );
    let next = super::talk::send(&world.core, &visitor.token, visitor.id, "d", "three").await;
    let turn = bot.next().await.expect("a turn");
    assert_eq!(words(&turn), [next.expect("accepted").seq]);
}

async fn history(world: &World, visitor: &Visitor) -> Vec<v1::Message> {
    let all = super::talk::history(&world.core, &visitor.token, visitor.id).await;
    all.expect("theirs")
}

#[tokio::test]
async fn a_quote_names_an_earlier_message_of_somebody_and_is_part_of_a_retry() {
    let world = World::new().await;
    let (visitor, _agent) = served(&world).await;
    let who = (visitor.token.as_str(), visitor.id);
    let quoted = quotes(&world, who, "q", 1).await.expect("accepted");
    let again = quotes(&world, who, "q", 1).await.expect("a retry");
    assert_eq!((again.seq, again.duplicate), (quoted.seq, true));
    for other in [0, 3] {
        let refused = quotes(&world, who, "q", other)
            .await
            .expect_err("another quote");
        assert_eq!(refused.code(), "conflict", "{other}");
    }
    let all = history(&world, &visitor).await;
    assert_eq!(all.last().map(|message| message.quote_seq), Some(1));
    let end = quoted.seq;
    for (seq, what) in [
        (end + 1, "itself"),
        (end + 2, "the future"),
        (u64::MAX, "no number"),
        (2, "a notice"),
    ] {
        let refused = quotes(&world, who, "p", seq).await.expect_err(what);
        assert_eq!(refused.code(), "invalid", "{what}: {refused}");
    }
    let both = Said {
        client_id: "p",
        body: recall_of(1),
        quote_seq: 1,
    };
    let refused = send(&world, who, both)
        .await
        .expect_err("a recall quotes nothing");
    assert_eq!(refused.code(), "invalid");
}

#[tokio::test]
async fn cursors_are_durable_told_to_who_looks_and_never_go_back() {
    let world = World::new().await;
    let (visitor, mut agent) = served(&world).await;
    let id = visitor.id;
    let watch = v1::Watch {
        session: agent.token.clone(),
        conversation_id: id,
    };
    agent.link.receive(up(link_up::Body::Watch(watch))).await;
    let phone = marks(&world, &visitor.token, "phone", upto(0, 2, 1))
        .await
        .expect("marked");
    assert_eq!((phone.delivered_seq, phone.read_seq), (2, 1));
    let cursor = loop {
        match agent.events.next().await.expect("linked").body {
            Some(link_down::Body::Cursor(moved)) => break moved.cursor.expect("a cursor"),
            _ => continue,
        }
    };
    assert_eq!(cursor, phone);
    for (mark, what) in [
        (upto(0, 1, 0), "back"),
        (upto(0, 3, 0), "beyond"),
        (upto(0, 0, u64::MAX), "far beyond"),
    ] {
        let refused = marks(&world, &visitor.token, "phone", mark)
            .await
            .expect_err(what);
        assert_eq!(refused.code(), "invalid", "{what}");
    }
    for device in ["no spaces", "中文", &"x".repeat(65)] {
        let refused = marks(&world, &visitor.token, device, upto(0, 1, 1)).await;
        assert_eq!(refused.expect_err("no id").code(), "invalid", "{device}");
    }
    for (token, other) in [
        (&visitor.token, id + 1),
        (&agent.token, id + 1),
        (&agent.token, 0),
    ] {
        let refused = marks(&world, token, "d", upto(other, 1, 1)).await;
        assert_eq!(refused.expect_err("not theirs").code(), "not_found");
    }
    let same = marks(&world, &visitor.token, "phone", upto(0, 2, 1))
        .await
        .expect("fine");
    assert_eq!(same, phone);
    let unnamed = marks(&world, &visitor.token, "", upto(0, 1, 0))
        .await
        .expect("marked");
    assert_eq!(unnamed, phone, "the farthest of all devices");
    let (visitor, token) = (visitor.token.clone(), agent.token.clone());
    drop(agent);
    let world = world.restart().await;
    let seen = get(&world.core, &token, id).await.expect("theirs");
    assert_eq!(seen.cursors, [phone]);
    let seen = get(&world.core, &visitor, id).await.expect("theirs");
    assert_eq!(seen.cursors, [phone]);
}

#[tokio::test]
async fn one_call_says_what_was_missed() {
    let world = World::with(settings()).await;
    let (visitor, agent) = served(&world).await;
    for n in 0..12 {
        agent
            .says(visitor.id, &format!("a{n}"), "x")
            .await
            .expect("accepted");
    }
    recalls(&world, (&agent.token, visitor.id), "r", 3)
        .await
        .expect("recalled");
    marks(&world, &visitor.token, "phone", upto(0, 2, 0))
        .await
        .expect("marked");
    let ask = v1::AskMissed::default();
    let page = missed(&world, &visitor.token, "phone", ask)
        .await
        .expect("theirs");
    assert_eq!((page.conversations.len(), page.next_after), (1, 0));
    let own = &page.conversations[0];
    // Twelve words, of which one is gone; the notice and the recall are no words.
    assert_eq!((own.delivered_seq, own.read_seq, own.unread), (2, 0, 11));
    let seqs: Vec<u64> = own.messages.iter().map(|message| message.seq).collect();
    assert_eq!(seqs, (3..=12).collect::<Vec<_>>());
    assert_eq!(
        (&own.messages[0].body, own.messages[0].recalled_seq),
        (&None, 15)
    );
    let head = own.conversation.as_ref().expect("a head");
    assert_eq!((head.last_seq, head.preview.as_str()), (15, ""));
    let page = missed(&world, &agent.token, "desk", ask)
        .await
        .expect("theirs");
    assert_eq!(page.conversations[0].unread, 1, "what the visitor said");
    marks(&world, &agent.token, "desk", upto(visitor.id, 0, 15))
        .await
        .expect("marked");
    let page = missed(&world, &agent.token, "desk", ask)
        .await
        .expect("theirs");
    assert_eq!(
        (
            page.conversations[0].unread,
            page.conversations[0].messages.len()
        ),
        (0, 0)
    );
    for limit in [21, 1_000_000_000, u32::MAX] {
        let ask = v1::AskMissed { limit, ..ask };
        let refused = missed(&world, &agent.token, "desk", ask)
            .await
            .expect_err("too many");
        assert_eq!(refused.code(), "invalid");
    }
    let after = v1::AskMissed {
        after: u64::MAX,
        limit: 1,
    };
    let page = missed(&world, &agent.token, "desk", after)
        .await
        .expect("theirs");
    assert_eq!(page, v1::MissedPage::default());
    let refused = missed(&world, &agent.token, "a b", ask)
        .await
        .expect_err("no id");
    assert_eq!(refused.code(), "invalid");
}

#[tokio::test]
async fn a_history_is_given_without_bodies_and_bodies_by_id() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let stranger = world.visitor().await;
    stranger.says("a", "theirs").await.expect("accepted");
    for n in 0..5 {
        visitor
            .says(&format!("a{n}"), "你好")
            .await
            .expect("accepted");
    }
    let list = async |request: v1::ListMessagesRequest| {
        let session = visitor.token.clone();
        world
            .core
            .list_messages(v1::ListMessagesRequest { session, ..request })
            .await
    };
    let metadata = v1::ListMessagesRequest {
        view: View::Metadata.into(),
        ..Default::default()
    };
    let page = list(metadata.clone()).await.expect("theirs").messages;
    assert!(
        page.iter()
            .all(|it| it.body.is_none() && it.body_kind() == BodyKind::Text && it.body_bytes == 10)
    );
    let ids: Vec<u64> = page.iter().map(|message| message.id).skip(2).collect();
    let foreign = stranger.history().await[0].id;
    let wanted = v1::ListMessagesRequest {
        ids: [&ids[..], &[foreign, 7]].concat(),
        ..Default::default()
    };
    let found = list(wanted).await.expect("theirs").messages;
    assert_eq!(
        found,
        visitor.history().await[2..],
        "unknown and foreign ones are absent"
    );
    let bad = [
        v1::ListMessagesRequest {
            ids: vec![0],
            ..Default::default()
        },
        v1::ListMessagesRequest {
            ids: vec![1 << 63],
            ..Default::default()
        },
        v1::ListMessagesRequest {
            ids: vec![u64::MAX],
            ..Default::default()
        },
        v1::ListMessagesRequest {
            ids: vec![1; 201],
            ..Default::default()
        },
        v1::ListMessagesRequest {
            ids: vec![1],
            after_seq: 1,
            ..Default::default()
        },
        v1::ListMessagesRequest {
            ids: vec![1],
            limit: 1,
            ..Default::default()
        },
        v1::ListMessagesRequest {
            ids: vec![1],
            ..metadata.clone()
        },
        v1::ListMessagesRequest {
            view: 9,
            ..Default::default()
        },
        v1::ListMessagesRequest {
            limit: 1_000_000_000,
            ..metadata
        },
    ];
    for request in bad {
        let refused = list(request.clone()).await.expect_err("refused");
        assert_eq!(refused.code(), "invalid", "{request:?}");
    }
}
