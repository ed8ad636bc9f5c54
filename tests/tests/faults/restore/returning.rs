//! Those who were away during the restore.

use kefu_proto::v1::{Mark, Message, Open, client_frame, server_frame};
use kefu_tests::{Client, Codec, Socket, assert_gapless, text_of};

use crate::common::until;

/// Reads on, through whatever cuts there are, until it is told of another epoch.
pub(super) async fn hears_of_a_new_epoch(client: &mut Client) {
    let before = client.epoch;
    until("it is told of another epoch", async || {
        let _ = client.frame().await;
        client.epoch != before
    })
    .await;
    assert!(client.epoch > before);
}

/// A page that was away comes back from behind `had`, which it was given in `epoch`, and reads until
/// `last`. What it shows then.
async fn comes_back(
    client: &Client,
    (base, had, epoch): (&str, &[Message], u64),
    last: u64,
) -> Vec<(u64, u64, String)> {
    let mut socket = Socket::hello(base, Codec::Proto, client.api().token())
        .await
        .expect("hello");
    let mut shown = had.to_vec();
    let after_seq = shown.last().expect("some").seq;
    let open = Open {
        conversation_id: client.conversation,
        after_seq,
        epoch,
    };
    socket
        .send(client_frame::Body::Open(open))
        .await
        .expect("connected");
    while shown.last().is_none_or(|message| message.seq < last) {
        match socket.next().await.expect("a frame").body {
            Some(server_frame::Body::Opened(opened)) if opened.after_seq < after_seq => {
                shown.clear();
            }
            Some(server_frame::Body::Messages(batch)) => shown.extend(batch.messages),
            _ => {}
        }
    }
    lines(&shown)
}

fn lines(messages: &[Message]) -> Vec<(u64, u64, String)> {
    let line = |message: &Message| (message.seq, message.id, text_of(message).to_owned());
    messages.iter().map(line).collect()
}

/// More is said than was lost; then everybody who has seen what was lost comes back.
pub(super) async fn after_the_store_has_passed(
    base: &str,
    client: &Client,
    had: &[Message],
    epoch: u64,
) {
    let (conversation, lost) = (client.conversation, had.last().expect("some").seq);
    for n in 0.. {
        let told = client
            .posts(conversation, &format!("past-{n}"), "新的")
            .await;
        if told.expect("it is new").seq > lost + 1 {
            break;
        }
    }
    let stored = client.stored(conversation).await;
    assert_gapless(&stored);
    let last = stored.last().expect("some").seq;
    let shown = comes_back(client, (base, had, epoch), last).await;
    assert_eq!(
        shown,
        lines(&stored),
        "the history of now, and nothing else"
    );
    // A bug on purpose: without epochs the place is believed. The comparison must see it.
    let shown = comes_back(client, (base, had, 0), last).await;
    assert_ne!(shown, lines(&stored), "the epoch decides nothing");
    // How far somebody was in the former epoch says nothing about this one.
    let mut socket = Socket::hello(base, Codec::Json, client.api().token())
        .await
        .expect("hello");
    let mark = |epoch| Mark {
        conversation_id: conversation,
        delivered_seq: lost,
        read_seq: lost,
        epoch,
    };
    let mut said = Vec::new();
    for epoch in [epoch, client.epoch] {
        let sent = socket.send(client_frame::Body::Mark(mark(epoch))).await;
        sent.expect("connected");
        said.push(match socket.next().await.expect("an answer").body {
            Some(server_frame::Body::Problem(why)) => why.code,
            Some(server_frame::Body::Cursor(cursor)) => cursor.read_seq.to_string(),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(said, ["conflict".to_owned(), lost.to_string()]);
}
