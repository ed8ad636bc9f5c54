//! Uploads, through the core: whose they are, how many fit, and when they go.

use std::time::Duration;

use kefu_chat::{ChatSettings, CoreError, MediaRules};
use kefu_proto::v1::{self, body};

use super::{
    recalls::{recalls, served},
    world::{World, settings},
};

const HOUR: Duration = Duration::from_secs(3_600);

async fn reserve(
    world: &World,
    (token, conversation): (&str, u64),
    client_id: &str,
    bytes: u64,
) -> Result<v1::MediaRecord, CoreError> {
    let kind = body::Kind::File(v1::File {
        media_id: 0,
        name: "a.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        bytes,
    });
    let request = v1::ReserveMediaRequest {
        session: token.to_owned(),
        conversation_id: conversation,
        client_id: client_id.to_owned(),
        body: Some(v1::Body { kind: Some(kind) }),
        source: vec![7; 32],
        stored_bytes: bytes,
    };
    world.core.reserve_media(request).await
}

async fn seal(world: &World, token: &str, media_id: u64) -> Result<v1::MediaRecord, CoreError> {
    let session = token.to_owned();
    let request = v1::SealMediaRequest { session, media_id };
    world.core.seal_media(request).await
}

async fn open(world: &World, token: &str, media_id: u64) -> Result<v1::MediaRecord, CoreError> {
    let session = token.to_owned();
    let request = v1::OpenMediaRequest { session, media_id };
    world.core.open_media(request).await
}

/// An upload that may be sent.
async fn uploaded(world: &World, who: (&str, u64), client_id: &str) -> v1::MediaRecord {
    let reserved = reserve(world, who, client_id, 10).await.expect("room");
    seal(world, who.0, reserved.id).await.expect("theirs")
}

async fn send(
    world: &World,
    (token, conversation_id): (&str, u64),
    client_id: &str,
    body: Option<v1::Body>,
) -> Result<v1::Accepted, CoreError> {
    let message = v1::SendMessage {
        conversation_id,
        client_id: client_id.to_owned(),
        body,
        ..Default::default()
    };
    let request = v1::SendRequest {
        session: token.to_owned(),
        message: Some(message),
        language: String::new(),
    };
    world.core.send(request).await
}

/// What is to be removed now.
async fn gone(world: &World) -> Vec<u64> {
    let ask = v1::ExpiredMediaRequest { limit: 9 };
    let records = world
        .core
        .expired_media(ask)
        .await
        .expect("readable")
        .records;
    records.iter().map(|record| record.id).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, CoreError>) -> &'static str {
    result.expect_err("it is refused").code()
}

#[tokio::test]
async fn an_upload_is_its_uploader_s_until_it_is_sent_and_then_the_conversation_s() {
    let world = World::new().await;
    world.core.ensure_tenant("other").await.expect("another");
    let (visitor, agent) = served(&world).await;
    let stranger = world.visitor().await;
    let elsewhere = world.visitor_of("other").await;
    let who = (visitor.token.as_str(), visitor.id);

    let reserved = reserve(&world, who, "u1", 10).await.expect("room");
    assert_eq!(
        code(send(&world, who, "m0", reserved.body.clone()).await),
        "invalid"
    );
    assert_eq!(
        code(open(&world, who.0, reserved.id).await),
        "not_found",
        "no bytes yet"
    );
    for token in [&stranger.token, &agent.token, &elsewhere.token] {
        assert_eq!(code(seal(&world, token, reserved.id).await), "not_found");
    }
    let sealed = seal(&world, who.0, reserved.id).await.expect("theirs");
    assert!(sealed.sealed && sealed.body == reserved.body);
    assert!(open(&world, who.0, sealed.id).await.is_ok());
    for token in [&stranger.token, &agent.token, &elsewhere.token] {
        assert_eq!(code(open(&world, token, sealed.id).await), "not_found");
    }
    // Nobody else sends it, neither there nor at home.
    let body = || sealed.body.clone();
    let by_agent = send(&world, (&agent.token, visitor.id), "a1", body()).await;
    assert_eq!(code(by_agent), "invalid");
    for (token, id) in [
        (&stranger.token, stranger.id),
        (&elsewhere.token, elsewhere.id),
    ] {
        assert_eq!(
            code(send(&world, (token, id), "s1", body()).await),
            "invalid"
        );
    }
    let sent = send(&world, who, "m1", body()).await.expect("accepted");
    assert!(open(&world, &agent.token, sealed.id).await.is_ok());
    assert_eq!(
        code(send(&world, who, "m2", body()).await),
        "invalid",
        "once"
    );
    let again = send(&world, who, "m1", body()).await.expect("the same");
    assert!(again.duplicate && again.id == sent.id);
    for token in [&stranger.token, &elsewhere.token] {
        assert_eq!(code(open(&world, token, sealed.id).await), "not_found");
    }
    let head = super::talk::get(&world.core, &agent.token, visitor.id).await;
    assert_eq!(head.expect("readable").preview, "a.pdf");
    // Ids of nothing, and of what cannot be.
    for id in [0, 1, u64::MAX] {
        assert_eq!(code(open(&world, who.0, id).await), "not_found");
    }
}

#[tokio::test]
async fn a_recall_and_time_take_it_from_everybody_and_make_room() {
    let media = MediaRules {
        tenant_bytes_max: 30,
        unsent: 2 * HOUR,
        expire: 24 * HOUR,
        ..MediaRules::default()
    };
    let settings = ChatSettings {
        media,
        ..settings()
    };
    let world = World::with(settings).await;
    let (visitor, agent) = served(&world).await;
    let who = (visitor.token.as_str(), visitor.id);
    let (first, second) = (
        uploaded(&world, who, "u1").await,
        uploaded(&world, who, "u2").await,
    );
    let third = uploaded(&world, who, "u3").await;
    assert_eq!(code(reserve(&world, who, "u4", 1).await), "too_large");
    let said = send(&world, who, "m1", first.body.clone())
        .await
        .expect("accepted");
    send(&world, who, "m2", second.body.clone())
        .await
        .expect("accepted");
    recalls(&world, who, "r1", said.seq).await.expect("in time");
    assert_eq!(
        code(open(&world, &agent.token, first.id).await),
        "not_found"
    );
    assert_eq!(code(open(&world, who.0, first.id).await), "not_found");
    assert_eq!(gone(&world).await, [first.id]);
    assert_eq!(
        code(reserve(&world, who, "u4", 1).await),
        "too_large",
        "it is still there"
    );

    world.pass(HOUR + HOUR / 2);
    assert_eq!(gone(&world).await, [first.id]);
    world.pass(HOUR);
    assert_eq!(gone(&world).await, [first.id, third.id], "never sent");
    assert_eq!(
        code(send(&world, who, "m3", third.body.clone()).await),
        "invalid"
    );
    assert_eq!(code(reserve(&world, who, "u3", 10).await), "conflict");
    assert!(open(&world, &agent.token, second.id).await.is_ok());
    world.pass(24 * HOUR);
    assert_eq!(
        code(open_after_sweep(&world, who.0, second.id).await),
        "not_found"
    );

    let ask = v1::ExpiredMediaRequest { limit: 9 };
    let records = world.core.expired_media(ask).await.expect("readable");
    world.core.forget_media(records).await.expect("forgotten");
    assert_eq!(gone(&world).await, [0; 0]);
    assert!(reserve(&world, who, "u5", 30).await.is_ok());
}

async fn open_after_sweep(
    world: &World,
    token: &str,
    id: u64,
) -> Result<v1::MediaRecord, CoreError> {
    assert_eq!(gone(world).await.len(), 3);
    open(world, token, id).await
}

#[tokio::test]
async fn a_retry_is_the_same_upload_and_a_client_id_names_one() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let other = world.visitor().await;
    let who = (visitor.token.as_str(), visitor.id);
    let first = reserve(&world, who, "u1", 10).await.expect("room");
    let again = reserve(&world, who, "u1", 10).await.expect("the same");
    assert_eq!(first, again);
    assert_eq!(code(reserve(&world, who, "u1", 11).await), "conflict");
    assert_eq!(code(reserve(&world, who, "u 1", 10).await), "invalid");
    let theirs = reserve(&world, (&other.token, other.id), "u1", 10).await;
    assert_ne!(theirs.expect("room").id, first.id);
    assert_eq!(
        code(reserve(&world, (who.0, other.id), "u2", 10).await),
        "not_found"
    );
    // After a restart, too.
    seal(&world, who.0, first.id).await.expect("theirs");
    let token = visitor.token.clone();
    let id = visitor.id;
    drop((visitor, other));
    let world = world.restart().await;
    let again = reserve(&world, (&token, id), "u1", 10)
        .await
        .expect("the same");
    assert!(again.sealed && again.id == first.id);
}
