//! What a client says, whatever it comes over.

use axum::{Error, extract::ws::Message};
use futures::Stream;
use kefu_proto::v1::ClientFrame;
use tokio_tungstenite::tungstenite;

use super::{end::End, subprotocol::Subprotocol};

/// A frame, a mere sign of life, or how the connection must end.
pub(crate) type Heard = Result<Option<ClientFrame>, End>;

/// All that a client says, in order. It ends when the client does.
pub(crate) trait Incoming: Stream<Item = Heard> + Unpin + Send {}

impl<S: Stream<Item = Heard> + Unpin + Send> Incoming for S {}

/// What one item of a WebSocket means; its own pings and pongs are mere signs of life.
///
/// # Errors
/// How the socket must end because of it.
pub(crate) fn read(item: Result<Message, Error>, subprotocol: Subprotocol) -> Heard {
    match item {
        Ok(Message::Close(_)) => Err(End::done()),
        Ok(Message::Ping(_) | Message::Pong(_)) => Ok(None),
        Ok(data) => subprotocol.decode(&data).map(Some),
        Err(error) => Err(
            match error
                .into_inner()
                .downcast::<tungstenite::Error>()
                .as_deref()
            {
                Ok(tungstenite::Error::Capacity(_)) => End::too_large(),
                Ok(tungstenite::Error::Utf8(_)) => End::broken("the text is not UTF-8"),
                Ok(tungstenite::Error::Protocol(
                    tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
                )) => End::done(),
                Ok(tungstenite::Error::Protocol(error)) => End::broken(error.to_string()),
                _ => End::done(),
            },
        ),
    }
}
