//! Quotes, recalls, cursors, and what was missed.

use std::sync::Arc;

use kefu_dialog::Phase;
use kefu_proto::v1::{self, BodyKind, Sender, body};
use kefu_types::{AgentId, ConversationId, TenantId};

use super::fixture::{ONE, TWO, apply, conversation, key, next, tenants, text};
use crate::{
    Head, Person, Reach,
    store::{Advance, Change, Mark, MissedAsk, Outcome, Page, Reference, SharedStore, Unfit},
};

/// The next version of `head`: its visitor says `said` and refers to an earlier message.
fn refers(head: &Head, client_id: &str, said: &str, reference: Reference) -> Advance {
    let mut advance = next(head, client_id, Some(said));
    let message = &mut Arc::make_mut(&mut advance.messages)[0];
    match reference {
        Reference::Quote { seq } => message.quote_seq = seq,
        Reference::Recall { seq, .. } => {
            let kind = Some(body::Kind::Recall(v1::Recall { seq }));
            message.body = Some(v1::Body { kind });
        }
    }
    advance.reference = Some(reference);
    advance
}

fn recall(head: &Head, client_id: &str, seq: u64) -> Advance {
    refers(head, client_id, "", Reference::Recall { seq, since_ms: 0 })
}

fn quote(head: &Head, client_id: &str, seq: u64) -> Advance {
    refers(head, client_id, "so", Reference::Quote { seq })
}

/// The same, said by the service itself.
fn by_system(mut advance: Advance) -> Advance {
    let message = &mut Arc::make_mut(&mut advance.messages)[0];
    message.sender = Sender::System.into();
    message.sender_id = 0;
    message.client_id.clear();
    advance.key = None;
    advance
}

async fn said(store: &SharedStore, head: &Head, client_id: &str, what: &str) -> Head {
    let advance = next(head, client_id, Some(what));
    let head = (*advance.head).clone();
    let outcomes = apply(store, &[Change::Advance(advance)]).await;
    assert_eq!(outcomes, [Outcome::Applied]);
    head
}

async fn one(store: &SharedStore, advance: Advance) -> Outcome {
    apply(store, &[Change::Advance(advance)]).await.remove(0)
}

async fn all(store: &SharedStore, head: &Head) -> Vec<v1::Message> {
    let found = store.messages(head.tenant, head.id, Page::After(0), 100);
    found.await.expect("readable")
}

pub(super) async fn a_quote_is_kept_and_belongs_to_what_a_retry_repeats(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let head = said(&store, &head, "a", "one").await;
    let advance = quote(&head, "b", 1);
    assert_eq!(one(&store, advance.clone()).await, Outcome::Applied);
    let stored = all(&store, &head).await;
    assert_eq!(stored[1], advance.messages[0]);
    for (quote_seq, same) in [(1, true), (0, false), (2, false)] {
        let probe = Change::Probe {
            key: key(&head, "b"),
            body: Some(text("so")),
            quote_seq,
        };
        let outcomes = apply(&store, &[probe]).await;
        assert!(
            matches!(&outcomes[0], Outcome::Duplicate(stored) if stored.same_body == same),
            "{quote_seq}: {outcomes:?}"
        );
    }
}

pub(super) async fn only_what_somebody_said_can_be_quoted_or_recalled(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let mut fact = next(&head, "", Some("x"));
    let notice = Some(body::Kind::Notice(v1::Notice::default()));
    Arc::make_mut(&mut fact.messages)[0].body = Some(v1::Body { kind: notice });
    let fact = by_system(fact);
    assert_eq!(one(&store, fact.clone()).await, Outcome::Applied);
    let wait = by_system(next(&fact.head, "", Some("please wait")));
    assert_eq!(one(&store, wait.clone()).await, Outcome::Applied);
    let head = (*wait.head).clone();
    for seq in [1, 2] {
        for advance in [quote(&head, "q", seq), recall(&head, "q", seq)] {
            let unfit = Outcome::Unfit(Unfit::Kind);
            assert_eq!(one(&store, advance).await, unfit, "sequence {seq}");
        }
    }
    for seq in [3, 4, u64::MAX >> 1] {
        for advance in [quote(&head, "q", seq), recall(&head, "q", seq)] {
            let unfit = Outcome::Unfit(Unfit::NoMessage);
            assert_eq!(one(&store, advance).await, unfit, "sequence {seq}");
        }
    }
    assert_eq!(all(&store, &head).await.len(), 2, "nothing was stored");
}

pub(super) async fn what_is_recalled_is_read_by_nobody_and_keeps_its_place(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let head = said(&store, &head, "a", "secret").await;
    let head = said(&store, &head, "b", "open").await;
    let advance = recall(&head, "r", 1);
    assert_eq!(one(&store, advance.clone()).await, Outcome::Applied);
    let stored = all(&store, &head).await;
    let seen: Vec<_> = stored.iter().map(|it| (it.seq, it.recalled_seq)).collect();
    assert_eq!(seen, [(1, 3), (2, 0), (3, 0)]);
    assert_eq!((&stored[0].body, &stored[0].trace), (&None, &None));
    assert_eq!(stored[0].client_id, "a");
    let metadata = store.metadata(ONE, head.id, Page::After(0), 9).await;
    let metadata = metadata.expect("readable");
    assert_eq!(
        (metadata[0].body_kind(), metadata[0].body_bytes),
        (BodyKind::Unspecified, 0)
    );
    let ids: Vec<u64> = stored.iter().map(|it| it.id).collect();
    assert_eq!(store.messages_by_id(ONE, head.id, &ids).await, Ok(stored));
    // Its sending is still known, with its words.
    let retry = next(&advance.head, "a", Some("secret"));
    assert!(matches!(one(&store, retry).await, Outcome::Duplicate(first) if first.same_body));
    // Once is enough, and a quote comes too late.
    for late in [recall(&advance.head, "s", 1), quote(&advance.head, "s", 1)] {
        assert_eq!(one(&store, late).await, Outcome::Unfit(Unfit::Recalled));
    }
    let again = recall(&advance.head, "r", 1);
    assert!(matches!(one(&store, again).await, Outcome::Duplicate(first) if first.seq == 3));
}

pub(super) async fn a_message_and_its_recall_go_in_one_batch(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let first = next(&head, "a", Some("secret"));
    let quoted = quote(&first.head, "b", 1);
    let taken = recall(&quoted.head, "c", 1);
    let twice = recall(&taken.head, "d", 1);
    let late = quote(&taken.head, "e", 1);
    let changes = [first, quoted, taken, twice, late].map(Change::Advance);
    let recalled = Outcome::Unfit(Unfit::Recalled);
    assert_eq!(
        apply(&store, &changes).await,
        [
            Outcome::Applied,
            Outcome::Applied,
            Outcome::Applied,
            recalled.clone(),
            recalled
        ]
    );
    let stored = all(&store, &head).await;
    assert_eq!((stored.len(), stored[0].recalled_seq), (3, 3));
    assert_eq!(stored[0].body, None);
}

pub(super) async fn only_ones_own_and_only_for_a_time(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let head = said(&store, &head, "a", "mine").await;
    let mut foreign = recall(&head, "r", 1);
    let agent = &mut Arc::make_mut(&mut foreign.messages)[0];
    (agent.sender, agent.sender_id) = (Sender::Agent.into(), 9);
    let key = foreign.key.as_mut().expect("a key");
    (key.sender, key.sender_id) = (Sender::Agent.into(), 9);
    assert_eq!(one(&store, foreign).await, Outcome::Unfit(Unfit::Foreign));
    // It was stored at 6.
    let since = |since_ms| refers(&head, "r", "", Reference::Recall { seq: 1, since_ms });
    assert_eq!(one(&store, since(7)).await, Outcome::Unfit(Unfit::Late));
    assert_eq!(one(&store, since(6)).await, Outcome::Applied);
}

pub(super) async fn metadata_says_all_but_the_body(store: SharedStore) {
    tenants(&store).await;
    let mut head = conversation(&store, ONE, 100).await;
    for n in 0..25 {
        head = said(&store, &head, &format!("c{n}"), &"字".repeat(100 * n + 1)).await;
    }
    for (page, limit) in [
        (Page::After(3), 9),
        (Page::Before(20), 9),
        (Page::After(0), 100),
    ] {
        let full = store
            .messages(ONE, head.id, page, limit)
            .await
            .expect("readable");
        let metadata = store
            .metadata(ONE, head.id, page, limit)
            .await
            .expect("readable");
        let without = full.into_iter().map(|mut message| {
            let body = message.body.take().expect("a body");
            message.body_kind = BodyKind::Text.into();
            message.body_bytes = u32::try_from(prost::Message::encoded_len(&body)).unwrap_or(0);
            message
        });
        assert_eq!(metadata, without.collect::<Vec<_>>());
    }
}

pub(super) async fn messages_are_found_by_id_in_their_conversation_only(store: SharedStore) {
    tenants(&store).await;
    let (one, two) = (
        conversation(&store, ONE, 100).await,
        conversation(&store, ONE, 200).await,
    );
    let other = conversation(&store, TWO, 300).await;
    let mut ids = vec![7, u64::MAX >> 1];
    for head in [&one, &two, &other] {
        let mut head = head.clone();
        for client in ["a", "b"] {
            head = said(&store, &head, client, "x").await;
        }
        ids.extend(all(&store, &head).await.iter().rev().map(|it| it.id));
    }
    ids.extend(ids.clone());
    let found = store.messages_by_id(ONE, one.id, &ids).await;
    assert_eq!(found, Ok(all(&store, &one).await), "each once, by sequence");
    assert_eq!(
        store.messages_by_id(ONE, ConversationId(7), &ids).await,
        Ok(vec![])
    );
    assert_eq!(store.messages_by_id(TWO, two.id, &ids).await, Ok(vec![]));
    assert_eq!(store.messages_by_id(ONE, one.id, &[]).await, Ok(vec![]));
}

fn mark(head: &Head, person: Person, device: &str, (delivered_seq, read_seq): (u64, u64)) -> Mark {
    Mark {
        tenant: head.tenant,
        conversation: head.id,
        person,
        device: device.to_owned(),
        delivered_seq,
        read_seq,
        at_ms: 5,
        devices_max: 3,
    }
}

fn marked(delivered_seq: u64, read_seq: u64, moved: bool) -> Outcome {
    let reach = Reach {
        delivered_seq,
        read_seq,
    };
    Outcome::Marked { reach, moved }
}

async fn talk(store: &SharedStore, tenant: TenantId, n: u64, messages: u64) -> Head {
    let mut head = conversation(store, tenant, n).await;
    for n in 0..messages {
        head = said(store, &head, &format!("c{n}"), "x").await;
    }
    head
}

const AGENT: Person = Person { sender: 3, id: 9 };

pub(super) async fn cursors_move_forward_only_and_read_is_delivered(store: SharedStore) {
    tenants(&store).await;
    let head = talk(&store, ONE, 100, 5).await;
    let visitor = Person {
        sender: 1,
        id: head.visitor.0,
    };
    let beyond = Outcome::Unfit(Unfit::Beyond);
    let backwards = Outcome::Unfit(Unfit::Backwards);
    for (device, places, outcome) in [
        ("phone", (6, 0), beyond.clone()),
        ("phone", (0, u64::MAX), beyond),
        ("phone", (2, 0), marked(2, 0, true)),
        ("phone", (2, 0), marked(2, 0, false)),
        ("phone", (1, 0), backwards.clone()),
        ("phone", (0, 4), marked(4, 4, true)),
        ("phone", (4, 3), backwards),
        // What is read is delivered: the same again.
        ("phone", (3, 4), marked(4, 4, false)),
        ("desk", (1, 1), marked(4, 4, false)),
        ("desk", (5, 1), marked(5, 4, true)),
    ] {
        let mark = Change::Mark(mark(&head, visitor, device, places));
        assert_eq!(
            apply(&store, &[mark]).await,
            [outcome],
            "{device} {places:?}"
        );
    }
    let unknown = Head {
        id: ConversationId(7),
        ..head.clone()
    };
    let nowhere = Change::Mark(mark(&unknown, visitor, "phone", (1, 1)));
    assert_eq!(apply(&store, &[nowhere]).await, [Outcome::Missing]);
    let reach = |delivered_seq, read_seq| Reach {
        delivered_seq,
        read_seq,
    };
    let agent = Change::Mark(mark(&head, AGENT, "phone", (3, 1)));
    assert_eq!(apply(&store, &[agent]).await, [marked(3, 1, true)]);
    let all = vec![(visitor, reach(5, 4)), (AGENT, reach(3, 1))];
    assert_eq!(store.cursors(ONE, head.id, 9).await, Ok(all.clone()));
    assert_eq!(store.cursors(ONE, head.id, 1).await, Ok(all[..1].to_vec()));
    assert_eq!(store.cursors(TWO, head.id, 9).await, Ok(vec![]));
}

pub(super) async fn of_a_batch_of_marks_the_last_stays_and_old_devices_go(store: SharedStore) {
    tenants(&store).await;
    let head = talk(&store, ONE, 100, 20).await;
    let mut changes: Vec<Change> = Vec::new();
    for seq in 1..=20 {
        changes.push(Change::Mark(mark(&head, AGENT, "phone", (seq, seq - 1))));
    }
    // A message of the same batch counts.
    let advance = next(&head, "new", Some("x"));
    changes.push(Change::Advance(advance));
    changes.push(Change::Mark(mark(&head, AGENT, "phone", (21, 21))));
    let outcomes = apply(&store, &changes).await;
    assert_eq!(outcomes.last(), Some(&marked(21, 21, true)));
    // Three devices at most: the phone goes, what was read with it stays.
    let more = ["a", "b", "c"].map(|device| Change::Mark(mark(&head, AGENT, device, (2, 2))));
    assert_eq!(apply(&store, &more).await, vec![marked(21, 21, false); 3]);
    let reach = Reach {
        delivered_seq: 21,
        read_seq: 21,
    };
    assert_eq!(
        store.cursors(ONE, head.id, 9).await,
        Ok(vec![(AGENT, reach)])
    );
    let back = Change::Mark(mark(&head, AGENT, "phone", (3, 3)));
    assert_eq!(
        apply(&store, &[back]).await,
        [marked(21, 21, false)],
        "a new device"
    );
    let lower = Change::Mark(mark(&head, AGENT, "c", (1, 1)));
    assert_eq!(
        apply(&store, &[lower]).await,
        [Outcome::Unfit(Unfit::Backwards)]
    );
}

fn ask(person: Person, device: &str) -> MissedAsk {
    MissedAsk {
        tenant: ONE,
        person,
        device: device.to_owned(),
        only: None,
        after: ConversationId(0),
        limit: 10,
        messages_max: 3,
        unread_max: 4,
        unread_scan_max: 15,
    }
}

pub(super) async fn a_visitor_missed_what_others_said(store: SharedStore) {
    tenants(&store).await;
    let head = talk(&store, ONE, 100, 2).await;
    let visitor = Person {
        sender: 1,
        id: head.visitor.0,
    };
    let mut head = head;
    for n in 0..6_u64 {
        let mut advance = next(&head, "", Some("an answer"));
        let message = &mut Arc::make_mut(&mut advance.messages)[0];
        (message.sender, message.sender_id) = (Sender::Agent.into(), 9);
        if n == 1 {
            let notice = Some(body::Kind::Notice(v1::Notice::default()));
            message.body = Some(v1::Body { kind: notice });
        }
        head = (*advance.head).clone();
        assert_eq!(one(&store, advance).await, Outcome::Applied);
    }
    apply(
        &store,
        &[Change::Mark(mark(&head, visitor, "phone", (4, 1)))],
    )
    .await;
    apply(
        &store,
        &[Change::Mark(mark(&head, visitor, "desk", (3, 3)))],
    )
    .await;
    let own = |device: &str| MissedAsk {
        only: Some(head.id),
        ..ask(visitor, device)
    };
    let found = async |ask: MissedAsk| {
        let found = store.missed(&ask).await.expect("readable");
        let one = found.into_iter().next().expect("the own one");
        let seqs: Vec<u64> = one.messages.iter().map(|message| message.seq).collect();
        (
            one.head.id,
            one.delivered_seq,
            one.reach.read_seq,
            one.unread,
            seqs,
        )
    };
    // Read up to 3: 4 is a notice, 5 to 8 are words.
    assert_eq!(found(own("phone")).await, (head.id, 4, 3, 4, vec![5, 6, 7]));
    assert_eq!(found(own("desk")).await, (head.id, 3, 3, 4, vec![4, 5, 6]));
    assert_eq!(found(own("new")).await, (head.id, 0, 3, 4, vec![1, 2, 3]));
    let few = MissedAsk {
        unread_max: 3,
        ..own("phone")
    };
    assert_eq!(found(few).await.3, 3);
    let near = MissedAsk {
        unread_scan_max: 2,
        ..own("phone")
    };
    assert_eq!(found(near).await.3, 2);
    let stranger = MissedAsk {
        tenant: TWO,
        ..own("phone")
    };
    assert_eq!(store.missed(&stranger).await, Ok(vec![]));
}

pub(super) async fn an_agent_missed_the_own_and_the_unread_by_pages(store: SharedStore) {
    tenants(&store).await;
    let mut wanted = Vec::new();
    for n in 1..=8_u64 {
        let head = talk(&store, ONE, n * 100, 3).await;
        // 1, 4, 7: owned. 2, 5, 8: read to the end. 3, 6: not to the end. Nobody else's matters.
        match n % 3 {
            1 => {
                let mut owned = next(&head, "", None);
                let mut new = (*owned.head).clone();
                new.state.phase = Phase::Serving;
                new.agent = Some(AgentId(AGENT.id));
                owned.head = Arc::new(new);
                assert_eq!(one(&store, owned).await, Outcome::Applied);
                wanted.push((head.id, 3));
            }
            2 => drop(apply(&store, &[Change::Mark(mark(&head, AGENT, "d", (3, 3)))]).await),
            _ => {
                apply(&store, &[Change::Mark(mark(&head, AGENT, "d", (3, 2)))]).await;
                wanted.push((head.id, 1));
            }
        }
        let other = Person { sender: 3, id: 10 };
        apply(&store, &[Change::Mark(mark(&head, other, "d", (1, 1)))]).await;
    }
    for limit in [1, 2, 10] {
        let mut all = Vec::new();
        let mut after = ConversationId(0);
        loop {
            let ask = MissedAsk {
                after,
                limit,
                ..ask(AGENT, "d")
            };
            let page = store.missed(&ask).await.expect("readable");
            let Some(last) = page.last() else { break };
            assert!(page.len() <= 10);
            after = last.head.id;
            all.extend(page.iter().map(|missed| (missed.head.id, missed.unread)));
        }
        assert_eq!(all, wanted, "in pages of {limit}");
    }
}
