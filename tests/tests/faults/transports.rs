//! Row 20: the transport changes in the middle of the stream, and whether frames are compressed. The
//! client is a stranger's, in Python, written from docs/protocol.md alone (`tests/client/kefu_client.py`).

use std::{collections::BTreeMap, process::Stdio, sync::Arc, time::Duration};

use kefu_tests::{
    Client, Codec, History, PATIENCE, Place, Service, assert_gapless, seed, text_of, workspace_root,
};
use serde::Deserialize;

use crate::common::quick;

const MESSAGES: usize = 60;

/// What the client shows in the end, and what it was told.
#[derive(Deserialize)]
struct Told {
    shown: Vec<(String, String, String)>,
    accepted: BTreeMap<String, (String, String)>,
    used: BTreeMap<String, u32>,
    /// Frames that came compressed.
    compressed: u32,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_changes_transport_in_the_stream_loses_and_doubles_nothing() {
    let options = quick().env("KEFU_EDGE__LIMITS__COMPRESS_ABOVE_BYTES", 200);
    let service = Service::start(options).await;
    let place = Place::new(&service.base);
    let seed = seed();
    let history = Arc::new(History::new(seed));
    let visitor = Client::visitor(&place, &history, Codec::Proto).await;
    let conversation = visitor.conversation;
    assert_eq!(
        visitor.acts(conversation, "ACTION_REQUEST_HUMAN").await,
        200
    );
    let python = tokio::process::Command::new("python3")
        .arg(workspace_root().join("tests/client/kefu_client.py"))
        .args([service.base.as_str(), visitor.api().token()])
        .arg(conversation.to_string())
        .args(["--messages", &MESSAGES.to_string()])
        .args(["--seed", &seed.to_string(), "--last-words", "完了"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("python3 is there");
    // Another device of the same person talks all the time, and the edge dies once in between.
    let mut device = visitor.another_device();
    let last = format!("py-{MESSAGES}");
    let mut dead = None;
    while !device.inbox.iter().any(|heard| heard.client_id == last) {
        device.says("同时").await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        let half = format!("py-{}", MESSAGES / 2);
        if dead.is_none() && device.inbox.iter().any(|heard| heard.client_id == half) {
            dead = Some(service.kill_role("edge"));
        }
    }
    device.says("完了").await;
    let ended = tokio::time::timeout(PATIENCE, python.wait_with_output()).await;
    let ended = ended.expect("it comes to its end").expect("it ran");
    let words = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "seed {seed}: {words}");
    let told: Told = serde_json::from_slice(&ended.stdout).expect("what it was told");
    let compressed = told.compressed;
    eprintln!(
        "seed {seed}: connections {:?}, {compressed} compressed frames",
        told.used
    );
    assert!(compressed > 0, "seed {seed}");
    for kind in ["websocket", "compressed", "events", "polls"] {
        assert!(
            told.used.get(kind).is_some_and(|times| *times >= 3),
            "{kind}"
        );
    }

    let stored = device.reads_all().await;
    history_of_one(&stored[0], &told);
    let own = stored[0]
        .iter()
        .filter(|message| message.client_id.starts_with("py-"));
    assert_eq!(own.count(), MESSAGES, "each once");
}

/// What it shows is what is stored up to there, and all that was acknowledged is among it.
fn history_of_one(stored: &[kefu_proto::v1::Message], told: &Told) {
    assert_gapless(stored);
    let lines: Vec<_> = stored
        .iter()
        .map(|message| {
            let number = |n: u64| n.to_string();
            (
                number(message.id),
                number(message.seq),
                text_of(message).to_owned(),
            )
        })
        .collect();
    assert!(told.shown.len() <= lines.len());
    assert_eq!(told.shown, lines[..told.shown.len()]);
    assert_eq!(told.accepted.len(), MESSAGES);
    for (client_id, (id, seq)) in &told.accepted {
        let row = stored
            .iter()
            .find(|message| message.client_id == *client_id);
        let row = row.expect("it was acknowledged");
        assert_eq!(
            (row.id.to_string(), row.seq.to_string()),
            (id.clone(), seq.clone())
        );
    }
}
