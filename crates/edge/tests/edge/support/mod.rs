//! A running edge, a core to play with, and clients.

mod chat;
pub mod core;
mod links;
pub mod media;
mod ops;
mod search;
mod sends;
mod wire;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kefu_blobs::DiskBlobs;
use kefu_edge::{EdgeSettings, Wiring, serve};
use kefu_proto::{
    transport::Address,
    v1::{OpenWorkspace, Role, client_frame::Body as Up, server_frame::Body as Down},
};
use kefu_types::{Clock, ManualClock, SeededEntropy, SystemClock};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub use self::core::{Core, Talk};
pub use wire::Wire;

/// How long anything that must come is waited for: a busy machine is slow, not wrong.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until this holds.
pub async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let there = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, there).await;
    assert!(waited.is_ok(), "it never came true that {what}");
}

/// An edge in front of a core.
pub struct Edge {
    pub address: SocketAddr,
    pub core: Core,
    pub http: reqwest::Client,
    pub shutdown: CancellationToken,
    pub served: JoinHandle<Result<(), kefu_edge::EdgeError>>,
    pub directory: tempfile::TempDir,
}

/// Shipped settings, and a name for the pages.
pub fn settings() -> EdgeSettings {
    let mut settings = EdgeSettings::default();
    settings.site.name.en = "Shop".into();
    settings
}

impl Edge {
    /// Starts both, and waits until they are linked.
    pub async fn start(settings: EdgeSettings) -> Self {
        Self::by(Arc::new(SystemClock::new()), settings).await
    }

    /// The same where no time passes: what is counted by the second is never forgotten.
    pub async fn at_rest(settings: EdgeSettings) -> Self {
        Self::by(Arc::new(ManualClock::new(0)), settings).await
    }

    async fn by(clock: Arc<dyn Clock>, settings: EdgeSettings) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let core = Core::start(directory.path().join("chat.sock")).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let wiring = Wiring {
            settings,
            chat: Address::Unix(core.path.clone()),
            // The core plays the bot's Ops as well.
            bot: Address::Unix(core.path.clone()),
            metrics: Arc::new(|| "# TYPE kefu_test counter\nkefu_test 1\n".into()),
            blobs: Arc::new(DiskBlobs::open(&directory.path().join("media")).expect("writable")),
            clock,
            entropy: Arc::new(SeededEntropy::new(7)),
        };
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(serve(listener, wiring, shutdown.clone()));
        let edge = Self {
            address,
            core,
            http: reqwest::Client::new(),
            shutdown,
            served,
            directory,
        };
        edge.until_ready().await;
        edge
    }

    /// Waits until `/readyz` says so.
    pub async fn until_ready(&self) {
        let ready = async {
            loop {
                if let Ok(answer) = self.http.get(self.url("/readyz")).send().await {
                    let is_ready = answer.status() == 200;
                    // Read to its end, so that the client keeps its one connection.
                    let _ = answer.bytes().await;
                    if is_ready {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, ready).await;
        assert!(waited.is_ok(), "the edge never became ready");
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn post(&self, path: &str, token: &str, body: &str) -> reqwest::Response {
        let request = self.http.post(self.url(path)).bearer_auth(token);
        let request = request
            .header("content-type", "application/json")
            .body(body.to_owned());
        request.send().await.expect("an answer")
    }

    pub async fn get(&self, path: &str, token: &str) -> reqwest::Response {
        let request = self.http.get(self.url(path)).bearer_auth(token);
        request.send().await.expect("an answer")
    }

    /// A socket that has said nothing yet.
    pub async fn wire(&self, subprotocol: &str) -> Wire {
        Wire::connect(self.address, subprotocol, &[])
            .await
            .expect("a socket")
    }

    /// A socket of this token that was welcomed.
    pub async fn welcomed(&self, token: &str) -> Wire {
        let mut wire = self.wire("kefu.v1.proto").await;
        wire.hello(token).await;
        wire
    }

    /// A user with this token and role whose workspace is open.
    pub async fn at_work(&self, token: &str, role: Role) -> Wire {
        self.core.user_as(token, role);
        let mut wire = self.welcomed(token).await;
        wire.say(Up::Workspace(OpenWorkspace {})).await;
        wire.until(|body| matches!(body, Down::Workspace(_)).then_some(()))
            .await;
        wire
    }

    /// Stops, and waits for the end.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.served.await.expect("no panic").expect("a clean end");
    }
}

/// The words of a refusal: HTTP status, `code`, and whether `Retry-After` came along.
pub async fn problem(response: reqwest::Response) -> (u16, String, bool) {
    let status = response.status().as_u16();
    let media = response
        .headers()
        .get("content-type")
        .map(|media| media.as_bytes().to_vec());
    assert_eq!(
        media.as_deref(),
        Some(&b"application/problem+json"[..]),
        "status {status}"
    );
    let retry = response.headers().contains_key("retry-after");
    let body: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(body["status"], status);
    assert!(
        body["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    );
    (
        status,
        body["code"].as_str().expect("a code").to_owned(),
        retry,
    )
}
