//! The outbox's file: what was kept is there after any end of the program.

use std::{collections::BTreeMap, fs, path::Path};

use kefu_sdk::{FileOutbox, Limits, OutboxStore, Outgoing, Syncs, text};
use proptest::prelude::*;

fn outgoing(number: u64, words: &str) -> Outgoing {
    Outgoing {
        conversation_id: 7,
        client_id: format!("m{number}"),
        body: text(words),
        queued_at_ms: 5,
        order: number,
        utc_offset_minutes: Some(-90),
        quote_seq: 3,
        failed: String::new(),
    }
}

fn open(path: &Path) -> FileOutbox {
    FileOutbox::open(path, &Limits::default()).expect("it opens")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Cut anywhere, the file gives exactly what stood after some number of whole changes.
    #[test]
    fn a_file_that_was_torn_anywhere_holds_a_prefix_of_what_was_done(
        changes in prop::collection::vec((0_u64..6, any::<bool>()), 1..30),
        at in 0.0..1.0_f64,
    ) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("outbox");
        let mut outbox = open(&path);
        let mut model = BTreeMap::new();
        let mut states = vec![Vec::new()];
        for (step, (number, puts)) in changes.into_iter().enumerate() {
            if puts || model.len() < 2 {
                let item = outgoing(number, &format!("第{step}句"));
                outbox.put(&item).expect("kept");
                model.insert(number, item);
            } else {
                outbox.remove(7, &format!("m{number}")).expect("removed");
                model.remove(&number);
            }
            states.push(model.values().cloned().collect::<Vec<_>>());
        }
        prop_assert_eq!(&outbox.list(), states.last().expect("at least one"));
        drop(outbox);
        let bytes = fs::read(&path).expect("a file");
        let cut = (bytes.len() as f64 * at) as usize;
        fs::write(&path, &bytes[..cut]).expect("torn");
        let again = open(&path);
        prop_assert!(again.damaged().is_none(), "a tear is no damage");
        prop_assert!(states.contains(&again.list()), "{} of {}", cut, bytes.len());
    }

    #[test]
    fn a_file_in_which_a_bit_was_flipped_invents_nothing(
        count in 1_u64..10, at in 0.0..1.0_f64, bit in 0_u8..8,
    ) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("outbox");
        let mut outbox = open(&path);
        let items: Vec<Outgoing> = (1..=count).map(|n| outgoing(n, "你好")).collect();
        for item in &items {
            outbox.put(item).expect("kept");
        }
        drop(outbox);
        let mut bytes = fs::read(&path).expect("a file");
        let at = (bytes.len() as f64 * at) as usize;
        bytes[at] ^= 1 << bit;
        fs::write(&path, &bytes).expect("damaged");
        let mut again = open(&path);
        for item in again.list() {
            prop_assert!(items.contains(&item));
        }
        // And it goes on.
        again.put(&outgoing(99, "再来")).expect("kept");
        drop(again);
        prop_assert!(open(&path).list().contains(&outgoing(99, "再来")));
    }
}

#[test]
fn an_entry_that_was_damaged_costs_itself_and_the_file_is_kept_aside() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("outbox");
    let mut outbox = open(&path);
    for number in 1..=3 {
        outbox.put(&outgoing(number, "你好")).expect("kept");
    }
    drop(outbox);
    let mut bytes = fs::read(&path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).expect("damaged");
    let again = open(&path);
    let left: Vec<String> = again.list().into_iter().map(|it| it.client_id).collect();
    assert_eq!(left, ["m1", "m3"]);
    let aside = again.damaged().expect("it is said").to_owned();
    assert_eq!(fs::read(aside).expect("kept"), bytes);
    drop(again);
    assert!(open(&path).damaged().is_none(), "it was mended");
}

#[test]
fn one_program_has_it_at_a_time() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("outbox");
    let first = open(&path);
    assert!(FileOutbox::open(&path, &Limits::default()).is_err());
    drop(first);
    open(&path);
}

#[test]
fn history_is_let_go_and_what_waits_is_bounded() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("outbox");
    let limits = Limits {
        outbox_bytes_max: 100_000,
        ..Limits::default()
    };
    let opened = FileOutbox::open(&path, &limits).expect("it opens");
    let mut outbox = opened.syncs(Syncs::Always);
    let words = "长".repeat(300);
    outbox.put(&outgoing(0, &words)).expect("kept");
    for number in 1..2_000 {
        outbox.put(&outgoing(number, &words)).expect("kept");
        outbox.remove(7, &format!("m{number}")).expect("removed");
    }
    assert!(fs::metadata(&path).expect("a file").len() <= 100_000);
    let mut kept = 1;
    while outbox.put(&outgoing(10_000 + kept, &words)).is_ok() {
        kept += 1;
    }
    assert!(kept > 50 && fs::metadata(&path).expect("a file").len() <= 100_000);
    // What could not be kept left nothing behind.
    drop(outbox);
    assert_eq!(open(&path).list().len() as u64, kept);
}
