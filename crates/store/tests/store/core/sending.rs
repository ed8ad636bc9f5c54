use std::{collections::BTreeSet, sync::Arc};

use kefu_chat::{ChatSettings, Limits};
use kefu_proto::v1;

use super::{
    talk::text_body,
    world::{World, send, settings},
};

#[tokio::test]
async fn a_retry_has_the_first_id_and_sequence_and_another_body_is_a_conflict() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let first = visitor.says("m-1", "你好").await.expect("accepted");
    assert_eq!((first.seq, first.duplicate), (1, false));
    visitor.says("m-2", "在吗").await.expect("accepted");
    let retry = visitor.says("m-1", "你好").await.expect("accepted");
    assert_eq!((retry.id, retry.seq, retry.duplicate), (first.id, 1, true));
    assert_eq!(retry.created_at_ms, first.created_at_ms);
    let error = visitor.says("m-1", "别的").await.expect_err("another body");
    assert_eq!(error.code(), "conflict");
    assert_eq!(visitor.history().await.len(), 2);
}

#[tokio::test]
async fn the_same_message_sent_fifty_times_at_once_is_stored_once() {
    let world = World::new().await;
    let visitor = Arc::new(world.visitor().await);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let visitor = visitor.clone();
            tokio::spawn(async move { visitor.says("same", "喂").await })
        })
        .collect();
    let mut first = 0;
    let mut ids = BTreeSet::new();
    for task in tasks {
        let accepted = task.await.expect("no panic").expect("accepted");
        first += u32::from(!accepted.duplicate);
        ids.insert((accepted.id, accepted.seq));
    }
    assert_eq!((first, ids.len()), (1, 1));
    assert_eq!(visitor.history().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_senders_at_once_leave_one_gapless_sequence() {
    let world = World::new().await;
    let visitor = Arc::new(world.visitor().await);
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let visitor = visitor.clone();
            tokio::spawn(async move {
                let mut seqs = Vec::new();
                for i in 0..5 {
                    let id = format!("s{n}-{i}");
                    // Every third is sent twice, as clients with bad networks do.
                    if n % 3 == 0 {
                        visitor.says(&id, &id).await.expect("accepted");
                    }
                    seqs.push((
                        id.clone(),
                        visitor.says(&id, &id).await.expect("accepted").seq,
                    ));
                }
                seqs
            })
        })
        .collect();
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.extend(task.await.expect("no panic"));
    }
    let history = visitor.history().await;
    assert!(
        history.iter().map(|message| message.seq).eq(1..=1_000),
        "contiguous and nothing twice"
    );
    for (client_id, seq) in acknowledged {
        assert_eq!(
            history[usize::try_from(seq).expect("small") - 1].client_id,
            client_id
        );
    }
    let conversation = visitor.sees().await;
    assert_eq!(conversation.last_seq, 1_000);
}

#[tokio::test]
async fn what_may_not_be_stored_is_refused_with_a_reason_and_stores_nothing() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let long = "字".repeat(4_001);
    let megabyte = "a".repeat(1 << 20);
    for (client_id, text, code) in [
        ("a", "", "invalid"),
        ("a", " \n\t ", "invalid"),
        ("a", "nul\0here", "invalid"),
        ("a", "bell\u{7}", "invalid"),
        ("a", long.as_str(), "too_large"),
        ("a", megabyte.as_str(), "too_large"),
        ("", "x", "invalid"),
        ("no spaces", "x", "invalid"),
        ("中文", "x", "invalid"),
    ] {
        let error = visitor.says(client_id, text).await.expect_err("refused");
        assert_eq!(error.code(), code, "{client_id:?}: {error}");
    }
    let fits = visitor.says("fits", &"字".repeat(4_000)).await;
    assert_eq!(fits.expect("exactly at the limit").seq, 1);
    let card = v1::Body {
        kind: Some(v1::body::Kind::Card(v1::Card::default())),
    };
    for body in [None, Some(v1::Body { kind: None }), Some(card)] {
        let message = v1::SendMessage {
            conversation_id: visitor.id,
            client_id: "b".to_owned(),
            body,
            ..Default::default()
        };
        let request = v1::SendRequest {
            session: visitor.token.clone(),
            message: Some(message),
            language: String::new(),
        };
        assert_eq!(
            world.core.send(request).await.expect_err("refused").code(),
            "invalid"
        );
    }
}

#[tokio::test]
async fn a_visitor_s_offset_from_utc_is_kept_and_an_impossible_one_is_refused() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let send = async |client_id: &str, utc_offset_minutes| {
        let message = v1::SendMessage {
            conversation_id: visitor.id,
            client_id: client_id.to_owned(),
            body: Some(text_body("明天到吗")),
            utc_offset_minutes,
            ..Default::default()
        };
        let request = v1::SendRequest {
            session: visitor.token.clone(),
            message: Some(message),
            language: String::new(),
        };
        world.core.send(request).await
    };
    let good = [None, Some(0), Some(-300), Some(1_080)];
    for (at, offset) in good.into_iter().enumerate() {
        send(&format!("c{at}"), offset).await.expect("accepted");
    }
    for bad in [1_081, -1_081, i32::MIN, i32::MAX] {
        let refused = send("bad", Some(bad)).await.expect_err("refused");
        assert_eq!(refused.code(), "invalid", "{bad}");
    }
    // The same client id and body from a clock that was moved meanwhile is the same message.
    let again = send("c2", Some(-240)).await.expect("a retry");
    assert_eq!(again.seq, 3);
    let history = visitor.history().await;
    let kept = history.iter().map(|message| message.utc_offset_minutes);
    assert_eq!(kept.collect::<Vec<_>>(), good);
}

#[tokio::test]
async fn a_forged_token_and_a_strangers_conversation_are_refused_alike_for_existing_and_not() {
    let world = World::new().await;
    let (visitor, stranger) = (world.visitor().await, world.visitor().await);
    let error = send(&world.core, "forged", visitor.id, "a", "x")
        .await
        .expect_err("forged");
    assert_eq!(error.code(), "unauthenticated");
    for id in [stranger.id, 12_345, u64::MAX] {
        let error = send(&world.core, &visitor.token, id, "a", "x")
            .await
            .expect_err("not theirs");
        assert_eq!(
            (error.code(), error.to_string()),
            ("not_found", "there is no such conversation".to_owned())
        );
    }
    assert!(stranger.history().await.is_empty());
}

#[tokio::test]
async fn pages_have_a_bound_and_one_direction() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    visitor.says("a", "x").await.expect("accepted");
    for (after_seq, before_seq, limit) in [(0, 0, 1_000_000_000), (1, 1, 10)] {
        let request = v1::ListMessagesRequest {
            session: visitor.token.clone(),
            conversation_id: visitor.id,
            after_seq,
            before_seq,
            limit,
            ..Default::default()
        };
        assert_eq!(
            world
                .core
                .list_messages(request)
                .await
                .expect_err("refused")
                .code(),
            "invalid"
        );
    }
}

#[tokio::test]
async fn a_full_writer_refuses_with_a_time_to_come_back_and_loses_nothing_it_accepted() {
    let limits = Limits {
        writer_queue_max: 4,
        ..Limits::default()
    };
    let world = World::with(ChatSettings {
        limits,
        ..settings()
    })
    .await;
    let visitor = Arc::new(world.visitor().await);
    let mut tasks = Vec::new();
    for n in 0..64 {
        let visitor = visitor.clone();
        tasks.push(tokio::spawn(async move {
            visitor.says(&format!("m{n}"), "x").await
        }));
    }
    let (mut accepted, mut refused) = (0, 0);
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => accepted += 1,
            Err(error) => {
                assert_eq!(error.code(), "overloaded");
                assert!(error.retry_after_ms() > 0);
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "sixty-four at once do not fit into four");
    assert_eq!(visitor.history().await.len(), accepted);
}
