//! What a connection speaks: how its frames are written, and whether they may come and go compressed.

use axum::extract::ws::Message;
use http::{HeaderMap, header};
use kefu_proto::{
    snappy::{self, Unreadable},
    v1::{ClientFrame, ServerFrame},
};

use super::{codec::Codec, end::End};
use crate::settings::Limits;

/// Chosen when the connection begins, from what the client offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subprotocol {
    pub(crate) codec: Codec,
    /// None: a message is a frame, and nothing else.
    pub(crate) compression: Option<Compression>,
}

/// The bounds of frames that may be compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compression {
    /// Longer frames are compressed on their way down.
    above_bytes: usize,
    /// The largest frame that a client may send, uncompressed.
    frame_bytes_max: usize,
}

impl From<Codec> for Subprotocol {
    fn from(codec: Codec) -> Self {
        Self {
            codec,
            compression: None,
        }
    }
}

impl Subprotocol {
    /// The first that is spoken here of those that an upgrade offers, the one liked best first.
    pub(crate) fn chosen(headers: &HeaderMap, limits: &Limits) -> Option<Self> {
        // Not by axum's list of them, which is in the order of the alphabet.
        let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
        let offers = offers.iter().filter_map(|names| names.to_str().ok());
        let mut names = offers.flat_map(|names| names.split(',')).map(str::trim);
        names.find_map(|name| Self::of(name, limits))
    }

    /// The one of this name.
    fn of(name: &str, limits: &Limits) -> Option<Self> {
        let Some(codec) = name.strip_suffix(snappy::SUFFIX) else {
            return Codec::of(name).map(Self::from);
        };
        Some(Self {
            codec: Codec::of(codec)?,
            compression: Some(Compression {
                above_bytes: limits.compress_above_bytes,
                frame_bytes_max: limits.frame_bytes_max,
            }),
        })
    }

    /// The name under which clients ask for it.
    pub(crate) const fn name(self) -> &'static str {
        match (self.codec, self.compression) {
            (codec, None) => codec.subprotocol(),
            (Codec::Proto, Some(_)) => "kefu.v1.proto+snappy",
            (Codec::Json, Some(_)) => "kefu.v1.json+snappy",
        }
    }

    /// Reads a data frame.
    ///
    /// # Errors
    /// How the connection must end when it is none, or one above the bound.
    pub(crate) fn decode(self, message: &Message) -> Result<ClientFrame, End> {
        let Some(Compression {
            frame_bytes_max, ..
        }) = self.compression
        else {
            return self.codec.decode(message).map_err(End::broken);
        };
        let Message::Binary(bytes) = message else {
            return Err(End::broken(format!("{} wants binary frames", self.name())));
        };
        match snappy::unpack(bytes, frame_bytes_max) {
            Ok(frame) => self.codec.read(&frame).map_err(End::broken),
            Err(Unreadable::TooLarge { .. }) => Err(End::too_large()),
            Err(error) => Err(End::broken(error.to_string())),
        }
    }

    /// Writes a frame.
    pub(crate) fn encode(self, frame: &ServerFrame) -> Message {
        match self.compression {
            None => self.codec.encode(frame),
            Some(Compression { above_bytes, .. }) => {
                let packed = snappy::pack(&self.codec.write(frame), above_bytes);
                Message::Binary(packed.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::ws::Message;
    use http::{HeaderMap, HeaderValue, header};
    use kefu_proto::{
        snappy,
        v1::{ClientFrame, Ping, Pong, ServerFrame, client_frame, server_frame},
    };
    use proptest::prelude::*;
    use prost::Message as _;

    use super::{Codec, Subprotocol};
    use crate::settings::Limits;

    const NAMES: [&str; 4] = [
        "kefu.v1.proto",
        "kefu.v1.json",
        "kefu.v1.proto+snappy",
        "kefu.v1.json+snappy",
    ];

    fn spoken(name: &str) -> Subprotocol {
        Subprotocol::of(name, &Limits::default()).expect("it is spoken")
    }

    fn chosen(lines: &[&'static str]) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_static(line);
            headers.append(header::SEC_WEBSOCKET_PROTOCOL, value);
        }
        Subprotocol::chosen(&headers, &Limits::default()).map(Subprotocol::name)
    }

    proptest! {
        #[test]
        fn no_bytes_panic(form in 0_u8..3, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let message = Message::Binary([&[form], bytes.as_slice()].concat().into());
            for name in NAMES {
                let _ = spoken(name).decode(&message);
            }
        }
    }

    #[test]
    fn the_first_offer_that_is_spoken_is_chosen() {
        for name in NAMES {
            assert_eq!(chosen(&[name]), Some(name));
        }
        assert_eq!(chosen(&["kefu.v1.proto, kefu.v1.json"]), Some(NAMES[0]));
        let both = "kefu.v1.json+snappy,kefu.v1.json";
        assert_eq!(chosen(&[both]), Some(NAMES[3]));
        assert_eq!(chosen(&["kefu.v9.json", both]), Some(NAMES[3]));
        let unknown = "kefu.v1.json+zstd, kefu.v1.json+snappy+snappy, +snappy";
        assert_eq!(chosen(&[unknown]), None);
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn compressed_or_not_both_codecs_carry_the_same_frames() {
        let ping = ClientFrame {
            r#ref: 7,
            body: Some(client_frame::Body::Ping(Ping::default())),
        };
        let pong = ServerFrame {
            r#ref: 7,
            body: Some(server_frame::Body::Pong(Pong::default())),
        };
        let (text, binary) = (r#"{"ref":"7","ping":{}}"#, ping.encode_to_vec());
        for (name, written) in [(NAMES[2], binary.as_slice()), (NAMES[3], text.as_bytes())] {
            for above_bytes in [0, usize::MAX] {
                let message = Message::Binary(snappy::pack(written, above_bytes).into());
                let read = spoken(name).decode(&message);
                assert_eq!(read.map_err(|end| end.code), Ok(ping.clone()), "{name}");
            }
            let Message::Binary(down) = spoken(name).encode(&pong) else {
                panic!("{name} has binary messages only");
            };
            let plain = Codec::of(name.trim_end_matches(snappy::SUFFIX)).expect("a codec");
            assert_eq!(
                down,
                [&[0][..], &plain.write(&pong)].concat(),
                "it is short"
            );
        }
    }

    #[test]
    fn what_is_no_frame_ends_the_connection_with_its_code() {
        let end = |name, message| spoken(name).decode(&message).map_err(|end| end.code);
        let binary = |bytes: &[u8]| Message::Binary(bytes.to_vec().into());
        for name in [NAMES[2], NAMES[3]] {
            for bytes in [
                &b""[..],
                b"\x00",
                b"\x01",
                b"\x02{}",
                b"\x01\x05\x00a",
                b"{}",
            ] {
                assert_eq!(end(name, binary(bytes)), Err(4400), "{name} {bytes:?}");
            }
            assert_eq!(end(name, Message::Text("{}".into())), Err(4400));
            let four_gigabytes = binary(b"\x01\xff\xff\xff\xff\x0f\x00a");
            assert_eq!(end(name, four_gigabytes), Err(1009), "{name}");
        }
        let not_text = binary(b"\x00{\"ping\":{},\"later\":\"\xc3\x28\"}");
        assert_eq!(end(NAMES[3], not_text), Err(4400));
    }
}
