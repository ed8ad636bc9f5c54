//! The document that clients generate code from.

use std::{env, fs, path::Path};

use crate::support::{Edge, settings};

/// `KEFU_BLESS=1 cargo nextest run -p kefu-edge openapi` writes it anew.
#[test]
fn the_document_in_the_tree_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let mut now = serde_json::to_string_pretty(&kefu_edge::openapi()).expect("JSON");
    now.push('\n');
    if env::var_os("KEFU_BLESS").is_some() {
        fs::write(&path, &now).expect("docs is writable");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == now,
        "docs/openapi.json is out of date: run with KEFU_BLESS=1 and look at the difference"
    );
}

#[tokio::test]
async fn it_is_served_and_every_reference_leads_somewhere() {
    let edge = Edge::start(settings()).await;
    let text = edge
        .get("/api/openapi.json", "")
        .await
        .text()
        .await
        .expect("text");
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    let references = text.split("\"#/components/schemas/").skip(1);
    let mut count = 0;
    for name in references.filter_map(|rest| rest.split('"').next()) {
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name} is nowhere"
        );
        count += 1;
    }
    assert!(count > 40, "only {count} references");
    let message = &document["components"]["schemas"]["Message"]["properties"];
    assert_eq!(
        message["createdAtMs"]["type"], "string",
        "64 bits are a string in JSON"
    );
    assert_eq!(message["body"]["$ref"], "#/components/schemas/Body");
    let update = &document["components"]["schemas"]["UpdateUserRequest"]["properties"];
    assert!(update["session"].is_null() && update["disabled"].is_object());
}
