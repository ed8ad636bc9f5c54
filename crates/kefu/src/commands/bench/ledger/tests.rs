//! An audit that cannot fail is worth nothing: every promise is broken once.

use kefu_sdk::{
    Problem,
    proto::{Accepted, Message},
    text,
};

use super::{Audit, Ledger, Name, Who};

const TEXTS: [&str; 2] = ["好", "bye"];

fn texts() -> Vec<String> {
    TEXTS.map(str::to_owned).to_vec()
}

fn message(seq: u64, number: u64, words: &str) -> Message {
    let name = Name {
        number,
        intended_us: 9,
    };
    Message {
        id: 100 + seq,
        seq,
        client_id: name.client_id(),
        body: Some(text(words)),
        ..Message::default()
    }
}

fn accepted(seq: u64) -> Result<Accepted, Problem> {
    Ok(Accepted {
        id: 100 + seq,
        seq,
        ..Accepted::default()
    })
}

/// Two messages of a visitor, one of an agent, all acknowledged and read by both.
fn good() -> (Ledger, Vec<Message>) {
    let stored = vec![
        message(1, 1, "好"),
        message(2, 2, "bye"),
        message(3, 3, "好"),
    ];
    let mut ledger = Ledger::default();
    for (number, who, text) in [
        (1, Who::Visitor, 0),
        (2, Who::Agent, 1),
        (3, Who::Visitor, 0),
    ] {
        ledger.say(number, who, text);
        ledger.settle(number, &accepted(number));
    }
    ledger.read(Who::Visitor, &stored);
    ledger.read(Who::Agent, &stored);
    (ledger, stored)
}

fn broken(change: impl FnOnce(&mut Ledger, &mut Vec<Message>)) -> Vec<&'static str> {
    let (mut ledger, mut stored) = good();
    change(&mut ledger, &mut stored);
    let audit = ledger.audit(7, &stored, &texts());
    audit.broken.into_keys().collect()
}

#[test]
fn what_holds_is_good() {
    let (ledger, stored) = good();
    let audit = ledger.audit(7, &stored, &texts());
    assert!(audit.is_good(), "{audit:?}");
    assert_eq!((audit.said, audit.acknowledged, audit.delivered), (3, 3, 6));
}

#[test]
fn every_broken_promise_is_found() {
    let lost = broken(|_, stored| drop(stored.pop()));
    assert!(lost.contains(&"what was acknowledged is stored there"));
    let gap = broken(|_, stored| drop(stored.remove(1)));
    assert!(gap.contains(&"sequences have no gap"));
    let twice = broken(|_, stored| stored.push(message(4, 3, "好")));
    assert!(twice.contains(&"each message is stored once"));
    let other = broken(|_, stored| stored[1].body = Some(text("好")));
    assert_eq!(other, ["each message is stored as it was said"]);
    let invented = broken(|_, stored| stored.push(message(4, 77, "好")));
    assert!(invented.contains(&"nothing is invented"));
    let turned = broken(|_, stored| {
        (stored[0].client_id, stored[2].client_id) =
            (stored[2].client_id.clone(), stored[0].client_id.clone());
    });
    assert!(turned.contains(&"messages are stored in the order of saying"));
    let same_id = broken(|_, stored| stored[2].id = stored[0].id);
    assert!(same_id.contains(&"ids are unique"));
    let silent = broken(|ledger, _| ledger.say(9, Who::Visitor, 0));
    assert_eq!(silent, ["every message gets an answer"]);
    let unread = broken(|ledger, _| {
        ledger.readers.get_mut(&Who::Agent).and_then(Vec::pop);
    });
    assert_eq!(unread, ["readers get everything"]);
    let doubled = broken(|ledger, stored| ledger.read(Who::Agent, &stored[2..]));
    assert_eq!(doubled, ["readers get what is stored, in its order"]);
}

#[test]
fn a_refusal_is_counted_and_breaks_nothing() {
    let (mut ledger, stored) = good();
    ledger.say(8, Who::Visitor, 0);
    ledger.settle(8, &Err(Problem::new("rate_limited", "")));
    let audit = ledger.audit(7, &stored, &texts());
    assert!(audit.is_good() && audit.refused == 1);
    let mut all = Audit::default();
    all.add(audit.clone());
    all.add(audit);
    assert_eq!((all.conversations, all.refused), (2, 2));
}
