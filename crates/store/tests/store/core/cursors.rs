//! Cursors, what was missed, and histories without bodies, through the core.

use kefu_chat::CoreError;
use kefu_proto::v1::{self, BodyKind, link_down, link_up, list_messages_request::View};

use super::{
    recalls::{recalls, served},
    world::{World, get, settings, up},
};

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
        ..v1::Mark::default()
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
    assert_eq!((page.conversations, page.next_after), (Vec::new(), 0));
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
