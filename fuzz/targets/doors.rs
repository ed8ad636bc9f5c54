//! What the edge reads of strangers' headers: what an upgrade offers and what its messages are, which piece
//! of a file is asked for, and whose request it is.
#![no_main]

use kefu_edge::fuzzing::{client, frame, range, subprotocol};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 4] = [
    "kefu.v1.proto",
    "kefu.v1.json",
    "kefu.v1.proto+snappy",
    "kefu.v1.json+snappy",
];
const BYTES: u64 = 1_000;

fuzz_target!(|bytes: &[u8]| {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    if let Some(spoken) = subprotocol(&lines) {
        assert!(NAMES.contains(&spoken));
        // Something that was offered, and nothing that was offered before it is spoken.
        let offers = lines
            .iter()
            .filter_map(|line| std::str::from_utf8(line).ok());
        let mut offers = offers.flat_map(|line| line.split(',')).map(str::trim);
        assert!(offers.any(|offer| offer == spoken), "{spoken} of {lines:?}");
    }
    for name in NAMES {
        if let Some(Err(code)) = frame(name, bytes) {
            assert!(matches!(code, 1009 | 4400), "{code}");
        }
    }
    assert_eq!(frame("kefu.v9.proto", bytes), None);
    let text = String::from_utf8_lossy(bytes);
    for bytes in [0, 1, BYTES, u64::MAX] {
        if let Some(piece) = range(&text, bytes) {
            assert!(
                piece.start <= piece.end && piece.end <= bytes,
                "{text:?}: {piece:?}"
            );
        }
    }
    let _ = client(&lines);
});
