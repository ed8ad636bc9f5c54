//! What two devices wrote offline arrives late, in bulk, and some of it twice.

use std::collections::{BTreeMap, BTreeSet};

use kefu_proto::v1::{SendMessage, client_frame, server_frame};
use kefu_tests::{Codec, Options, Service, Socket, Visitor, history, text};

/// Messages of one device.
const EACH: usize = 250;
/// Every so many is sent twice at once.
const REPEATED: usize = 9;

async fn service() -> Service {
    let options = Options::default()
        .without_model()
        .env("KEFU_EDGE__SENDS_PER_SECOND", 2_000)
        .env("KEFU_EDGE__LIMITS__FRAMES_PER_SECOND", 4_000);
    Service::start(options).await
}

fn send(conversation_id: u64, client_id: String, words: &str) -> client_frame::Body {
    client_frame::Body::Send(SendMessage {
        conversation_id,
        client_id,
        body: Some(text(words)),
        ..SendMessage::default()
    })
}

/// One device: what it wrote, in order, and what was accepted.
struct Device {
    name: &'static str,
    token: String,
    conversation: u64,
    accepted: BTreeMap<usize, u64>,
}

impl Device {
    fn client_id(&self, at: usize) -> String {
        format!("{}-{at}", self.name)
    }

    /// Sends all that was not accepted, without waiting, some of it twice; reads answers until
    /// there are `enough` accepted messages, or the connection is gone.
    async fn flush(&mut self, base: &str, enough: usize) -> anyhow::Result<()> {
        let mut socket = Socket::hello(base, Codec::Proto, &self.token).await?;
        let mut asked = BTreeMap::new();
        let open: Vec<usize> = (0..EACH)
            .filter(|at| !self.accepted.contains_key(at))
            .collect();
        for at in open {
            let times = if at % REPEATED == 0 { 2 } else { 1 };
            for _ in 0..times {
                let frame = send(self.conversation, self.client_id(at), &format!("{at}"));
                asked.insert(socket.send(frame).await?, at);
            }
        }
        while self.accepted.len() < enough && !asked.is_empty() {
            let frame = socket.next().await?;
            let Some(at) = asked.remove(&frame.r#ref) else {
                continue;
            };
            match frame.body {
                Some(server_frame::Body::Accepted(accepted)) => {
                    let first = *self.accepted.entry(at).or_insert(accepted.seq);
                    assert_eq!(first, accepted.seq, "a retry is told the first sequence");
                }
                // For the moment only: it stays in the list for the next time.
                Some(server_frame::Body::Problem(problem)) => {
                    assert!(problem.retry_after_ms > 0, "{problem:?}");
                }
                other => panic!("no answer to a send: {other:?}"),
            }
        }
        Ok(())
    }

    /// As often as it takes, over however many connections.
    async fn flush_all(&mut self, base: &str) {
        while self.accepted.len() < EACH {
            if self.flush(base, EACH).await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_late_messages_of_two_devices_keep_their_order_and_none_is_doubled() {
    let service = service().await;
    let visitor = Visitor::arrive(&service, "en").await;
    let device = |name| Device {
        name,
        token: visitor.api.token().to_owned(),
        conversation: visitor.conversation,
        accepted: BTreeMap::new(),
    };
    let (mut phone, mut desk) = (device("phone"), device("desk"));
    // Both come back at once; the edge dies while they talk.
    let (one, two) = tokio::join!(
        phone.flush(&service.base, EACH / 5),
        desk.flush(&service.base, EACH / 5)
    );
    one.and(two).expect("the first part goes through");
    let dead = service.kill_role("edge");
    service.until_restarted("edge", dead).await;
    service.until_ready().await;
    tokio::join!(
        phone.flush_all(&service.base),
        desk.flush_all(&service.base)
    );

    let all = history(&visitor.api, visitor.conversation).await;
    let mut stored: BTreeMap<String, u64> = BTreeMap::new();
    for (message, seq) in all.iter().zip(1_u64..) {
        assert_eq!(message["seq"], seq.to_string(), "no gap");
        let client_id = message["clientId"].as_str().unwrap_or_default();
        if !client_id.is_empty() {
            let before = stored.insert(client_id.to_owned(), seq);
            assert_eq!(before, None, "{client_id} is stored twice");
        }
    }
    assert_eq!(stored.len(), 2 * EACH);
    for device in [&phone, &desk] {
        let order: Vec<u64> = device.accepted.values().copied().collect();
        assert!(
            order.is_sorted(),
            "{}: the order in which it was written",
            device.name
        );
        let distinct: BTreeSet<&u64> = order.iter().collect();
        assert_eq!(distinct.len(), EACH);
        for (at, seq) in &device.accepted {
            assert_eq!(stored.get(&device.client_id(*at)), Some(seq));
        }
    }
}
