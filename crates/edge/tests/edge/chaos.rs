//! Everything at once, from a seed: events lost, repeated and reversed, links cut, clients that
//! come back. Whatever happens, each client has seen one contiguous sequence.

use std::time::Duration;

use futures::FutureExt as _;
use kefu_proto::v1::server_frame::Body as Down;
use kefu_types::{Entropy as _, SeededEntropy};

use crate::support::{Edge, Wire, core::Mischief, settings};

/// A client that resumes from what it has seen.
struct Client {
    wire: Wire,
    seen: Vec<u64>,
}

impl Client {
    fn last(&self) -> u64 {
        self.seen.last().copied().unwrap_or(0)
    }

    /// Takes what is there, without waiting.
    async fn take(&mut self, own: u64) {
        while let Some(frame) = self.wire.hear().now_or_never() {
            self.heard(own, frame.body).await;
        }
    }

    /// Waits until it has seen `last`.
    async fn until(&mut self, own: u64, last: u64) {
        while self.last() < last {
            let frame = self.wire.hear().await;
            self.heard(own, frame.body).await;
        }
    }

    async fn heard(&mut self, own: u64, body: Option<Down>) {
        match body {
            Some(Down::Messages(messages)) => {
                self.seen
                    .extend(messages.messages.iter().map(|message| message.seq));
            }
            // The opening fell into a cut: it says when to try again.
            Some(Down::Problem(problem)) => {
                assert_eq!(problem.code, "unavailable");
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.wire.open(own, self.last()).await;
            }
            _ => {}
        }
    }
}

async fn run(seed: u64) {
    let entropy = SeededEntropy::new(seed);
    let below = |bound: u64| entropy.next_u64() % bound;
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut wire = edge.welcomed("v").await;
        wire.open(own, 0).await;
        clients.push(Client {
            wire,
            seen: Vec::new(),
        });
    }
    for _ in 0..150 {
        match below(12) {
            0 => edge.core.state.lock().mischief = Mischief::Lose,
            1 => edge.core.state.lock().mischief = Mischief::Repeat,
            2 => edge.core.state.lock().mischief = Mischief::Hold,
            3 => edge.core.state.lock().mischief = Mischief::None,
            4 => edge.core.release_reversed(),
            5 => edge.core.lagged(),
            // The link is cut; calls still work.
            6 if below(3) == 0 => edge.core.state.lock().links.clear(),
            7 if below(3) == 0 => {
                let at = usize::try_from(below(3)).expect("below three");
                clients[at].take(own).await;
                let mut wire = edge.welcomed("v").await;
                wire.open(own, clients[at].last()).await;
                clients[at].wire = wire;
            }
            8 => tokio::time::sleep(Duration::from_millis(below(20))).await,
            _ => drop(edge.core.bot_says(own, "?")),
        }
        for client in &mut clients {
            client.take(own).await;
        }
    }
    edge.core.state.lock().mischief = Mischief::None;
    edge.until_ready().await;
    let last = edge.core.bot_says(own, "the last one");
    for client in &mut clients {
        client.until(own, last).await;
        let expected: Vec<u64> = (1..=last).collect();
        assert_eq!(client.seen, expected, "seed {seed}");
    }
}

#[tokio::test]
async fn every_client_sees_one_contiguous_sequence_whatever_happens() {
    for seed in 1..=12 {
        run(seed).await;
    }
}
