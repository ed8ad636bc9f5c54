//! Row 23: the edge has no descriptors left. It backs off, who is connected lives, and it recovers.

use std::{process::Command, time::Duration};

use kefu_tests::{Service, sampled};
use tokio::net::TcpStream;

use crate::common::{crowd, metric, quick, until};

/// Lowers the soft limit of a process that runs.
fn allow(pid: nix::unistd::Pid, descriptors: u64) {
    let status = Command::new("prlimit")
        .args([format!("--pid={pid}"), format!("--nofile={descriptors}:")])
        .status();
    assert!(status.expect("prlimit (util-linux) runs").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_without_descriptors_backs_off_keeps_its_clients_and_recovers() {
    let service = Service::start(quick()).await;
    let mut crowd = crowd(&service, 6).await;
    for client in crowd.clients() {
        client.says("在吗").await;
    }
    // A connection of its own for what is asked meanwhile.
    let watcher = service.api();
    assert!(watcher.text("/healthz").await.is_ok());
    let edge = service.pid_of("edge").expect("it lives");
    let open = sampled(edge).expect("it lives").descriptors;
    allow(edge, open + 6);
    let address = service.base.trim_start_matches("http://").to_owned();
    let mut held = Vec::new();
    for _ in 0..40 {
        // The kernel accepts for it, up to its backlog.
        let connecting = TcpStream::connect(&address);
        if let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_secs(1), connecting).await {
            held.push(stream);
        }
    }
    until("it cannot accept", async || {
        metric(&watcher, "kefu_edge_accept_failures_total", "").await >= 2.0
    })
    .await;
    for _ in 0..10 {
        for client in crowd.clients() {
            client.says("还在").await;
            assert_eq!(client.connections, 1, "a connected client was cut");
        }
    }
    held.clear();
    until("it accepts again", async || {
        service.api().text("/healthz").await.is_ok()
    })
    .await;
    assert_eq!(service.pid_of("edge"), Some(edge), "it is the same process");
    service.until_logged("cannot accept connections").await;
    crowd.holds().await;
}
