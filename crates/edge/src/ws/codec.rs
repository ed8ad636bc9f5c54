//! Frames as bytes: binary Protobuf or JSON text, chosen by the subprotocol.

use axum::extract::ws::Message;
use http::StatusCode;
use kefu_proto::v1::{ClientFrame, ServerFrame};
use prost::Message as _;

use crate::problem::{ApiError, problem};

/// How a socket's frames are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// Subprotocol `kefu.v1.proto`: binary frames.
    Proto,
    /// Subprotocol `kefu.v1.json`: text frames in Protobuf's JSON mapping.
    Json,
}

impl Codec {
    /// The codec of a subprotocol.
    pub(crate) fn of(subprotocol: &str) -> Option<Self> {
        [Self::Proto, Self::Json]
            .into_iter()
            .find(|codec| codec.subprotocol() == subprotocol)
    }

    /// The name under which clients ask for it.
    pub(crate) const fn subprotocol(self) -> &'static str {
        match self {
            Self::Proto => "kefu.v1.proto",
            Self::Json => "kefu.v1.json",
        }
    }

    /// The refusal of a client that offers nothing that is spoken here.
    pub(crate) fn none(offers: bool) -> ApiError {
        let code = if offers { "version" } else { "invalid" };
        let words = "the protocol kefu.v1.proto or kefu.v1.json is wanted; over WebSocket also \
                     kefu.v1.proto+snappy or kefu.v1.json+snappy";
        ApiError::with_status(StatusCode::BAD_REQUEST, problem(code, words))
    }

    /// Reads a data frame.
    ///
    /// # Errors
    /// A sentence when it is of the other kind, or not one of ours.
    pub(crate) fn decode(self, message: &Message) -> Result<ClientFrame, String> {
        match (self, message) {
            (Self::Proto, Message::Binary(bytes)) => binary(bytes),
            (Self::Json, Message::Text(text)) => json(text.as_str()),
            (Self::Proto, _) => Err("kefu.v1.proto wants binary frames".into()),
            (Self::Json, _) => Err("kefu.v1.json wants text frames".into()),
        }
    }

    /// Reads a frame out of the bytes that it was written to.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub(super) fn read(self, bytes: &[u8]) -> Result<ClientFrame, String> {
        match self {
            Self::Proto => binary(bytes),
            Self::Json => json(std::str::from_utf8(bytes).map_err(|_| "the text is not UTF-8")?),
        }
    }

    /// Writes a frame.
    pub(crate) fn encode(self, frame: &ServerFrame) -> Message {
        match self {
            Self::Proto => Message::Binary(frame.encode_to_vec().into()),
            // Writing our own types to memory cannot fail; an empty text would be refused by the
            // client as a broken frame, which is the right end of a bug here.
            Self::Json => Message::Text(serde_json::to_string(frame).unwrap_or_default().into()),
        }
    }

    /// The bytes of a frame.
    pub(super) fn write(self, frame: &ServerFrame) -> Vec<u8> {
        match self {
            Self::Proto => frame.encode_to_vec(),
            Self::Json => serde_json::to_vec(frame).unwrap_or_default(),
        }
    }
}

fn binary(bytes: &[u8]) -> Result<ClientFrame, String> {
    known(ClientFrame::decode(bytes).map_err(|error| error.to_string())?)
}

fn json(text: &str) -> Result<ClientFrame, String> {
    known(serde_json::from_str(text).map_err(|error| error.to_string())?)
}

fn known(frame: ClientFrame) -> Result<ClientFrame, String> {
    if frame.body.is_none() {
        return Err("the frame holds nothing that this server knows".into());
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use axum::extract::ws::Message;
    use kefu_proto::v1::{ClientFrame, Ping, Pong, ServerFrame, client_frame, server_frame};
    use proptest::prelude::*;
    use prost::Message as _;

    use super::Codec;

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,200}") {
            let _ = Codec::Proto.decode(&Message::Binary(bytes.into()));
            let _ = Codec::Json.decode(&Message::Text(text.into()));
        }

        #[test]
        fn what_is_cut_or_flipped_never_panics(at in 0usize..60, flip in any::<u8>()) {
            let text = "{\"ref\":\"1\",\"send\":{\"conversationId\":\"5\",\"clientId\":\"a\",\"body\":{\"text\":{\"text\":\"hi\"}}}}";
            let frame: ClientFrame = serde_json::from_str(text).expect("a frame");
            let mut bytes = frame.encode_to_vec();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let _ = Codec::Proto.decode(&Message::Binary(bytes[..at].to_vec().into()));
            let _ = Codec::Proto.decode(&Message::Binary(bytes.into()));
            let _ = Codec::Json.decode(&Message::Text(text[..at].into()));
        }
    }

    #[test]
    fn both_subprotocols_carry_the_same_frames() {
        let ping = ClientFrame {
            r#ref: 7,
            body: Some(client_frame::Body::Ping(Ping::default())),
        };
        let json = Message::Text(r#"{"ref":"7","ping":{},"later":1}"#.into());
        assert_eq!(Codec::Json.decode(&json), Ok(ping.clone()));
        let binary = Message::Binary(ping.encode_to_vec().into());
        assert_eq!(Codec::Proto.decode(&binary), Ok(ping));

        let pong = Pong {
            server_time_ms: 1,
            heartbeat_s: 25,
        };
        let pong = ServerFrame {
            r#ref: 7,
            body: Some(server_frame::Body::Pong(pong)),
        };
        let text = Codec::Json.encode(&pong);
        assert_eq!(
            text,
            Message::Text(r#"{"ref":"7","pong":{"serverTimeMs":"1","heartbeatS":25}}"#.into())
        );
    }

    #[test]
    fn frames_of_the_wrong_kind_or_without_content_are_broken() {
        assert!(Codec::Proto.decode(&Message::Text("{}".into())).is_err());
        assert!(
            Codec::Json
                .decode(&Message::Binary(vec![1, 2].into()))
                .is_err()
        );
        assert!(
            Codec::Json
                .decode(&Message::Text(r#"{"dance":{}}"#.into()))
                .is_err()
        );
        assert!(
            Codec::Proto
                .decode(&Message::Binary(vec![0xff; 64].into()))
                .is_err()
        );
        // A field from the future, alone: tag 200, length 0.
        assert!(
            Codec::Proto
                .decode(&Message::Binary(vec![0xc2, 0x0c, 0x00].into()))
                .is_err()
        );
    }
}
