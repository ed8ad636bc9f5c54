//! Connections without WebSocket: begun by a request, frames up by POST, down by polls and events.

mod line;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kefu_proto::v1::{Ping, ServerFrame, client_frame::Body as Up, server_frame::Body as Down};
use prost::Message as _;

use self::line::{Line, events_of, hello, open, says, seqs};
use crate::support::{Edge, eventually, problem, settings};

#[tokio::test]
async fn a_talk_over_polls_is_the_talk_over_a_socket_in_both_protocols() {
    let edge = Edge::start(settings()).await;
    for json in [true, false] {
        let conversation = edge.core.visitor("v");
        edge.core.bot_says(conversation, "one");
        edge.core.bot_says(conversation, "two");
        let mut line = Line::welcomed(&edge, json, "v").await;
        line.up(vec![
            open(conversation, 1),
            says(conversation, "a"),
            Up::Ping(Ping::default()),
        ])
        .await;
        let (mut seen, mut accepted) = (Vec::new(), None);
        while seen.last() != Some(&3) || accepted.is_none() {
            let told = line.poll().await;
            seen.extend(seqs(&told.frames));
            accepted = accepted.or(told.frames.iter().find_map(|frame| match &frame.body {
                Some(Down::Accepted(told)) => Some((frame.r#ref, told.seq)),
                _ => None,
            }));
        }
        assert_eq!(seen, [2, 3], "what follows the place, once and in order");
        assert_eq!(accepted, Some((3, 3)));
    }
    edge.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_is_given_again_until_it_is_acknowledged() {
    let edge = Edge::start(settings()).await;
    let conversation = edge.core.visitor("v");
    let mut line = Line::welcomed(&edge, true, "v").await;
    line.up(vec![open(conversation, 0)]).await;
    line.until(|frame| matches!(&frame.body, Some(Down::Opened(_))).then_some(()))
        .await;
    edge.core.bot_says(conversation, "one");
    let first = line.read(line.asks(line.after).await).await;
    // More may have come meanwhile; what was there is there in the same place.
    let again = line.read(line.asks(line.after).await).await;
    assert_eq!(again.first, first.first);
    assert_eq!(again.frames[..first.frames.len()], first.frames);
    line.after += again.frames.len() as u64;

    let refused = line.asks(line.after + 9).await;
    assert_eq!(problem(refused).await, (400, "invalid".into(), false));
    let path = format!("/stream/frames?stream={}&after={}", line.name, line.after);
    let acknowledged = line.post(&path, Vec::new()).await;
    assert_eq!(acknowledged.status(), 204);
    let gone = line.asks(0).await;
    assert_eq!(problem(gone).await, (410, "not_found".into(), false));
    let path = format!("/stream/events?stream={}", line.name);
    let gone = edge.get(&path, "").await;
    assert_eq!(problem(gone).await, (410, "not_found".into(), false));
    edge.core.bot_says(conversation, "two");
    line.until(|frame| (seqs(std::slice::from_ref(frame)) == [2]).then_some(()))
        .await;
    edge.stop().await;
}

#[tokio::test]
async fn of_two_readers_the_older_ends_with_a_code_and_the_newer_goes_on() {
    let edge = Edge::start(settings()).await;
    let conversation = edge.core.visitor("v");
    let mut line = Line::welcomed(&edge, true, "v").await;
    line.up(vec![open(conversation, 0)]).await;
    line.until(|frame| matches!(&frame.body, Some(Down::Opened(_))).then_some(()))
        .await;
    let (after, name) = (line.after, line.name.clone());
    let mut first = events_of(&edge, &name, after).await;
    let url = edge.url(&format!("/stream/poll?stream={name}&after={after}"));
    let older = tokio::spawn(edge.http.get(url).send());
    // The poll has begun when the events have ended.
    assert_eq!(first.closed().await, "4409");
    let mut newer = events_of(&edge, &name, after).await;
    let refused = older.await.expect("no panic").expect("an answer");
    assert_eq!(problem(refused).await, (409, "conflict".into(), false));

    edge.core.bot_says(conversation, "one");
    let told = newer.next().await;
    assert_eq!((told.id, told.event.as_str()), (Some(after + 1), "message"));
    let mut seen = seqs(&[serde_json::from_str(&told.data).expect("a frame")]);
    line.after += 1;
    while seen.is_empty() {
        seen.extend(seqs(&line.poll().await.frames));
    }
    assert_eq!(seen, [1], "nothing is lost between two readers");
    edge.core.bot_says(conversation, "two");
    line.until(|frame| (seqs(std::slice::from_ref(frame)) == [2]).then_some(()))
        .await;
    assert_eq!(newer.closed().await, "4409");
    edge.stop().await;
}

#[tokio::test]
async fn events_carry_numbered_frames_and_end_with_the_code() {
    let edge = Edge::start(settings()).await;
    let conversation = edge.core.visitor("v");
    let mut line = Line::welcomed(&edge, false, "v").await;
    line.up(vec![open(conversation, 0)]).await;
    edge.core.bot_says(conversation, "one");
    let mut events = events_of(&edge, &line.name, 0).await;
    let (mut number, mut seen) = (0, Vec::new());
    while seen.is_empty() {
        let told = events.next().await;
        number += 1;
        assert_eq!(told.id, Some(number));
        let bytes = STANDARD.decode(told.data).expect("base64");
        seen.extend(seqs(&[ServerFrame::decode(&*bytes).expect("a frame")]));
    }
    assert_eq!(seen, [1]);
    let ended = edge
        .http
        .delete(edge.url(&format!("/stream?stream={}", line.name)));
    assert_eq!(ended.send().await.expect("an answer").status(), 204);
    assert_eq!(events.closed().await, "1000");
    // It can be read a while longer why it ended; nothing is taken any more.
    let path = format!("/stream/frames?stream={}", line.name);
    let refused = line.post(&path, vec![Up::Ping(Ping::default())]).await;
    assert_eq!(problem(refused).await, (404, "not_found".into(), false));
    line.after = number;
    assert_eq!(line.closed().await.0, 1000);
    edge.stop().await;
}

#[tokio::test]
async fn what_ends_a_socket_ends_a_connection_of_requests_with_the_same_code() {
    let mut small = settings();
    small.limits.outbox_frames_max = 4;
    let edge = Edge::start(small).await;
    let conversation = edge.core.visitor("v");
    // No such session.
    let (mut nobody, told) = Line::begin(&edge, true, vec![hello("forged")]).await;
    let last = told.frames.last().and_then(|frame| frame.body.clone());
    assert!(matches!(last, Some(Down::Goodbye(_))), "{last:?}");
    nobody.after = 1;
    assert_eq!(nobody.closed().await.0, 1008);
    // Nobody reads.
    let mut slow = Line::welcomed(&edge, true, "v").await;
    slow.up(vec![open(conversation, 0)]).await;
    eventually("it is watched", || edge.core.watched(conversation)).await;
    for _ in 0..200 {
        edge.core.bot_says(conversation, "more");
    }
    let path = format!("/stream/frames?stream={}", slow.name);
    while slow
        .post(&path, vec![Up::Ping(Ping::default())])
        .await
        .status()
        == 204
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(slow.closed().await, (4429, "overloaded".into()));
    // The session ends.
    let mut ended = Line::welcomed(&edge, true, "v").await;
    edge.core.end_session("v");
    assert_eq!(ended.closed().await, (1008, "unauthenticated".into()));
    // The server stops.
    edge.core.visitor("w");
    let mut stopped = Line::welcomed(&edge, true, "w").await;
    let (after, name) = (stopped.after, stopped.name.clone());
    let url = edge.url(&format!("/stream/poll?stream={name}&after={after}"));
    let mut last = events_of(&edge, &name, after).await;
    let waiting = tokio::spawn(edge.http.get(url).send());
    assert_eq!(last.closed().await, "4409", "the poll waits");
    edge.shutdown.cancel();
    let told = waiting.await.expect("no panic").expect("an answer");
    let told = stopped.read(told).await;
    stopped.after += told.frames.len() as u64;
    assert!(matches!(
        told.frames.last().and_then(|frame| frame.body.as_ref()),
        Some(Down::Goodbye(goodbye)) if goodbye.reconnect_after_ms > 0
    ));
    edge.stop().await;
}

#[tokio::test]
async fn a_poll_that_nothing_comes_for_is_answered_all_the_same() {
    let mut hasty = settings();
    hasty.limits.poll_s = 1;
    let edge = Edge::start(hasty).await;
    edge.core.visitor("v");
    let mut line = Line::welcomed(&edge, true, "v").await;
    for _ in 0..2 {
        let told = line.poll().await;
        assert_eq!((told.frames.len(), told.close_code), (0, 0));
    }
    edge.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_the_connection_lives() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    edge.core.user("agent");
    let post = async |path: &str, media: &'static str, body: String| {
        let request = edge.http.post(edge.url(path)).header("content-type", media);
        problem(request.body(body).send().await.expect("an answer")).await
    };
    let json = "application/json";
    let refused = |status: u16, code: &str| (status, code.to_owned(), false);
    let begin = "/stream?protocol=kefu.v1.json";
    let hello = r#"{"frames":[{"hello":{"token":"v"}}]}"#;
    let ping = r#"{"frames":[{"ping":{}}]}"#;
    for (path, media, body, expected) in [
        ("/stream", json, hello, refused(400, "invalid")),
        (
            "/stream?protocol=kefu.v2.json",
            json,
            hello,
            refused(400, "version"),
        ),
        (begin, "text/plain", hello, refused(415, "invalid")),
        (begin, json, ping, refused(400, "bad_frame")),
        (begin, json, r#"{"frames":[]}"#, refused(400, "bad_frame")),
        (begin, json, "{", refused(400, "bad_frame")),
        (
            "/stream/frames?stream=no",
            json,
            ping,
            refused(404, "not_found"),
        ),
        ("/stream/frames", json, ping, refused(400, "invalid")),
    ] {
        let told = post(path, media, body.to_owned()).await;
        assert_eq!(told, expected, "{path} {media} {body}");
    }
    let cookie = edge.http.post(edge.url(begin)).header("content-type", json);
    let cookie = cookie.header("cookie", "kefu_session=agent").body(hello);
    let told = problem(cookie.send().await.expect("an answer")).await;
    assert_eq!(told, refused(403, "forbidden"), "a cookie from elsewhere");

    let mut line = Line::welcomed(&edge, true, "v").await;
    let frames = format!("/stream/frames?stream={}", line.name);
    let dance = r#"{"frames":[{"ping":{}},{"dance":{}}]}"#.to_owned();
    let large = format!(r#"{{"frames":[{{"ref":"1{}"}}]}}"#, "0".repeat(70_000));
    assert_eq!(post(&frames, json, dance).await, refused(400, "bad_frame"));
    assert_eq!(post(&frames, json, large).await, refused(413, "too_large"));
    line.up(vec![Up::Ping(Ping::default())]).await;
    line.until(|frame| matches!(&frame.body, Some(Down::Pong(_))).then_some(()))
        .await;
    let get = async |path: &str| problem(edge.get(path, "").await).await;
    assert_eq!(
        get("/stream/poll?stream=no").await,
        refused(404, "not_found")
    );
    assert_eq!(
        get("/stream/frames?stream=no").await,
        refused(405, "invalid")
    );
    edge.stop().await;
}
