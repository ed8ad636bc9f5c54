//! Pictures and files: what is taken, what is refused and why, and how they are served.

use std::{io::Cursor, path::Path};

use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::{Response, header::HeaderMap};
use serde_json::Value;

use crate::support::{Edge, problem, settings};

pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = DynamicImage::ImageRgb8(RgbImage::new(width, height));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

pub async fn upload(edge: &Edge, conversation: u64, query: &str, body: Vec<u8>) -> Response {
    let path = format!("/api/v1/conversations/{conversation}/media?{query}");
    let request = edge.http.post(edge.url(&path)).bearer_auth("v").body(body);
    request.send().await.expect("an answer")
}

/// The body of an upload that was taken.
pub async fn taken(edge: &Edge, conversation: u64, query: &str, body: Vec<u8>) -> Value {
    let answer = upload(edge, conversation, query, body).await;
    let status = answer.status();
    let told: Value = answer.json().await.expect("JSON");
    assert_eq!(status, 201, "{told}");
    told["body"].clone()
}

async fn get(edge: &Edge, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = edge.http.get(edge.url(path)).bearer_auth("v");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

fn assert_safe(headers: &HeaderMap) {
    let policy = headers["content-security-policy"].to_str().expect("text");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("sandbox"),
        "{policy}"
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
    assert_eq!(headers["cache-control"], "private, no-cache");
}

fn files(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir).expect("readable").flatten();
    let count = |entry: std::fs::DirEntry| match entry.path() {
        path if path.is_dir() => files(&path),
        _ => 1,
    };
    entries.map(count).sum()
}

pub fn kept(edge: &Edge) -> usize {
    files(&edge.directory.path().join("media"))
}

#[tokio::test]
async fn a_picture_is_made_anew_and_served_to_be_shown_and_nothing_else() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut jpeg = picture(900, 600, ImageFormat::Jpeg);
    jpeg.extend(b"<script>alert(1)</script>");
    let body = taken(&edge, own, "client_id=a&name=../../photo.PNG", jpeg).await;
    let image = &body["image"];
    assert_eq!(
        (&image["width"], &image["height"]),
        (&900.into(), &600.into())
    );
    assert_eq!(
        (&image["thumbWidth"], &image["thumbHeight"]),
        (&320.into(), &213.into())
    );
    assert_eq!(
        (&image["name"], &image["contentType"]),
        (&"photo.jpg".into(), &"image/jpeg".into())
    );
    let id = image["mediaId"].as_str().expect("an id");
    let whole = get(&edge, &format!("/media/{id}/photo.jpg"), &[]).await;
    assert_eq!(whole.status(), 200);
    let headers = whole.headers().clone();
    assert_safe(&headers);
    assert_eq!(headers["content-type"], "image/jpeg");
    assert!(
        headers["content-disposition"]
            .to_str()
            .expect("text")
            .starts_with("inline")
    );
    let bytes = whole.bytes().await.expect("whole");
    assert_eq!(
        bytes.len().to_string(),
        image["bytes"].as_str().expect("a number")
    );
    assert!(!bytes.windows(7).any(|window| window == b"<script"));
    let small = get(&edge, &format!("/media/{id}/thumbnail"), &[]).await;
    assert_eq!(small.status(), 200);
    assert_safe(small.headers());
    let small = image::load_from_memory(&small.bytes().await.expect("whole"));
    assert_eq!(small.expect("a picture").width(), 320);
    // What has not changed is not sent again, once the core has said that it may be.
    let tag = headers["etag"].to_str().expect("text");
    let again = get(&edge, &format!("/media/{id}/x"), &[("if-none-match", tag)]).await;
    assert_eq!(again.status(), 304);
    edge.stop().await;
}

#[tokio::test]
async fn a_file_is_served_for_saving_whole_or_in_pieces() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let pdf = [b"%PDF-1.7\n".as_slice(), &vec![7; 600_000]].concat();
    let body = taken(
        &edge,
        own,
        "client_id=a&name=%E5%90%88%E5%90%8C.pdf",
        pdf.clone(),
    )
    .await;
    let file = &body["file"];
    assert_eq!(
        (&file["name"], &file["bytes"]),
        (&"合同.pdf".into(), &"600009".into())
    );
    let path = format!("/media/{}/a.pdf", file["mediaId"].as_str().expect("an id"));
    let whole = get(&edge, &path, &[]).await;
    assert_safe(whole.headers());
    assert_eq!(whole.headers()["content-length"], "600009");
    let how = whole.headers()["content-disposition"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        how.starts_with("attachment;") && how.ends_with("''%E5%90%88%E5%90%8C.pdf"),
        "{how}"
    );
    assert_eq!(whole.bytes().await.expect("whole"), pdf);
    let piece = get(&edge, &path, &[("range", "bytes=5-300004")]).await;
    assert_eq!(piece.status(), 206);
    assert_eq!(piece.headers()["content-range"], "bytes 5-300004/600009");
    assert_eq!(piece.bytes().await.expect("a piece"), pdf[5..300_005]);
    let none = get(&edge, &path, &[("range", "bytes=600009-")]).await;
    assert_eq!(
        (none.status().as_u16(), &none.headers()["content-range"]),
        (416, &"bytes */600009".parse().expect("a header"))
    );
    let other = get(
        &edge,
        &path,
        &[("range", "bytes=5-9"), ("if-range", "\"other\"")],
    )
    .await;
    assert_eq!(other.status(), 200);
    edge.stop().await;
}

#[tokio::test]
async fn an_upload_is_repeated_without_harm_and_bounded_for_the_tenant() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    edge.core.state.lock().media_room = 8;
    let first = taken(&edge, own, "client_id=a&name=a.txt", b"one".to_vec()).await;
    let again = upload(&edge, own, "client_id=a&name=a.txt", b"one".to_vec()).await;
    assert_eq!(again.status(), 200);
    let again: Value = again.json().await.expect("JSON");
    assert_eq!(again["body"], first);
    let other = upload(&edge, own, "client_id=a&name=a.txt", b"two".to_vec()).await;
    assert_eq!(problem(other).await.0, 409);
    let full = upload(&edge, own, "client_id=b&name=a.txt", b"123456".to_vec()).await;
    assert_eq!(problem(full).await.0, 413);
    assert_eq!(kept(&edge), 1);
    edge.stop().await;
}

#[tokio::test]
async fn only_readers_of_the_conversation_have_it_and_what_is_gone_is_removed() {
    let mut settings = settings();
    settings.media.sweep_s = 1;
    let edge = Edge::start(settings).await;
    let own = edge.core.visitor("v");
    edge.core.visitor("w");
    edge.core.user("agent");
    let body = taken(
        &edge,
        own,
        "client_id=a&name=a.png",
        picture(700, 20, ImageFormat::Png),
    )
    .await;
    let id = body["image"]["mediaId"].as_str().expect("an id").to_owned();
    for path in [
        format!("/media/{id}/a.png"),
        format!("/media/{id}/thumbnail"),
    ] {
        for (token, status) in [("v", 200), ("agent", 200), ("w", 404), ("nobody", 401)] {
            assert_eq!(
                edge.get(&path, token).await.status(),
                status,
                "{path} for {token}"
            );
        }
        let bare = edge
            .http
            .get(edge.url(&path))
            .send()
            .await
            .expect("an answer");
        assert_eq!(bare.status(), 401);
    }
    for path in [
        "/media/1/a.png",
        "/media/x/a.png",
        "/media/0/thumbnail",
        "/media/..%2f..%2fkefu.db/x",
    ] {
        assert_eq!(problem(edge.get(path, "v").await).await.0, 404, "{path}");
    }
    assert_eq!(kept(&edge), 2);
    let number: u64 = id.parse().expect("a number");
    edge.core
        .state
        .lock()
        .media
        .get_mut(&number)
        .expect("kept")
        .gone = true;
    assert_eq!(
        edge.get(&format!("/media/{id}/a.png"), "v").await.status(),
        404
    );
    crate::support::eventually("its bytes are removed", || kept(&edge) == 0).await;
    crate::support::eventually("it is forgotten", || {
        edge.core.state.lock().media.is_empty()
    })
    .await;
    edge.stop().await;
}

#[tokio::test]
async fn bytes_without_a_seal_are_nobody_s_until_the_upload_is_repeated() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    edge.core.state.lock().seals_refused = 1;
    let query = "client_id=a&name=a.txt";
    let (status, _, retry) = problem(upload(&edge, own, query, b"words".to_vec()).await).await;
    assert_eq!((status, retry), (503, true));
    assert_eq!(kept(&edge), 1, "the bytes are there");
    let id = *edge.core.state.lock().media.keys().next().expect("a row");
    let path = format!("/media/{id}/a.txt");
    assert_eq!(edge.get(&path, "v").await.status(), 404);
    let body = taken(&edge, own, query, b"words".to_vec()).await;
    assert_eq!(body["file"]["mediaId"], id.to_string());
    assert_eq!(kept(&edge), 1);
    let bytes = edge.get(&path, "v").await.bytes().await.expect("whole");
    assert_eq!(&bytes[..], b"words");
    edge.stop().await;
}
