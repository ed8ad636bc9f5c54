//! Any message is a frame within the bound or an error, and any frame comes back from its message.
#![no_main]

use kefu_proto::snappy::{pack, unpack};
use libfuzzer_sys::fuzz_target;

const FRAME_BYTES_MAX: usize = 64 * 1024;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = unpack(bytes, FRAME_BYTES_MAX) {
        assert!(frame.len() <= FRAME_BYTES_MAX);
        let again = pack(&frame, 0);
        assert!(again.len() <= frame.len() + 1);
        assert_eq!(unpack(&again, frame.len()).as_deref(), Ok(&*frame));
    }
    for above_bytes in [0, 512] {
        let message = pack(bytes, above_bytes);
        assert!(message.len() <= bytes.len() + 1);
        assert_eq!(unpack(&message, bytes.len()).as_deref(), Ok(bytes));
    }
});
