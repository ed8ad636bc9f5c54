//! Frames as they travel in the protocols whose names end in [`SUFFIX`] (docs/protocol.md): a byte
//! that says how the rest is written, then the frame, as it is or in Snappy's raw format
//! (<https://github.com/google/snappy/blob/main/format_description.txt>).
//!
//! Invariant: reading makes room for no more than the caller's bound, whatever a message promises.

use std::borrow::Cow;

use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

/// What stands behind the name of a protocol whose frames travel like this.
pub const SUFFIX: &str = "+snappy";

/// The rest is the frame.
const PLAIN: u8 = 0;
/// The rest is the frame as one block of Snappy's raw format.
const COMPRESSED: u8 = 1;

/// Why a message holds no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not even the first byte.
    #[error("the message is empty")]
    Empty,
    /// Another first byte.
    #[error("a message begins with the byte 0 or 1, not {0}")]
    Form(u8),
    /// The frame is, or says that it would be, above the bound.
    #[error("the frame has {bytes} bytes, {bytes_max} are allowed")]
    TooLarge {
        /// Of the frame, uncompressed.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
    /// What follows is no block, or not of the length with which it begins.
    #[error("{0}")]
    Block(String),
}

/// The message of a frame: compressed when the frame is longer than `above_bytes` and gets shorter by
/// it. Never longer than the frame and one byte.
#[must_use]
pub fn pack(frame: &[u8], above_bytes: usize) -> Vec<u8> {
    if frame.len() > above_bytes
        && let Some(message) = compressed(frame)
    {
        return message;
    }
    let mut message = Vec::with_capacity(1 + frame.len());
    message.push(PLAIN);
    message.extend_from_slice(frame);
    message
}

/// None when it does not get shorter.
fn compressed(frame: &[u8]) -> Option<Vec<u8>> {
    let mut message = vec![0; 1 + max_compress_len(frame.len())];
    let (form, block) = message.split_first_mut()?;
    *form = COMPRESSED;
    let length = Encoder::new().compress(frame, block).ok()?;
    if length >= frame.len() {
        return None;
    }
    message.truncate(1 + length);
    // What waits for a slow reader is counted by its length, so it should not hold more.
    message.shrink_to_fit();
    Some(message)
}

/// The frame of a message.
///
/// # Errors
/// When there is none, or one of more than `bytes_max` bytes.
pub fn unpack(message: &[u8], bytes_max: usize) -> Result<Cow<'_, [u8]>, Unreadable> {
    let (form, rest) = message.split_first().ok_or(Unreadable::Empty)?;
    let bad = |error: snap::Error| Unreadable::Block(error.to_string());
    match *form {
        PLAIN => {
            bounded(rest.len(), bytes_max)?;
            Ok(Cow::Borrowed(rest))
        }
        COMPRESSED => {
            bounded(decompress_len(rest).map_err(bad)?, bytes_max)?;
            let frame = Decoder::new().decompress_vec(rest).map_err(bad)?;
            Ok(Cow::Owned(frame))
        }
        other => Err(Unreadable::Form(other)),
    }
}

const fn bounded(bytes: usize, bytes_max: usize) -> Result<(), Unreadable> {
    if bytes > bytes_max {
        return Err(Unreadable::TooLarge { bytes, bytes_max });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;
    use prost::Message as _;

    use super::{COMPRESSED, PLAIN, Unreadable, pack, unpack};
    use crate::v1::{Message, Messages, ServerFrame, server_frame::Body};

    /// The bound of what clients send.
    const BYTES_MAX: usize = 64 * 1024;

    fn page(messages: usize) -> ServerFrame {
        let message = |seq: u64| Message {
            id: 7_341_000_000 + seq,
            conversation_id: 12,
            seq,
            client_id: format!("a-{seq}"),
            ..Message::default()
        };
        ServerFrame {
            r#ref: 0,
            body: Some(Body::Messages(Messages {
                conversation_id: 12,
                messages: (1..=messages as u64).map(message).collect(),
            })),
        }
    }

    /// A block that says that it holds so many bytes, and what it has instead.
    fn block(bytes: u64, rest: &[u8]) -> Vec<u8> {
        let mut message = vec![COMPRESSED];
        prost::encoding::encode_varint(bytes, &mut message);
        message.extend_from_slice(rest);
        message
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked_and_is_never_a_second_byte_longer(
            frame in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..2_000),
                proptest::collection::vec(0_u8..3, 0..2_000),
                "[a-c 你好]{0,500}".prop_map(String::into_bytes),
            ],
            above in 0_usize..1_500,
        ) {
            let message = pack(&frame, above);
            prop_assert!(message.len() <= frame.len() + 1);
            prop_assert!(message[0] == PLAIN || frame.len() > above);
            prop_assert_eq!(unpack(&message, frame.len()), Ok(Cow::from(&frame)));
            if let Some(less) = frame.len().checked_sub(1) {
                let refused = Unreadable::TooLarge { bytes: frame.len(), bytes_max: less };
                prop_assert_eq!(unpack(&message, less), Err(refused));
            }
        }

        #[test]
        fn both_codecs_get_back_the_frame_that_was_written(messages in 0_usize..60, above in 0_usize..1_000) {
            let frame = page(messages);
            let binary = pack(&frame.encode_to_vec(), above);
            let binary = unpack(&binary, BYTES_MAX).expect("a frame");
            prop_assert_eq!(&ServerFrame::decode(&*binary).expect("Protobuf"), &frame);
            let text = pack(&serde_json::to_vec(&frame).expect("JSON"), above);
            let text = unpack(&text, BYTES_MAX).expect("a frame");
            prop_assert_eq!(&serde_json::from_slice::<ServerFrame>(&text).expect("JSON"), &frame);
        }

        #[test]
        fn no_bytes_panic_or_grow_beyond_the_bound(
            form in 0_u8..3,
            rest in proptest::collection::vec(any::<u8>(), 0..200),
            bytes_max in 0_usize..300,
        ) {
            let message = [&[form], rest.as_slice()].concat();
            if let Ok(frame) = unpack(&message, bytes_max) {
                prop_assert!(frame.len() <= bytes_max);
            }
        }

        #[test]
        fn what_is_cut_or_flipped_is_an_error_or_of_the_length_that_it_says(
            at in any::<prop::sample::Index>(),
            flip in 1_u8..,
        ) {
            let frame = page(20).encode_to_vec();
            let whole = pack(&frame, 0);
            prop_assert_eq!(whole[0], COMPRESSED);
            let cut = &whole[..at.index(whole.len())];
            prop_assert!(unpack(cut, BYTES_MAX).is_err());
            let mut flipped = whole.clone();
            flipped[at.index(whole.len())] ^= flip;
            if let Ok(read) = unpack(&flipped, BYTES_MAX) {
                prop_assert!(read.len() <= BYTES_MAX);
            }
        }
    }

    #[test]
    fn a_page_gets_shorter_and_noise_stays_as_it_is() {
        let page = page(50).encode_to_vec();
        let packed = pack(&page, 512);
        assert!(packed.len() < page.len());
        assert_eq!(packed.first(), Some(&COMPRESSED));
        let noise: Vec<u8> = (0..=255).collect();
        assert_eq!(pack(&noise, 0), [&[PLAIN], noise.as_slice()].concat());
    }

    #[test]
    fn the_example_of_the_formats_description_is_read() {
        // Seven bytes; the literal "xab"; four bytes from two bytes back.
        let message = block(7, b"\x08xab\x01\x02");
        assert_eq!(unpack(&message, 7).as_deref(), Ok(&b"xababab"[..]));
        assert_eq!(unpack(b"\x00{}", 2).as_deref(), Ok(&b"{}"[..]));
    }

    #[test]
    fn bombs_are_refused_for_what_they_promise() {
        for bytes in [BYTES_MAX as u64 + 1, u64::from(u32::MAX)] {
            let refused = Unreadable::TooLarge {
                bytes: usize::try_from(bytes).expect("64 bits"),
                bytes_max: BYTES_MAX,
            };
            assert_eq!(unpack(&block(bytes, b"\x00a"), BYTES_MAX), Err(refused));
        }
        // Four bytes are promised; the copy alone would be 64.
        let grows = block(4, b"\x00a\xfe\x01\x00");
        let broken = [
            vec![],
            vec![2, b'{', b'}'],
            vec![COMPRESSED],
            block(u64::from(u32::MAX) + 1, b"\x00a"),
            vec![COMPRESSED, 0xff, 0xff, 0xff],
            [&[COMPRESSED][..], &[0xff; 11]].concat(),
            grows,
            // Too little, nothing, a copy from before the beginning, and a literal that is not there.
            block(4, b"\x00a"),
            block(4, b""),
            block(4, b"\x0e\x01\x00"),
            block(4, b"\x0ca"),
        ];
        for message in broken {
            let read = unpack(&message, BYTES_MAX);
            let too_large = matches!(read, Err(Unreadable::TooLarge { .. }));
            assert!(read.is_err() && !too_large, "{message:?}: {read:?}");
        }
    }
}
