//! Ids as text and JSON are what they were, ids in order are times in order, and ids only ever grow.
#![no_main]

use std::sync::Arc;

use kefu_types::{Clock as _, ConversationId, Lang, ManualClock, Snowflake};
use libfuzzer_sys::fuzz_target;

/// Ids have 63 bits.
const ID_MAX: u64 = i64::MAX as u64;
/// The beginning of 2024, from which ids count, and a generation before and after it.
const EPOCH_MS: i64 = 1_704_067_200_000;
const SPAN_MS: i64 = 1 << 40;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    match text.parse::<ConversationId>() {
        Ok(id) => {
            assert!(id.0 > 0);
            assert_eq!(id.to_string().parse(), Ok(id));
            let json = serde_json::to_string(&id).expect("a text");
            assert_eq!(serde_json::from_str::<ConversationId>(&json).ok(), Some(id));
        }
        Err(error) => assert!(error.0.chars().count() <= 32, "an error quotes little"),
    }
    let _ = serde_json::from_slice::<ConversationId>(bytes);
    let _ = (Lang::parse(&text), Lang::detect(&text));
    let mut numbers = bytes.chunks_exact(8).map(|eight| {
        let eight = eight.try_into().expect("eight bytes");
        u64::from_le_bytes(eight)
    });
    let (id, other) = (
        numbers.next().unwrap_or(1) & ID_MAX,
        numbers.next().unwrap_or(1) & ID_MAX,
    );
    let made = Snowflake::made_at_ms(id);
    assert!(id <= other || made >= Snowflake::made_at_ms(other));
    let first = Snowflake::first_at_ms(made);
    assert!(first <= id && Snowflake::made_at_ms(first) == made);
    // The first half of all ids: the other is for clocks that come after it.
    let stored = id >> 1;
    let clock = Arc::new(ManualClock::new(0));
    let ids = Snowflake::new(clock.clone(), (other % 1_024) as u32).expect("a node");
    ids.raise_to(stored);
    let mut last = stored;
    for wall_ms in numbers.take(64) {
        let wall_ms = EPOCH_MS + (wall_ms as i64) % SPAN_MS;
        clock.set_wall(wall_ms);
        assert_eq!(clock.wall_ms(), wall_ms);
        let next = ids.next();
        let time = |id: u64| (id >> 22, id & 0xFFF);
        assert!(time(next) > time(last), "{next} after {last}");
        last = next;
    }
});
