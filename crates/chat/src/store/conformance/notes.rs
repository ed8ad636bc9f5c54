//! Notes beside conversations, and whom they mention.

use kefu_proto::v1;
use kefu_types::{AgentId, TenantId};

use super::fixture::{ONE, TWO, apply, conversation, next, tenants};
use crate::{
    Head,
    store::{Change, NewNote, Outcome, Page, SharedStore},
};

const MOST: u64 = 4;

fn note(head: &Head, id: u64, author: u64, client_id: &str, mentioned: &[u64]) -> NewNote {
    let note = v1::Note {
        id,
        conversation_id: head.id.0,
        number: 0,
        author_id: author,
        author_name: "小李 'x'".to_owned(),
        client_id: client_id.to_owned(),
        created_at_ms: 11,
        after_seq: 3,
        body: Some(v1::NoteBody {
            text: format!("内部 {client_id}"),
            mentioned_ids: mentioned.to_vec(),
            whisper: id % 2 == 1,
        }),
    };
    NewNote {
        tenant: head.tenant,
        note,
        notes_max: MOST,
    }
}

fn add(new: &NewNote) -> Change {
    Change::AddNote(Box::new(new.clone()))
}

fn noted(new: &NewNote, number: u64, is_new: bool) -> Outcome {
    let note = v1::Note {
        number,
        ..new.note.clone()
    };
    Outcome::Noted {
        note: Box::new(note),
        new: is_new,
    }
}

fn read(head: &Head, agent: u64, number: u64) -> Change {
    Change::ReadMentions {
        tenant: head.tenant,
        agent: AgentId(agent),
        conversation: head.id,
        number,
    }
}

async fn ids(store: &SharedStore, head: &Head, page: Page, limit: u32) -> Vec<u64> {
    let notes = store.notes(head.tenant, head.id, page, limit).await;
    let notes = notes.expect("readable");
    notes.iter().map(|note| note.id).collect()
}

async fn mentions(store: &SharedStore, tenant: TenantId, agent: u64, limit: u32) -> Vec<u64> {
    let notes = store.mentions(tenant, AgentId(agent), limit).await;
    let notes = notes.expect("readable");
    notes.iter().map(|note| note.id).collect()
}

pub(super) async fn notes_are_numbered_once_each_and_move_nothing_else(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let other = conversation(&store, ONE, 200).await;
    let (a, b) = (
        note(&head, 901, 7, "n1", &[8]),
        note(&head, 902, 8, "n1", &[]),
    );
    let elsewhere = note(&other, 903, 7, "n1", &[]);
    let said = Change::Advance(next(&head, "m1", Some("你好")));
    // A message of the same batch was decided on the version before the notes.
    let outcomes = apply(&store, &[add(&a), add(&b), said, add(&elsewhere)]).await;
    let expected = [
        noted(&a, 1, true),
        noted(&b, 2, true),
        Outcome::Applied,
        noted(&elsewhere, 1, true),
    ];
    assert_eq!(outcomes, expected);
    // The first stands, whatever a retry says.
    let again = note(&head, 904, 7, "n1", &[9]);
    assert_eq!(apply(&store, &[add(&again)]).await, [noted(&a, 1, false)]);
    let (c, d) = (
        note(&head, 905, 7, "n2", &[]),
        note(&head, 906, 7, "n3", &[]),
    );
    let full = note(&head, 907, 7, "n4", &[]);
    let outcomes = apply(&store, &[add(&c), add(&d), add(&full), add(&c)]).await;
    let expected = [
        noted(&c, 3, true),
        noted(&d, 4, true),
        Outcome::QuotaFull,
        noted(&c, 3, false),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(
        ids(&store, &head, Page::After(0), 9).await,
        [901, 902, 905, 906]
    );
    assert_eq!(ids(&store, &head, Page::After(1), 2).await, [902, 905]);
    assert_eq!(ids(&store, &head, Page::Before(4), 2).await, [902, 905]);
    assert_eq!(ids(&store, &head, Page::Before(u64::MAX), 1).await, [906]);
    let first = store.notes(ONE, head.id, Page::After(0), 1).await;
    let stored = v1::Note {
        number: 1,
        ..a.note.clone()
    };
    assert_eq!(first.expect("readable"), [stored], "every field");
    assert!(store.ceiling().await.expect("readable") >= 906);
    let now = store.head(ONE, head.id).await.expect("readable");
    assert_eq!(
        now.expect("stored").version,
        head.version + 1,
        "the message's only"
    );
}

pub(super) async fn a_mention_stays_unread_until_its_agent_has_seen_it(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let other = conversation(&store, ONE, 200).await;
    let batch = [
        add(&note(&head, 901, 7, "n1", &[8, 9])),
        add(&note(&head, 902, 9, "n2", &[8])),
        add(&note(&other, 903, 7, "n3", &[8])),
        add(&note(&other, 904, 7, "n4", &[])),
    ];
    apply(&store, &batch).await;
    // A retry mentions nobody once more.
    apply(&store, &[read(&other, 8, 1), batch[2].clone()]).await;
    assert_eq!(
        mentions(&store, ONE, 8, 9).await,
        [902, 901],
        "newest first"
    );
    assert_eq!(mentions(&store, ONE, 8, 1).await, [902]);
    assert_eq!(mentions(&store, ONE, 9, 9).await, [901]);
    let done = apply(&store, &[read(&head, 8, 1), read(&head, 8, 1)]).await;
    assert_eq!(done, [Outcome::Applied, Outcome::Applied], "twice is fine");
    assert_eq!(mentions(&store, ONE, 8, 9).await, [902]);
    assert_eq!(
        mentions(&store, ONE, 9, 9).await,
        [901],
        "everybody for themselves"
    );
    apply(&store, &[read(&head, 8, 99)]).await;
    assert_eq!(mentions(&store, ONE, 8, 9).await, [0; 0]);
}

pub(super) async fn no_note_crosses_a_tenant(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let foreign = conversation(&store, TWO, 200).await;
    apply(&store, &[add(&note(&head, 901, 7, "n1", &[8]))]).await;
    // Beside another tenant's conversation there is nothing to write.
    let forged = NewNote {
        tenant: TWO,
        ..note(&head, 902, 7, "n2", &[8])
    };
    let absent = NewNote {
        tenant: ONE,
        ..note(&foreign, 903, 7, "n3", &[])
    };
    let outcomes = apply(&store, &[add(&forged), add(&absent)]).await;
    assert_eq!(outcomes, [Outcome::Missing, Outcome::Missing]);
    let theirs = store.notes(TWO, head.id, Page::After(0), 9).await;
    assert_eq!(theirs, Ok(Vec::new()));
    assert_eq!(mentions(&store, TWO, 8, 9).await, [0; 0]);
    let not_theirs = Change::ReadMentions {
        tenant: TWO,
        agent: AgentId(8),
        conversation: head.id,
        number: 9,
    };
    apply(&store, &[not_theirs]).await;
    assert_eq!(mentions(&store, ONE, 8, 9).await, [901]);
}
