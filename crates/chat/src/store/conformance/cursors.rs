//! How far people are, and what they missed.

use std::sync::Arc;

use kefu_dialog::Phase;
use kefu_proto::v1::{self, Sender, body};
use kefu_types::{AgentId, ConversationId, TenantId};

use super::{
    fixture::{ONE, TWO, apply, conversation, next, tenants},
    references::{one, said},
};
use crate::{
    Head, Person, Reach,
    store::{Change, Mark, MissedAsk, Outcome, SharedStore, Unfit},
};

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
