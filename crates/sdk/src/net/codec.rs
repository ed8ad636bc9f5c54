//! How frames are written.

use kefu_proto::{
    snappy,
    v1::{ClientFrame, DownFrames, ServerFrame, UpFrames},
};
use prost::Message as _;
use serde::Serialize;

/// The two protocols of version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Codec {
    /// `kefu.v1.proto`: binary Protobuf.
    #[default]
    Proto,
    /// `kefu.v1.json`: Protobuf's JSON mapping.
    Json,
}

impl Codec {
    /// The name of the protocol.
    #[must_use]
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::Proto => "kefu.v1.proto",
            Self::Json => "kefu.v1.json",
        }
    }

    /// What an upgrade offers: compression first, where it is wanted. A server that does not know it
    /// takes the other.
    pub(super) fn offer(self, compression: bool) -> String {
        let plain = self.protocol();
        if compression {
            format!("{plain}{}, {plain}", snappy::SUFFIX)
        } else {
            plain.to_owned()
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Proto => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    /// A frame as it is sent.
    pub(super) fn frame(self, frame: &ClientFrame) -> Vec<u8> {
        self.write(frame)
    }

    pub(super) fn up(self, frames: Vec<ClientFrame>) -> Vec<u8> {
        self.write(&UpFrames { frames })
    }

    fn write<M: prost::Message + Serialize>(self, message: &M) -> Vec<u8> {
        match self {
            Self::Proto => message.encode_to_vec(),
            // Frames have no maps with keys that are no strings, so this never fails.
            Self::Json => serde_json::to_vec(message).unwrap_or_default(),
        }
    }

    /// # Errors
    /// When it is no frame, with the reason.
    pub(super) fn read_frame(self, bytes: &[u8]) -> Result<ServerFrame, String> {
        match self {
            Self::Proto => ServerFrame::decode(bytes).map_err(|error| error.to_string()),
            Self::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        }
    }

    /// # Errors
    /// When it is no answer, with the reason.
    pub(super) fn read_down(self, bytes: &[u8]) -> Result<DownFrames, String> {
        match self {
            Self::Proto => DownFrames::decode(bytes).map_err(|error| error.to_string()),
            Self::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        }
    }
}
