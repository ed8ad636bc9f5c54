//! Pictures and files through the whole product.

use std::{io::Cursor, time::Duration};

use image::{DynamicImage, ImageFormat, RgbImage};
use kefu_proto::v1::{Body, Phase, Recall, Sender, body::Kind};
use kefu_tests::{Agent, Api, Options, Service, Visitor, text_of};
use serde_json::{Value, json};

fn photo(width: u32, height: u32) -> Vec<u8> {
    let image = DynamicImage::ImageRgb8(RgbImage::new(width, height));
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Jpeg)
        .expect("encoded");
    bytes.into_inner()
}

/// Status and JSON.
async fn upload(
    api: &Api,
    conversation: u64,
    client_id: &str,
    name: &str,
    bytes: Vec<u8>,
) -> (u16, Value) {
    let answer = api.upload(conversation, client_id, name, bytes).await;
    answer.expect("an answer in JSON")
}

/// The body to be sent, of an upload that is taken.
async fn taken(api: &Api, conversation: u64, client_id: &str, name: &str, bytes: Vec<u8>) -> Body {
    let (status, told) = upload(api, conversation, client_id, name, bytes).await;
    assert_eq!(status, 201, "{told}");
    serde_json::from_value(told["body"].clone()).expect("a body")
}

fn id_of(body: &Body) -> u64 {
    match &body.kind {
        Some(Kind::Image(image)) => image.media_id,
        Some(Kind::File(file)) => file.media_id,
        other => panic!("no upload: {other:?}"),
    }
}

/// Status and bytes.
async fn download(api: &Api, id: u64) -> (u16, Vec<u8>) {
    api.download(id).await.expect("an answer")
}

fn files(dir: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(dir).expect("readable").flatten();
    let count = |entry: std::fs::DirEntry| match entry.path() {
        path if path.is_dir() => files(&path),
        _ => 1,
    };
    entries.map(count).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_reaches_the_other_side_and_a_recall_takes_it_back() {
    let options = Options::default()
        .without_model()
        .env("KEFU_MEDIA__SWEEP_S", 1);
    let service = Service::start(options).await;
    let agent = Agent::first_admin(&service).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    let stranger = Visitor::arrive(&service, "zh").await;
    let own = visitor.conversation;

    let body = taken(&visitor.api, own, "u1", "损坏的杯子.jpg", photo(800, 400)).await;
    let id = id_of(&body);
    assert_eq!(download(&agent.api, id).await.0, 404, "it is not sent yet");
    assert_eq!(download(&visitor.api, id).await.0, 200);
    visitor.sends("m1", body.clone()).await.expect("accepted");
    // The bot cannot see it, and says so.
    let said = visitor.hears_from(Sender::Bot).await;
    assert!(
        text_of(&said).starts_with("已收到您发的图片"),
        "{}",
        text_of(&said)
    );
    let (status, bytes) = download(&agent.api, id).await;
    assert_eq!(status, 200);
    assert_eq!(
        image::load_from_memory(&bytes).expect("a picture").width(),
        800
    );
    assert_eq!(download(&stranger.api, id).await.0, 404);

    // Lists preview it by its name, and a search finds it.
    let (_, found) = agent
        .api
        .get("/api/v1/search?q=%E6%9D%AF%E5%AD%90")
        .await
        .expect("an answer");
    assert_eq!(
        found["hits"][0]["message"]["body"]["image"]["mediaId"],
        id.to_string()
    );
    assert_eq!(
        found["hits"][0]["conversation"]["preview"],
        text_of(&said).chars().take(120).collect::<String>()
    );

    // Sent once, by its uploader, as it is.
    assert_eq!(
        visitor.sends("m2", body.clone()).await,
        Err("invalid".to_owned())
    );
    let retried = visitor
        .sends("m1", body.clone())
        .await
        .expect("the same again");
    assert!(retried.duplicate);
    let path = format!("/api/v1/conversations/{}/messages", stranger.conversation);
    let stolen = json!({ "clientId": "s1", "body": body });
    let (status, told) = stranger.api.post(&path, stolen).await.expect("an answer");
    assert_eq!((status, &told["code"]), (422, &"invalid".into()));

    let recall = Body {
        kind: Some(Kind::Recall(Recall { seq: retried.seq })),
    };
    visitor.sends("m3", recall).await.expect("accepted");
    assert_eq!(download(&agent.api, id).await.0, 404, "gone at once");
    assert_eq!(download(&visitor.api, id).await.0, 404);
    let dir = service.data_dir.join("media");
    let removed = async {
        while files(&dir) > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let removed = tokio::time::timeout(kefu_tests::PATIENCE, removed).await;
    assert!(removed.is_ok(), "its bytes stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_answers_with_a_file_and_lies_are_refused_with_their_reason() {
    let service = Service::start(Options::default().without_model()).await;
    let agent = Agent::first_admin(&service).await;
    let mut visitor = Visitor::arrive(&service, "en").await;
    let own = visitor.conversation;
    visitor.presses("human", "Talk to a person").await;
    visitor.until_phase(Phase::Serving).await;
    let pdf = [b"%PDF-1.7\n".as_slice(), &[0; 3_000_000]].concat();
    let body = taken(&agent.api, own, "u1", "contract.pdf", pdf.clone()).await;
    let path = format!("/api/v1/conversations/{own}/messages");
    let sent = json!({ "clientId": "a1", "body": body.clone() });
    let (status, told) = agent.api.post(&path, sent).await.expect("an answer");
    assert_eq!(status, 201, "{told}");
    let heard = visitor.hears_from(Sender::Agent).await;
    assert_eq!(heard.body.as_ref(), Some(&body));
    assert_eq!(download(&visitor.api, id_of(&body)).await, (200, pdf));
    for (name, bytes, status) in [
        ("a.pdf", photo(9, 9), 415),
        ("a.txt", b"<svg onload=alert(1)>".to_vec(), 415),
        ("a.exe", b"MZ\x90\0".to_vec(), 415),
        ("a.jpg", photo(99, 99)[..200].to_vec(), 422),
    ] {
        let (refused, told) = upload(&visitor.api, own, "u2", name, bytes).await;
        assert_eq!(refused, status, "{name}: {told}");
        assert!(
            told["detail"].as_str().is_some_and(|why| why.len() > 10),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_kill_and_may_still_be_sent() {
    let options = Options::default().without_model();
    let service = Service::start(options.clone()).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    let own = visitor.conversation;
    let body = taken(&visitor.api, own, "u1", "a.jpg", photo(640, 480)).await;
    let before = download(&visitor.api, id_of(&body)).await;
    let dir = service.data_dir.clone();
    let kept = service.kill_all().await;
    let service = Service::start(options.data_dir(&dir)).await;
    visitor.reconnect(&service).await;
    // A retry of the upload is the same upload, and its bytes are whole.
    let (status, told) = upload(&visitor.api, own, "u1", "a.jpg", photo(640, 480)).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["mediaId"], id_of(&body).to_string());
    assert_eq!(download(&visitor.api, id_of(&body)).await, before);
    visitor.sends("m1", body).await.expect("accepted");
    drop(kept);
}
