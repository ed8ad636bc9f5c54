//! The server: nine services on one listener until it is told to stop.

use std::{sync::Arc, time::Duration};

use futures::Stream;
use kefu_chat::Core;
use kefu_proto::v1::{
    assist_server::AssistServer, boards_server::BoardsServer, catalogues_server::CataloguesServer,
    chat_server::ChatServer, left_server::LeftServer, ops_server::OpsServer,
    talks_server::TalksServer, trails_server::TrailsServer, turns_server::TurnsServer,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Server, server::Connected};

use crate::{
    assist::Assist,
    boards::Boards,
    catalogues::Catalogues,
    chat::Chat,
    left::Left,
    ops::{MetricsText, Ops},
    talks::Talks,
    trails::Trails,
    turns::Turns,
};

/// Bounds of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeOptions {
    /// Encoded bytes of one message in either direction.
    pub message_bytes_max: usize,
    /// Calls under way on one connection, and messages under way on one stream of them.
    pub calls_max: u32,
    /// How long one call may take; links and subscriptions are not calls.
    pub call_timeout: Duration,
    /// A peer that does not answer a ping for this long is gone.
    pub keep_alive: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            message_bytes_max: 4 << 20,
            calls_max: 4_096,
            call_timeout: Duration::from_secs(15),
            keep_alive: Duration::from_secs(10),
        }
    }
}

/// Why the server ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener failed.
    #[error("the chat service cannot listen: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The store failed in a way that must not be tried again. End this process with a failure:
    /// the next one starts from what is durable.
    #[error("the store failed: {0}")]
    Store(String),
}

/// Serves until `stop` is cancelled, then lets calls finish, and waits until everything that was
/// accepted is durable.
///
/// # Errors
/// When the listener fails, or the store fails for good.
pub async fn serve<L, IO, E>(
    listener: L,
    core: Arc<Core>,
    metrics: MetricsText,
    options: ServeOptions,
    stop: CancellationToken,
) -> Result<(), ServeError>
where
    L: Stream<Item = Result<IO, E>> + Send,
    IO: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let most = options.message_bytes_max;
    let chat = ChatServer::new(Chat {
        core: core.clone(),
        stop: stop.clone(),
        sends_max: options.calls_max as usize,
    });
    let turns = TurnsServer::new(Turns {
        core: core.clone(),
        stop: stop.clone(),
    });
    let catalogues = CataloguesServer::new(Catalogues { core: core.clone() });
    let assist = AssistServer::new(Assist {
        core: core.clone(),
        stop: stop.clone(),
    });
    let trails = TrailsServer::new(Trails { core: core.clone() });
    let talks = TalksServer::new(Talks { core: core.clone() });
    let left = LeftServer::new(Left { core: core.clone() });
    let boards = BoardsServer::new(Boards { core: core.clone() });
    let ops = OpsServer::new(Ops {
        core: core.clone(),
        metrics,
    });
    let server = Server::builder()
        .http2_keepalive_interval(Some(options.keep_alive))
        .http2_keepalive_timeout(Some(options.keep_alive))
        .max_concurrent_streams(options.calls_max)
        .timeout(options.call_timeout)
        .add_service(
            chat.max_decoding_message_size(most)
                .max_encoding_message_size(most),
        )
        .add_service(
            turns
                .max_decoding_message_size(most)
                .max_encoding_message_size(most),
        )
        .add_service(
            catalogues
                .max_decoding_message_size(most)
                .max_encoding_message_size(most),
        )
        .add_service(
            talks
                .max_decoding_message_size(most)
                .max_encoding_message_size(most),
        )
        .add_service(
            left.max_decoding_message_size(most)
                .max_encoding_message_size(most),
        )
        .add_service(
            assist
                .max_decoding_message_size(most)
                .max_encoding_message_size(most),
        )
        .add_service(
            trails
                .max_decoding_message_size(most)
                .max_encoding_message_size(most),
        )
        .add_service(
            boards
                .max_decoding_message_size(most)
                .max_encoding_message_size(most),
        )
        .add_service(ops)
        .serve_with_incoming_shutdown(listener, stop.clone().cancelled_owned());
    tokio::select! {
        ended = server => ended?,
        reason = core.failed() => return Err(ServeError::Store(reason)),
    }
    core.drain().await;
    Ok(())
}
