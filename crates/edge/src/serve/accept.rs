//! Connections: bounded, timed, and accepted again after the machine has run out of descriptors.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, response::IntoResponse as _};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::{
    app::App,
    door::client_of,
    measures,
    problem::{ApiError, passing},
};

const BACKOFF_MIN: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(1);
/// A failing `accept` is logged once in this long.
const LOG_EVERY: Duration = Duration::from_secs(10);
/// Connections above the bound that are told so at once; above this they are just closed.
const REFUSALS_MAX: usize = 64;
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Accepts until the app stops; returns the connections that are under way.
pub(super) async fn accept(listener: TcpListener, router: Router, app: &Arc<App>) -> TaskTracker {
    let limits = &app.settings.limits;
    let seats = Arc::new(Semaphore::new(
        limits.connections_max.min(Semaphore::MAX_PERMITS),
    ));
    let refusals = Arc::new(Semaphore::new(REFUSALS_MAX));
    let connections = TaskTracker::new();
    let mut trouble = Trouble::default();
    loop {
        let accepted = tokio::select! {
            () = app.shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                trouble.bear(&error, app).await;
                continue;
            }
        };
        trouble.over();
        // Frames are small and somebody waits for each.
        let _ = stream.set_nodelay(true);
        if let Ok(seat) = seats.clone().try_acquire_owned() {
            let served = connection(stream, peer, router.clone(), app.clone());
            connections.spawn(async move {
                served.await;
                drop(seat);
            });
        } else if let Ok(turn) = refusals.clone().try_acquire_owned() {
            connections.spawn(async move {
                let _ = tokio::time::timeout(REFUSAL_TIMEOUT, refuse(stream)).await;
                drop(turn);
            });
        }
    }
    connections
}

/// Serves one connection; on shutdown it finishes the request that it is at.
async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, app: Arc<App>) {
    let limits = &app.settings.limits;
    let service = service_fn(|mut request: Request<Incoming>| {
        let (client, tls) = client_of(peer.ip(), request.headers(), &app.settings.trusted_proxies);
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(tls);
        router.clone().oneshot(request.map(Body::new))
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(limits.header_timeout_s))
            .max_headers(limits.headers_max)
            .max_buf_size(limits.header_bytes_max.max(8 * 1024))
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = app.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// One clear answer for a connection above the bound.
async fn refuse(stream: TcpStream) {
    let service = service_fn(|_: Request<Incoming>| async {
        let why = passing(
            "overloaded",
            "this server holds all the connections it may",
            5_000,
        );
        Ok::<_, Infallible>(ApiError::from(why).into_response())
    });
    let _ = http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// An `accept` that fails: mostly no descriptors left. Connected clients live on; a wait lets
/// some of them go before the next try.
#[derive(Default)]
struct Trouble {
    backoff: Option<Duration>,
    logged_at: Option<Duration>,
}

impl Trouble {
    async fn bear(&mut self, error: &io::Error, app: &App) {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionReset | Interrupted
        ) {
            return;
        }
        let now = app.clock.monotonic();
        if self
            .logged_at
            .is_none_or(|at| now.saturating_sub(at) >= LOG_EVERY)
        {
            self.logged_at = Some(now);
            tracing::error!(%error, "cannot accept connections; trying again");
        }
        metrics::counter!(measures::ACCEPT_FAILURES).increment(1);
        let backoff = self
            .backoff
            .map_or(BACKOFF_MIN, |last| (last * 2).min(BACKOFF_MAX));
        self.backoff = Some(backoff);
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = tokio::time::sleep(backoff) => {}
        }
    }

    fn over(&mut self) {
        self.backoff = None;
    }
}
