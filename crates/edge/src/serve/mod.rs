//! The process's front door: accept, serve, drain.

mod accept;
mod router;

use std::{sync::Arc, time::Duration};

use kefu_media::SharedBlobs;
use kefu_proto::transport::{Address, channel};
use kefu_types::{Clock, Entropy};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{app::App, app::Render, link::keep_linked, measures, media, settings::EdgeSettings};

/// Addresses that have been quiet are forgotten this often.
const SWEEP: Duration = Duration::from_secs(60);

/// What an edge is made of.
pub struct Wiring {
    /// How it behaves.
    pub settings: EdgeSettings,
    /// Where the chat core listens.
    pub chat: Address,
    /// Where the bot's `Ops` listen.
    pub bot: Address,
    /// Renders this process's metrics as Prometheus text.
    pub metrics: Render,
    /// Where the bytes of pictures and files are.
    pub blobs: SharedBlobs,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for jitter and the edge's id.
    pub entropy: Arc<dyn Entropy>,
}

/// Why an edge cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// An address of another role is malformed.
    #[error("the address of a role: {0}")]
    Address(#[from] tonic::transport::Error),
}

/// Serves until `shutdown`, then says goodbye to every socket, lets requests finish for at most
/// `drain_s`, and returns.
///
/// The other roles need not be there yet: until they are, `/readyz` says so and calls are
/// answered with 503.
///
/// # Errors
/// When an address is malformed.
pub async fn serve(
    listener: TcpListener,
    wiring: Wiring,
    shutdown: CancellationToken,
) -> Result<(), EdgeError> {
    measures::describe();
    let channels = (channel(&wiring.chat)?, channel(&wiring.bot)?);
    let stop = shutdown.child_token();
    let app = Arc::new(App::new(wiring, channels, stop.clone()));
    let queue_max = app.settings.limits.link_queue_max;
    // The link outlives the sockets, so that agents are seen to leave and sends are finished.
    let unlink = CancellationToken::new();
    let linked = keep_linked(
        app.hub.clone(),
        app.chat(),
        app.entropy.clone(),
        queue_max,
        unlink.clone(),
    );
    let link = tokio::spawn(linked);
    let sweeper = tokio::spawn(sweep(app.clone()));
    let remover = tokio::spawn(media::sweep(app.clone()));
    let connections = accept::accept(listener, router::router(&app), &app).await;
    drain(&app, &connections).await;
    sweeper.abort();
    remover.abort();
    unlink.cancel();
    let _ = link.await;
    Ok(())
}

/// Waits until sockets have said goodbye and requests are answered, at most `drain_s` for both.
async fn drain(app: &App, connections: &TaskTracker) {
    app.sockets.close();
    connections.close();
    let all = async { tokio::join!(app.sockets.wait(), connections.wait()) };
    let patience = Duration::from_secs(app.settings.limits.drain_s);
    if tokio::time::timeout(patience, all).await.is_err() {
        let (sockets, requests) = (app.sockets.len(), connections.len());
        tracing::warn!(sockets, requests, "some did not end in time");
    }
}

async fn sweep(app: Arc<App>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        app.new_visitors.sweep();
        app.logins.sweep();
        app.requests.sweep();
    }
}
