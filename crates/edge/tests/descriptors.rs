//! The machine runs out of file descriptors. Alone in its process, because the limit is the
//! process's.

#[path = "edge/support/mod.rs"]
#[allow(dead_code)]
mod support;

use std::time::Duration;

use kefu_proto::v1::{Ping, client_frame::Body as Up, server_frame::Body as Down};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use support::{Edge, PATIENCE, settings};
use tokio::net::TcpStream;

#[tokio::test]
async fn accepting_backs_off_connected_clients_live_and_it_recovers() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    let mut wire = edge.welcomed("v").await;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, 64, hard).expect("lowered");
    // Both ends are ours: connecting fails or is never accepted, and no descriptor is left.
    let mut held = Vec::new();
    while let Ok(stream) = TcpStream::connect(edge.address).await {
        held.push(stream);
    }
    assert!(held.len() > 8, "only {} connections", held.len());
    for _ in 0..20 {
        wire.say(Up::Ping(Ping::default())).await;
        assert!(
            matches!(wire.hear().await.body, Some(Down::Pong(_))),
            "connected clients live"
        );
    }
    held.clear();
    let recovered = async {
        let again = reqwest::Client::new().get(edge.url("/healthz"));
        while again.try_clone().expect("no body").send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let recovered = tokio::time::timeout(PATIENCE, recovered).await;
    assert!(recovered.is_ok(), "it accepts again");
}
