//! Quotes and recalls, through the core.

use std::{sync::Arc, time::Duration};

use kefu_chat::CoreError;
use kefu_proto::v1::{self, act_request::Action, body};

use super::{
    talk::text_body,
    world::{Agent, Visitor, World, answer, get, is_applied},
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

pub async fn recalls(
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

pub async fn served(world: &World) -> (Visitor, Agent) {
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

async fn history(world: &World, visitor: &Visitor) -> Vec<v1::Message> {
    let all = super::talk::history(&world.core, &visitor.token, visitor.id).await;
    all.expect("theirs")
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
