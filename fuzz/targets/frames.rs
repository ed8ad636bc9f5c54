//! Any bytes are a frame or an error, in both forms, and a frame survives being written and read.
#![no_main]

use kefu_proto::v1::{ClientFrame, ServerFrame};
use libfuzzer_sys::fuzz_target;
use prost::Message as _;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = ClientFrame::decode(bytes) {
        let again = ClientFrame::decode(frame.encode_to_vec().as_slice()).expect("our own bytes");
        assert_eq!(frame, again);
    }
    if let Ok(frame) = serde_json::from_slice::<ClientFrame>(bytes) {
        let json = serde_json::to_string(&frame).expect("our own types");
        let again: ClientFrame = serde_json::from_str(&json).expect("our own text");
        assert_eq!(frame, again);
    }
    let _ = ServerFrame::decode(bytes);
    let _ = serde_json::from_slice::<ServerFrame>(bytes);
});
