//! Any bytes may be the file of an outbox: what is whole in it is taken, and taken again the next
//! time.
#![no_main]

use kefu_sdk::{FileOutbox, Limits, OutboxStore as _};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let dir = std::env::temp_dir().join(format!("kefu-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    let path = dir.join("outbox");
    std::fs::write(&path, bytes).expect("written");
    let limits = Limits::default();
    let kept = FileOutbox::open(&path, &limits).expect("opened").list();
    let again = FileOutbox::open(&path, &limits).expect("opened again");
    assert_eq!(again.list(), kept);
    assert_eq!(again.damaged(), None, "it was mended the first time");
});
