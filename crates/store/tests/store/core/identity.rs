//! Visitors whom the business names, through the core.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kefu_chat::{Algorithm, ChatSettings, CoreError, Key};
use kefu_proto::v1;
use kefu_types::Clock as _;
use ring::hmac;
use serde_json::{Value, json};

use super::world::{World, get, history, send, settings};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn with_keys() -> ChatSettings {
    let mut settings = settings();
    let key = |tenant| Key::new(tenant, "", Algorithm::Hs256, SECRET).expect("a good key");
    settings.identity.keys = vec![key("default"), key("other")];
    settings
}

/// As the business's server signs it now; `more` goes over what it says.
fn token(world: &World, sub: &str, jti: &str, more: &Value) -> String {
    let now = world.clock.wall_ms() / 1_000;
    let mut claims =
        json!({ "sub": sub, "jti": jti, "aud": "default", "iat": now, "exp": now + 60 });
    for (name, value) in more.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let header = json!({ "alg": "HS256" });
    let bytes = format!("{}.{}", part(header.to_string()), part(claims.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
    let signature = hmac::sign(&key, bytes.as_bytes());
    format!("{bytes}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

async fn comes_to(
    world: &World,
    tenant: &str,
    token: &str,
) -> Result<v1::SessionCreated, CoreError> {
    let request = v1::IdentifyRequest {
        tenant: tenant.to_owned(),
        language: "zh".to_owned(),
        token: token.to_owned(),
    };
    world.core.identify(request).await
}

async fn comes(world: &World, token: &str) -> Result<v1::SessionCreated, CoreError> {
    comes_to(world, "", token).await
}

fn who(created: &v1::SessionCreated) -> (u64, u64) {
    let principal = created.principal.as_ref().expect("somebody");
    (principal.id, principal.conversation_id)
}

#[tokio::test]
async fn the_same_person_has_the_same_conversation_on_every_device() {
    let world = World::with(with_keys()).await;
    let phone = comes(
        &world,
        &token(&world, "kunde", "1", &json!({ "name": "王小明" })),
    )
    .await
    .expect("believed");
    let (_, conversation) = who(&phone);
    send(&world.core, &phone.token, conversation, "a", "你好")
        .await
        .expect("accepted");
    let desk = comes(&world, &token(&world, "kunde", "2", &Value::Null))
        .await
        .expect("believed");
    assert_eq!(who(&desk), who(&phone));
    assert_ne!(desk.token, phone.token);
    let said = history(&world.core, &desk.token, conversation).await;
    assert_eq!(said.expect("theirs").len(), 1);
    let head = get(&world.core, &desk.token, conversation).await;
    assert_eq!(head.expect("theirs").visitor_name, "王小明");
    let other = comes(&world, &token(&world, "kunde-2", "3", &Value::Null))
        .await
        .expect("believed");
    assert_ne!(who(&other), who(&phone));
    let foreign = get(&world.core, &other.token, conversation).await;
    assert_eq!(foreign.expect_err("not theirs").code(), "not_found");
}

#[tokio::test]
async fn what_was_said_without_a_name_stays_apart() {
    let world = World::with(with_keys()).await;
    let anonymous = world.visitor().await;
    anonymous.says("a", "秘密").await.expect("accepted");
    let named = comes(&world, &token(&world, "kunde", "1", &Value::Null))
        .await
        .expect("believed");
    let (_, conversation) = who(&named);
    assert_ne!(conversation, anonymous.id);
    let theirs = get(&world.core, &named.token, anonymous.id).await;
    assert_eq!(theirs.expect_err("not theirs").code(), "not_found");
    assert_eq!(anonymous.history().await.len(), 1);
}

#[tokio::test]
async fn a_token_is_used_once_and_in_its_time() {
    let world = World::with(with_keys()).await;
    let once = token(&world, "kunde", "1", &Value::Null);
    comes(&world, &once).await.expect("believed");
    let replayed = comes(&world, &once).await.expect_err("used");
    assert_eq!(replayed.code(), "identity_replayed");
    // Also by whoever is shown the same id in another token.
    let same_id = token(&world, "somebody", "1", &Value::Null);
    let replayed = comes(&world, &same_id).await.expect_err("used");
    assert_eq!(replayed.code(), "identity_replayed");
    let later = token(&world, "kunde", "2", &Value::Null);
    world.pass(Duration::from_secs(121));
    let expired = comes(&world, &later).await.expect_err("late");
    assert_eq!(expired.code(), "identity_expired");
    let world = world.restart().await;
    // An hour back: the first token is good again by its time, and still used.
    world.pass(Duration::from_secs(3_600));
    let replayed = comes(&world, &once).await.expect_err("used");
    assert_eq!(replayed.code(), "identity_replayed");
}

#[tokio::test]
async fn many_who_come_at_once_as_one_are_one() {
    let world = World::with(with_keys()).await;
    let tokens: Vec<String> = (0..8)
        .map(|n| token(&world, "kunde", &n.to_string(), &Value::Null))
        .collect();
    let arriving = tokens.iter().map(|token| comes(&world, token));
    let arrived = futures::future::join_all(arriving).await;
    let people: std::collections::BTreeSet<(u64, u64)> = arrived
        .iter()
        .map(|created| who(created.as_ref().expect("believed")))
        .collect();
    assert_eq!(people.len(), 1);
}

#[tokio::test]
async fn a_tenant_believes_what_is_signed_for_it() {
    let world = World::with(with_keys()).await;
    world
        .core
        .ensure_tenant("other")
        .await
        .expect("a second tenant");
    let ours = token(&world, "kunde", "1", &Value::Null);
    let crossed = comes_to(&world, "other", &ours)
        .await
        .expect_err("not for it");
    assert_eq!(crossed.code(), "identity_audience");
    let theirs = token(&world, "kunde", "1", &json!({ "aud": "other" }));
    let theirs = comes_to(&world, "other", &theirs).await.expect("believed");
    let ours = comes(&world, &ours).await.expect("believed");
    assert_ne!(who(&theirs), who(&ours));
    let crossed = get(&world.core, &theirs.token, who(&ours).1).await;
    assert_eq!(crossed.expect_err("another tenant's").code(), "not_found");
}

#[tokio::test]
async fn the_business_says_who_matters_and_takes_nothing_from_the_agents() {
    let world = World::with(with_keys()).await;
    let admin = world.admin().await;
    let plain = comes(&world, &token(&world, "kunde", "1", &Value::Null))
        .await
        .expect("believed");
    let (_, conversation) = who(&plain);
    let renamed = v1::RenameVisitorRequest {
        session: admin.clone(),
        conversation_id: conversation,
        name: "老王".to_owned(),
    };
    world.core.rename_visitor(renamed).await.expect("renamed");
    let more = json!({ "name": "王小明", "vip": true, "tags": ["老客户"] });
    comes(&world, &token(&world, "kunde", "2", &more))
        .await
        .expect("believed");
    let head = get(&world.core, &admin, conversation).await.expect("ours");
    assert_eq!(head.visitor_name, "老王");
    assert_eq!(head.priority(), v1::Priority::Vip);
    let asked = v1::GetTagsRequest {
        session: admin,
        conversation_id: conversation,
    };
    let tags = world.core.get_tags(asked).await.expect("ours");
    assert_eq!(tags.tags, ["老客户"]);
    let wrong = token(&world, "kunde", "3", &json!({ "tags": ["a,b"] }));
    let refused = comes(&world, &wrong).await.expect_err("no tag");
    assert_eq!(refused.code(), "identity_claims");
}

#[tokio::test]
async fn without_keys_nobody_is_named() {
    let world = World::new().await;
    let refused = comes(&world, &token(&world, "kunde", "1", &Value::Null)).await;
    assert_eq!(refused.expect_err("off").code(), "identity_off");
}
