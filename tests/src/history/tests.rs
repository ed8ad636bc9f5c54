//! The checker, proven: a good history holds, and one for each kind of lie does not.

use kefu_proto::v1::Sender;

use super::{Event, Key, Promise, Row, check::check};

fn key(client_id: &str) -> Key {
    Key {
        conversation: 7,
        sender: Sender::Visitor.into(),
        sender_id: 1,
        client_id: client_id.into(),
    }
}

fn row(seq: u64, client_id: &str) -> Row {
    Row {
        key: key(client_id),
        id: 100 + seq,
        seq,
        text: format!("words of {client_id}"),
    }
}

fn sent(client_id: &str) -> Event {
    Event::Sent {
        key: key(client_id),
        text: format!("words of {client_id}"),
    }
}

fn told(client_id: &str, seq: u64, duplicate: bool) -> Event {
    Event::Acknowledged {
        key: key(client_id),
        id: 100 + seq,
        seq,
        duplicate,
    }
}

fn refused(client_id: &str, code: &str, retry_after_ms: u32) -> Event {
    Event::Refused {
        key: key(client_id),
        text: format!("words of {client_id}"),
        code: code.into(),
        retry_after_ms,
    }
}

const fn opened(after: u64) -> Event {
    Event::Opened {
        reader: 1,
        conversation: 7,
        after,
    }
}

const fn heard(row: Row) -> Event {
    Event::Heard { reader: 1, row }
}

/// Two messages, one of them sent twice; a reader that was cut after the first.
fn good() -> (Vec<Event>, Vec<Row>) {
    let events = vec![
        opened(0),
        sent("a"),
        told("a", 1, false),
        heard(row(1, "a")),
        sent("b"),
        Event::Unanswered { key: key("b") },
        refused("b", "unavailable", 500),
        sent("b"),
        told("b", 2, true),
        opened(1),
        heard(row(2, "b")),
    ];
    (events, vec![row(1, "a"), row(2, "b")])
}

#[track_caller]
fn breaks(promise: Promise, bend: impl Fn(&mut Vec<Event>, &mut Vec<Row>)) {
    let (mut events, mut rows) = good();
    bend(&mut events, &mut rows);
    let broken = check(&events, &[rows]).expect_err("it does not hold");
    assert!(
        broken.iter().any(|violation| violation.promise == promise),
        "{broken:?}"
    );
}

#[test]
fn a_good_history_holds() {
    let (events, rows) = good();
    let summary = check(&events, &[rows]).expect("it holds");
    assert_eq!(
        (summary.sent, summary.acknowledged, summary.stored),
        (2, 2, 2)
    );
    assert_eq!(
        (summary.refused, summary.unanswered, summary.heard),
        (1, 1, 2)
    );
}

#[test]
fn what_was_acknowledged_is_missed() {
    breaks(Promise::Acknowledged, |_, rows| drop(rows.pop()));
    breaks(Promise::Acknowledged, |events, _| {
        events.push(sent("c"));
        events.push(told("c", 3, false));
    });
    breaks(Promise::Acknowledged, |_, rows| rows[1].id = 999);
}

#[test]
fn a_message_that_is_stored_twice_is_seen() {
    breaks(Promise::Deduplicated, |_, rows| rows.push(row(3, "a")));
    breaks(Promise::Deduplicated, |events, _| {
        events.push(told("a", 2, true))
    });
    breaks(Promise::Deduplicated, |events, _| {
        events.push(told("a", 1, false))
    });
    breaks(Promise::Deduplicated, |events, _| {
        events.push(refused("a", "conflict", 0))
    });
}

#[test]
fn a_gap_and_two_orders_are_seen() {
    breaks(Promise::Ordered, |_, rows| rows[1].seq = 3);
    breaks(Promise::Ordered, |_, rows| rows[1].id = rows[0].id);
    breaks(Promise::Ordered, |events, _| {
        let Some(Event::Heard { row, .. }) = events.last_mut() else {
            return;
        };
        row.text = "other words".into();
    });
}

#[test]
fn a_reader_that_misses_or_repeats_is_seen() {
    breaks(Promise::Resumed, |events, _| {
        events.push(heard(row(2, "b")))
    });
    breaks(Promise::Resumed, |events, _| {
        let at = events.len() - 2;
        events[at] = opened(0);
    });
}

#[test]
fn a_refusal_without_a_time_is_seen() {
    breaks(Promise::Bounded, |events, _| {
        events.push(refused("c", "overloaded", 0))
    });
}

#[test]
fn what_nobody_said_is_seen() {
    breaks(Promise::Faithful, |_, rows| rows.push(row(3, "c")));
    breaks(Promise::Faithful, |_, rows| {
        rows[0].text = "other words".into()
    });
    breaks(Promise::Faithful, |_, rows| rows[1].key.conversation = 8);
    breaks(Promise::Faithful, |events, _| {
        events.push(Event::Heard {
            reader: 2,
            row: row(1, "a"),
        });
    });
}
