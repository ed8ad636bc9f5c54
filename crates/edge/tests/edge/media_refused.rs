//! Uploads that are not taken, and uploads that take too long or too much.

use std::time::Duration;

use image::ImageFormat;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    media::{kept, picture, taken, upload},
    support::{Edge, PATIENCE, problem, settings},
};

#[tokio::test]
async fn whatever_is_refused_says_why_and_leaves_nothing() {
    let mut settings = settings();
    settings.media.file_bytes_max = 200_000;
    settings.media.image_bytes_max = 100_000;
    settings.media.image_pixels_max = 1_000_000;
    settings.media.uploads_per_minute_per_person = 1_000;
    let edge = Edge::start(settings).await;
    let own = edge.core.visitor("v");
    let foreign = edge.core.visitor("w");
    let png = picture(9, 9, ImageFormat::Png);
    let mut bomb = png.clone();
    bomb[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1]);
    let big = picture(1_001, 1_000, ImageFormat::Gif);
    let large = [b"\x89PNG\r\n\x1a\n".as_slice(), &vec![0; 150_000]].concat();
    let cut = png[..png.len() / 2].to_vec();
    for (what, conversation, query, body, status) in [
        (
            "html",
            own,
            "client_id=a&name=a.txt",
            b"<html><script>".to_vec(),
            415,
        ),
        (
            "a program",
            own,
            "client_id=a&name=a.pdf",
            b"MZ\x90\0\x03".to_vec(),
            415,
        ),
        ("a lie", own, "client_id=a&name=a.pdf", png.clone(), 415),
        (
            "nothing known",
            own,
            "client_id=a&name=a",
            vec![0, 1, 2, 3],
            415,
        ),
        ("nothing", own, "client_id=a&name=a.txt", vec![], 422),
        (
            "too long a file",
            own,
            "client_id=a&name=a.txt",
            vec![b'a'; 200_001],
            413,
        ),
        (
            "too long a picture",
            own,
            "client_id=a&name=a.png",
            large,
            413,
        ),
        ("too many pixels", own, "client_id=a&name=a.gif", big, 413),
        ("half a picture", own, "client_id=a&name=a.png", cut, 422),
        ("no client id", own, "name=a.png", png.clone(), 400),
        (
            "somebody else's",
            foreign,
            "client_id=a&name=a.png",
            png.clone(),
            404,
        ),
        ("nowhere", 9, "client_id=a&name=a.png", png.clone(), 404),
    ] {
        let refused = problem(upload(&edge, conversation, query, body).await).await;
        assert_eq!(refused.0, status, "{what}: {refused:?}");
    }
    // A bomb whose checksum is wrong is damaged, one whose is right has too many pixels.
    let (status, ..) = problem(upload(&edge, own, "client_id=a&name=a.png", bomb).await).await;
    assert!([413, 422].contains(&status), "{status}");
    let lie = edge
        .http
        .post(edge.url(&format!("/api/v1/conversations/{own}/media?client_id=a")));
    let lie = lie
        .bearer_auth("v")
        .header("content-type", "application/pdf")
        .body(png.clone());
    assert_eq!(problem(lie.send().await.expect("an answer")).await.0, 415);
    let nobody = edge
        .http
        .post(edge.url(&format!("/api/v1/conversations/{own}/media?client_id=a")));
    assert_eq!(
        problem(nobody.body(png).send().await.expect("an answer"))
            .await
            .0,
        401
    );
    assert_eq!(kept(&edge), 0, "nothing is left");
    assert!(edge.core.state.lock().media.is_empty());
    edge.stop().await;
}

#[tokio::test]
async fn a_body_without_a_length_is_bounded_and_one_that_is_cut_off_leaves_nothing() {
    let mut settings = settings();
    settings.media.file_bytes_max = 50_000;
    let edge = Edge::start(settings).await;
    let own = edge.core.visitor("v");
    let pieces = (0..8).map(|_| Ok::<_, std::io::Error>(vec![b'a'; 10_000]));
    let path = format!("/api/v1/conversations/{own}/media?client_id=a");
    let endless = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
    let request = edge
        .http
        .post(edge.url(&path))
        .bearer_auth("v")
        .body(endless);
    let refused = problem(request.send().await.expect("an answer")).await;
    assert_eq!((refused.0, refused.1.as_str()), (413, "too_large"));
    // Another one ends in the middle.
    let mut line = tokio::net::TcpStream::connect(edge.address)
        .await
        .expect("connected");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer v\r\ncontent-length: 999\r\n\r\nhalf"
    );
    line.write_all(head.as_bytes()).await.expect("sent");
    line.shutdown().await.expect("cut");
    let mut answer = Vec::new();
    let _ = line.read_to_end(&mut answer).await;
    crate::support::eventually("nothing is left", || kept(&edge) == 0).await;
    assert!(edge.core.state.lock().media.is_empty());
    // Its sender is free to try again.
    taken(&edge, own, "client_id=a&name=a.txt", b"whole".to_vec()).await;
    edge.stop().await;
}

#[tokio::test]
async fn one_person_uploads_one_at_a_time_and_not_for_ever() {
    let mut settings = settings();
    settings.media.uploads_per_minute_per_person = 2;
    let edge = Edge::at_rest(settings).await;
    let own = edge.core.visitor("v");
    let path = format!("/api/v1/conversations/{own}/media?client_id=slow&name=a.txt");
    let mut line = tokio::net::TcpStream::connect(edge.address)
        .await
        .expect("connected");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer v\r\ncontent-length: 4\r\nconnection: close\r\n\r\nha"
    );
    line.write_all(head.as_bytes()).await.expect("sent");
    crate::support::eventually("it comes in", || kept(&edge) == 1).await;
    let (status, code, retry) =
        problem(upload(&edge, own, "client_id=b&name=b.txt", b"b".to_vec()).await).await;
    assert_eq!((status, code.as_str(), retry), (429, "rate_limited", true));
    line.write_all(b"lf").await.expect("sent");
    let mut answer = String::new();
    let read = tokio::time::timeout(PATIENCE, line.read_to_string(&mut answer)).await;
    read.expect("in time").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    taken(&edge, own, "client_id=b&name=b.txt", b"b".to_vec()).await;
    let third = problem(upload(&edge, own, "client_id=c&name=c.txt", b"c".to_vec()).await).await;
    assert_eq!(third.0, 429, "the third of a minute that does not pass");
    edge.stop().await;
}

#[tokio::test]
async fn switched_off_nothing_is_taken_and_a_slow_body_is_not_waited_for() {
    let mut off = settings();
    off.media.enabled = false;
    let edge = Edge::start(off).await;
    let own = edge.core.visitor("v");
    let refused = problem(upload(&edge, own, "client_id=a", b"words".to_vec()).await).await;
    assert_eq!((refused.0, refused.1.as_str()), (403, "forbidden"));
    edge.stop().await;
    let mut hasty = settings();
    hasty.media.upload_timeout_s = 1;
    let edge = Edge::start(hasty).await;
    let own = edge.core.visitor("v");
    let slow = futures::stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Some((Ok::<_, std::io::Error>(vec![b'a']), ()))
    });
    let path = format!("/api/v1/conversations/{own}/media?client_id=a");
    let request = edge.http.post(edge.url(&path)).bearer_auth("v");
    let answer = request.body(reqwest::Body::wrap_stream(slow)).send().await;
    // The rest is not waited for: the answer comes, or the end of the connection.
    if let Ok(answer) = answer {
        assert_eq!(problem(answer).await.0, 408);
    }
    assert_eq!(kept(&edge), 0);
    edge.stop().await;
}
