//! Visitors whom the business names: the edge passes the token on, and words what the core says.

use crate::support::{Edge, problem, settings};

#[tokio::test]
async fn a_token_goes_to_the_core_and_its_refusal_keeps_its_word() {
    let edge = Edge::start(settings()).await;
    let path = "/api/v1/visitor/identity";
    let body = r#"{"language":"zh","token":"signed","tenant":"other"}"#;
    let created = edge.post(path, "", body).await;
    assert_eq!(created.status(), 201);
    assert_eq!(created.headers()["cache-control"], "no-store");
    let created: serde_json::Value = created.json().await.expect("JSON");
    assert!(created["principal"]["conversationId"].is_string());
    let refused = edge.post(path, "", r#"{"token":"forged"}"#).await;
    let (status, code, _) = problem(refused).await;
    assert_eq!((status, code.as_str()), (401, "identity_signature"));
}
