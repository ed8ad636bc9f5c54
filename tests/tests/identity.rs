//! Visitors whom the business names, over the real service: who is believed, and every way not to be.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kefu_tests::{Agent, Api, KeyHolder, Options, Service, Shop, unsigned};
use reqwest::Method;
use serde_json::{Value, json};

async fn open() -> (Service, Shop) {
    let shop = Shop::default();
    let options = Options::default()
        .without_model()
        .env("KEFU_IDENTITY__KEYS", Shop::keys())
        .env("SHOP_SECRET", &shop.secret);
    (Service::start(options).await, shop)
}

async fn comes(service: &Service, token: &str) -> (u16, Value) {
    let body = json!({ "language": "zh", "token": token });
    let answer = service.api().post("/api/v1/visitor/identity", body).await;
    answer.expect("an answer")
}

async fn refused(service: &Service, token: &str) -> (u16, String) {
    let (status, problem) = comes(service, token).await;
    (
        status,
        problem["code"].as_str().unwrap_or_default().to_owned(),
    )
}

fn conversation(session: &Value) -> &str {
    let id = session["principal"]["conversationId"].as_str();
    id.expect("a conversation")
}

fn api_of(service: &Service, session: &Value) -> Api {
    let token = session["token"].as_str().expect("a token");
    service.api().with_token(token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_one_visitor_on_every_device_and_after_a_crash() {
    let (mut service, shop) = open().await;
    let admin = Agent::first_admin(&service).await;
    let mut claims = shop.claims("kunde-7", "1");
    claims["name"] = json!("王小明");
    claims["vip"] = json!(true);
    claims["tags"] = json!(["老客户"]);
    let (status, phone) = comes(&service, &shop.signs(&claims)).await;
    assert_eq!(status, 201, "{phone}");
    let path = format!("/api/v1/conversations/{}", conversation(&phone));
    let said = json!({ "clientId": "a", "body": { "text": { "text": "你好" } } });
    let sent = api_of(&service, &phone)
        .post(&format!("{path}/messages"), said)
        .await;
    assert_eq!(sent.expect("an answer").0, 201);
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    let again = shop.signs(&claims);
    assert_eq!(
        refused(&service, &again).await,
        (401, "identity_replayed".into())
    );
    let (status, desk) = comes(&service, &shop.signs(&shop.claims("kunde-7", "2"))).await;
    assert_eq!((status, conversation(&desk)), (201, conversation(&phone)));
    let (_, page) = api_of(&service, &desk)
        .get(&format!("{path}/messages?after_seq=0"))
        .await
        .expect("an answer");
    assert_eq!(
        page["messages"][0]["body"]["text"]["text"], "你好",
        "{page}"
    );
    let (_, head) = admin.api.get(&path).await.expect("an answer");
    assert_eq!(
        (&head["visitorName"], &head["priority"]),
        (&json!("王小明"), &json!("PRIORITY_VIP"))
    );
    let (_, tags) = admin
        .api
        .get(&format!("{path}/tags"))
        .await
        .expect("an answer");
    assert_eq!(tags["tags"], json!(["老客户"]));
    // A log holds neither who came nor what proved it.
    let log = service.log();
    assert!(!log.contains("kunde-7") && !log.contains(&shop.secret));
    let _ = service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_for_is_refused_and_told_why() {
    let (service, shop) = open().await;
    let claims = |jti: &str, changes: Value| {
        let mut claims = shop.claims("kunde", jti);
        for (name, value) in changes.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        claims
    };
    let now = claims("now", Value::Null)["iat"].as_i64().expect("a time");
    let stranger = Shop {
        secret: "another secret of thirty-two bytes".into(),
    };
    let none = unsigned(&json!({ "alg": "none" }), &claims("n", Value::Null));
    let mut changed = shop.signs(&claims("c", Value::Null));
    let signature = changed.split_off(changed.rfind('.').expect("three parts"));
    let payload = URL_SAFE_NO_PAD.encode(claims("c", json!({ "sub": "chef" })).to_string());
    let header = changed.split('.').next().expect("a header").to_owned();
    let refusals = [
        (
            stranger.signs(&claims("1", Value::Null)),
            "identity_signature",
        ),
        (
            format!("{header}.{payload}{signature}"),
            "identity_signature",
        ),
        (format!("{none}."), "identity_algorithm"),
        (
            shop.signs_as("none", &claims("2", Value::Null)),
            "identity_algorithm",
        ),
        (
            shop.signs_as("RS256", &claims("3", Value::Null)),
            "identity_algorithm",
        ),
        (
            shop.signs_as("EdDSA", &claims("4", Value::Null)),
            "identity_algorithm",
        ),
        (
            shop.signs(&claims("5", json!({ "iat": now - 300, "exp": now - 120 }))),
            "identity_expired",
        ),
        (
            shop.signs(&claims("6", json!({ "iat": now + 300, "exp": now + 400 }))),
            "identity_early",
        ),
        (
            shop.signs(&claims("7", json!({ "exp": now + 86_400 }))),
            "identity_lifetime",
        ),
        (
            shop.signs(&claims("8", json!({ "aud": "other" }))),
            "identity_audience",
        ),
        (
            shop.signs(&claims("9", json!({ "sub": "" }))),
            "identity_claims",
        ),
        (shop.signs(&claims("", Value::Null)), "identity_claims"),
        (
            shop.signs(&claims("10", json!({ "tags": ["a,b"] }))),
            "identity_claims",
        ),
        (
            shop.signs(&claims("11", json!({ "name": "x".repeat(5_000) }))),
            "identity_too_large",
        ),
        ("not a token".to_owned(), "identity_malformed"),
        (String::new(), "identity_malformed"),
    ];
    for (token, code) in refusals {
        let (status, problem) = comes(&service, &token).await;
        assert_eq!((status, &problem["code"]), (401, &json!(code)), "{problem}");
        assert!(
            problem["detail"].as_str().is_some_and(|why| why.len() > 20),
            "{problem}"
        );
    }
    // Clocks may differ by what the setting says.
    let near = claims("12", json!({ "iat": now + 30, "exp": now + 90 }));
    assert_eq!(comes(&service, &shop.signs(&near)).await.0, 201);
}

/// With a public key alone, nobody who reads the server's files can name anybody.
#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_believes_its_owner_and_is_no_secret() {
    let holder = KeyHolder::new();
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("shop.pem");
    std::fs::write(&file, holder.pem()).expect("written");
    let keys = format!(r#"[{{algorithm="EdDSA",file="{}"}}]"#, file.display());
    let options = Options::default()
        .without_model()
        .env("KEFU_IDENTITY__KEYS", keys);
    let service = Service::start(options).await;
    let claims = Shop::default().claims("kunde", "1");
    assert_eq!(comes(&service, &holder.signs(&claims)).await.0, 201);
    let confused = Shop {
        secret: holder.pem(),
    };
    let token = confused.signs(&confused.claims("chef", "2"));
    assert_eq!(
        refused(&service, &token).await,
        (401, "identity_algorithm".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_visitors_are_anonymous_and_a_session_can_be_ended() {
    let service = Service::start(Options::default().without_model()).await;
    let shop = Shop::default();
    let token = shop.signs(&shop.claims("kunde", "1"));
    assert_eq!(
        refused(&service, &token).await,
        (403, "identity_off".into())
    );
    let body = json!({ "language": "zh" });
    let (_, session) = service
        .api()
        .post("/api/v1/visitor/session", body)
        .await
        .expect("an answer");
    let visitor = api_of(&service, &session);
    let end = async || {
        let ended = visitor.call(Method::DELETE, "/api/v1/visitor/session", None);
        ended.await.expect("an answer").0
    };
    assert_eq!(end().await, 204);
    assert_eq!(end().await, 401);
    let path = format!("/api/v1/conversations/{}", conversation(&session));
    assert_eq!(visitor.get(&path).await.expect("an answer").0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_used_is_said_at_the_start_and_not_shown() {
    let start = async |keys: &str, secret: &str| {
        let options = Options::default()
            .without_model()
            .env("KEFU_IDENTITY__KEYS", keys)
            .env("SHOP_SECRET", secret);
        let ended = Service::try_start(options).await.err();
        ended.expect("it does not start").log
    };
    let short = start(Shop::keys(), "too short a secret").await;
    assert!(
        short.contains("identity.keys") && short.contains("32 bytes"),
        "{short}"
    );
    assert!(!short.contains("too short a secret"), "{short}");
    let missing = r#"[{algorithm="HS256",file="no/such/file"}]"#;
    let missing = start(missing, "").await;
    assert!(missing.contains("no/such/file"), "{missing}");
    let unknown = r#"[{algorithm="none",env="SHOP_SECRET"}]"#;
    let unknown = start(unknown, "").await;
    assert!(unknown.contains("identity.keys"), "{unknown}");
}
