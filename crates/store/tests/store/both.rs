//! The same batches to both stores: the same outcomes, and the same contents afterwards.

use std::{collections::BTreeMap, sync::Arc};

use kefu_chat::{
    ContentHash, Head, Person, RecordVersion, Session, Subject, TokenHash, User,
    store::{
        Advance, Change, GroupGuard, Mark, MissedAsk, NewNote, Outcome, OwnerGuard, Page,
        Reference, SharedStore, StoreError,
    },
};
use kefu_dialog::Phase;
use kefu_proto::v1::{self, Role};
use kefu_types::{AgentId, ConversationId, GroupId, SessionId, TenantId};
use proptest::prelude::*;

use crate::{
    rows::{head, key, says, session, tenant, text, user, visitor},
    stores::{KINDS, Place},
};

/// One change, in numbers small enough to meet each other often.
#[derive(Debug, Clone)]
struct Draw {
    what: u8,
    tenant: u64,
    row: u64,
    other: u64,
    odd: bool,
}

fn draws() -> impl Strategy<Value = Vec<Vec<Draw>>> {
    let odd = proptest::bool::weighted(0.25);
    let one = (0..18_u8, 1..4_u64, 1..6_u64, 0..8_u64, odd);
    let one = one.prop_map(|(what, tenant, row, other, odd)| Draw {
        what,
        tenant,
        row,
        other,
        odd,
    });
    proptest::collection::vec(proptest::collection::vec(one, 1..24), 1..6)
}

/// What a core believes while it fills a batch.
type Believed = BTreeMap<(u64, u64), Head>;

fn change(draw: &Draw, unique: u64, believed: &mut Believed) -> Change {
    let owner = TenantId(draw.tenant);
    let agent = AgentId(100 + draw.other);
    let pieces = [b"one ".as_slice(), b"two".as_slice()];
    let content = ContentHash::of(&pieces.concat());
    match draw.what {
        0 => tenant(draw.tenant),
        1 => visitor(owner, draw.tenant * 10 + draw.row),
        2..=6 => talk(draw, unique, believed),
        7 => Change::CreateUser(user(
            owner,
            100 + draw.row,
            &format!("l{}", draw.other),
            if draw.odd { Role::Agent } else { Role::Admin },
        )),
        8 => Change::UpdateUser(User {
            version: 2 + draw.other % 2,
            disabled: draw.odd,
            ..user(owner, 100 + draw.row, "renamed", Role::Admin)
        }),
        9 => Change::CreateSession(session(owner, 10_000 + unique, Subject::User(agent))),
        10 => Change::RevokeSessions {
            tenant: owner,
            session: draw.odd.then_some(SessionId(draw.tenant * 10 + draw.row)),
            user: (!draw.odd).then_some(agent),
            except: None,
            at_ms: 7,
        },
        11 if draw.odd => Change::CompleteSetup {
            token: TokenHash::of(&format!("link{}", draw.row)),
            at_ms: 1,
            user: user(owner, 200 + unique, "root", Role::Admin),
            session: session(owner, 20_000 + unique, Subject::User(agent)),
        },
        11 => Change::OpenSetup {
            tenant: owner,
            token: TokenHash::of(&format!("link{}", draw.tenant)),
            expires_at_ms: 100,
        },
        12 if draw.odd => Change::SealContent {
            tenant: owner,
            content,
            bytes: 7,
            at_ms: 5,
        },
        12 => Change::PutPiece {
            tenant: owner,
            content,
            piece: u32::from(draw.other % 2 == 1),
            data: Arc::from(pieces[usize::from(draw.other % 2 == 1)]),
            at_ms: 5,
        },
        13 => record(draw, content),
        16 | 17 => notes(draw, unique),
        _ => mark(draw, unique, believed),
    }
}

/// A note with a mention, or an agent who has seen some.
fn notes(draw: &Draw, unique: u64) -> Change {
    let (tenant, conversation) = (TenantId(draw.tenant), draw.tenant * 10 + draw.row);
    if draw.what == 17 {
        return Change::ReadMentions {
            tenant,
            agent: AgentId(100 + draw.other % 2),
            conversation: ConversationId(conversation),
            number: draw.other,
        };
    }
    let note = v1::Note {
        id: 30_000 + unique,
        conversation_id: conversation,
        author_id: 100 + draw.other % 2,
        author_name: "小李".to_owned(),
        client_id: format!("n{}", draw.other),
        body: Some(v1::NoteBody {
            text: "@l1 看".to_owned(),
            mentioned_ids: if draw.odd { vec![] } else { vec![100, 101] },
            whisper: draw.odd,
        }),
        ..v1::Note::default()
    };
    Change::AddNote(Box::new(NewNote {
        tenant,
        note,
        notes_max: 3,
    }))
}

/// A device moves, or says what it cannot.
fn mark(draw: &Draw, unique: u64, believed: &Believed) -> Change {
    let place = (draw.tenant, draw.tenant * 10 + draw.row);
    let last_seq = believed.get(&place).map_or(2, |head| head.last_seq);
    let seq = (last_seq + u64::from(draw.odd)).saturating_sub(draw.other % 3);
    Change::Mark(Mark {
        tenant: TenantId(place.0),
        conversation: ConversationId(place.1),
        person: Person {
            sender: if draw.what == 14 { 1 } else { 3 },
            id: 100 + draw.other % 2,
        },
        device: format!("d{}", draw.other % 4),
        delivered_seq: seq,
        read_seq: if draw.odd { seq } else { seq / 2 },
        at_ms: 1_000 - i64::try_from(unique).unwrap_or(0),
        devices_max: 2,
    })
}

fn record(draw: &Draw, content: ContentHash) -> Change {
    let file = |path: &str| v1::CatalogueFile {
        path: path.to_owned(),
        sha256: content.to_string(),
        bytes: 7,
        text: None,
    };
    let version = v1::CatalogueVersion {
        hash: draw.other.to_string(),
        files: vec![file("B.yaml"), file("a.yaml"), file("é.yaml")],
        ..v1::CatalogueVersion::default()
    };
    Change::RecordVersion(Box::new(RecordVersion {
        tenant: TenantId(draw.tenant),
        version,
        expected_number: draw.odd.then_some(draw.row - 1),
        keep: 2,
        orphans_before_ms: 100,
    }))
}

/// A message, an assignment, or a question for a key.
fn talk(draw: &Draw, unique: u64, believed: &mut Believed) -> Change {
    let place = (draw.tenant, draw.tenant * 10 + draw.row);
    let now = believed
        .entry(place)
        .or_insert_with(|| head(TenantId(place.0), place.1));
    let client = format!("c{}", draw.other);
    if draw.what == 2 {
        let body = (!draw.odd).then(|| text("你好"));
        return Change::Probe {
            key: key(now, &client),
            body,
            quote_seq: draw.row % 2,
        };
    }
    let mut advance = says(now, &client, "你好", unique);
    refer(draw, &mut advance);
    if draw.what == 3 {
        let agent = AgentId(100 + draw.other % 2);
        let mut owned = (*advance.head).clone();
        owned.state.phase = if draw.odd {
            Phase::Closed
        } else {
            Phase::Serving
        };
        owned.agent = Some(agent);
        owned.group = GroupId(draw.row % 2);
        advance.room = (!draw.odd).then(|| GroupGuard {
            groups: [owned.group].into(),
            capacity: 1,
        });
        advance.head = Arc::new(owned);
        advance.guard = (!draw.odd).then_some(OwnerGuard { agent, capacity: 2 });
    } else if draw.odd {
        advance.expected_stamp = 3;
    }
    advance.whole = !now.is_moved_by(&advance.head);
    if !draw.odd || draw.what == 3 {
        *now = (*advance.head).clone();
    }
    Change::Advance(advance)
}

/// Half of the messages quote or take back an earlier one, or one that is none.
fn refer(draw: &Draw, advance: &mut Advance) {
    let seq = draw.other;
    let message = &mut Arc::make_mut(&mut advance.messages)[0];
    match draw.what {
        5 => {
            message.quote_seq = seq;
            advance.reference = Some(Reference::Quote { seq });
        }
        6 => {
            let kind = Some(v1::body::Kind::Recall(v1::Recall { seq }));
            message.body = Some(v1::Body { kind });
            advance.reference = Some(Reference::Recall { seq, since_ms: 0 });
        }
        _ => {}
    }
}

/// Outcomes, with errors as what the core does about them.
type Outcomes = Result<Vec<Outcome>, &'static str>;

fn told(outcomes: Result<Vec<Outcome>, StoreError>) -> Outcomes {
    let outcomes = outcomes.map_err(|error| match error {
        StoreError::Rejected(_) => "rejected",
        other => panic!("neither store fails: {other}"),
    })?;
    let sorted = |outcome| match outcome {
        Outcome::Revoked(mut ended) => {
            ended.sort_unstable_by_key(|(id, _)| *id);
            Outcome::Revoked(ended)
        }
        other => other,
    };
    Ok(outcomes.into_iter().map(sorted).collect())
}

fn ask(tenant: TenantId, device: &str) -> MissedAsk {
    MissedAsk {
        tenant,
        person: Person { sender: 3, id: 100 },
        device: device.to_owned(),
        only: None,
        after: ConversationId(0),
        limit: 9,
        messages_max: 2,
        unread_max: 3,
        unread_scan_max: 4,
    }
}

/// All that can be read, in one value.
async fn contents(store: &SharedStore, sessions: u64) -> impl PartialEq + std::fmt::Debug {
    let (mut heads, mut messages, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut cursors, mut missed, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for tenant in (1..4).map(TenantId) {
        for id in (0..50).map(ConversationId) {
            heads.push(store.head(tenant, id).await);
            messages.push(store.messages(tenant, id, Page::After(0), 500).await);
            messages.push(store.metadata(tenant, id, Page::Before(9), 3).await);
            cursors.push(store.cursors(tenant, id, 9).await);
            notes.push(store.notes(tenant, id, Page::After(0), 9).await);
        }
        let phases = [v1::Phase::Bot, v1::Phase::Serving, v1::Phase::Closed];
        let listed = store
            .heads(tenant, &phases, ConversationId(u64::MAX), 4)
            .await;
        heads.extend(
            listed
                .expect("readable")
                .into_iter()
                .map(|head| Ok(Some(head))),
        );
        for device in ["d0", "d1", "d2", "d3"] {
            missed.push(store.missed(&ask(tenant, device)).await);
        }
        for agent in [100, 101].map(AgentId) {
            notes.push(store.mentions(tenant, agent, 9).await);
        }
        for number in 0..8 {
            versions.push(store.version(tenant, number).await);
        }
    }
    let mut known: Vec<Result<Option<Session>, StoreError>> = Vec::new();
    for id in (0..50)
        .chain(10_000..10_000 + sessions)
        .chain(20_000..20_000 + sessions)
    {
        known.push(store.session(TokenHash::of(&id.to_string())).await);
    }
    let mut links = Vec::new();
    for link in 1..4 {
        links.push(store.setup(TokenHash::of(&format!("link{link}")), 1).await);
    }
    let unsettled = store.unsettled(ConversationId(0), 100).await;
    let care = unsettled.map(|heads| heads.iter().map(|head| (head.id, head.tenant)).max());
    (
        heads,
        messages,
        (versions, cursors, missed, notes),
        known,
        links,
        care,
        store.users().await,
        store.ceiling().await,
    )
}

async fn compare(batches: Vec<Vec<Draw>>) {
    let (mut places, mut stores) = (Vec::new(), Vec::new());
    for kind in KINDS {
        let place = Place::new(kind).await;
        stores.push(place.open().await);
        places.push(place);
    }
    let mut believed = Believed::new();
    let mut unique = 0;
    for draws in batches {
        let mut batch = Vec::new();
        for draw in &draws {
            unique += 1;
            batch.push(change(draw, unique, &mut believed));
        }
        let mut all = Vec::new();
        for store in &stores {
            all.push(told(store.apply(&batch).await));
        }
        assert_eq!(all[0], all[1], "{batch:#?}");
        for ((tenant, id), head) in &mut believed {
            let stored = stores[0].head(TenantId(*tenant), ConversationId(*id)).await;
            if let Some(stored) = stored.expect("readable") {
                *head = stored;
            }
        }
    }
    let left = contents(&stores[0], unique + 1).await;
    assert_eq!(left, contents(&stores[1], unique + 1).await);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_same_batches_have_the_same_outcomes_and_leave_the_same_rows(batches in draws()) {
        // Tenants and a few conversations are there, so that most draws meet something.
        let begun = |what, tenant, row| Draw { what, tenant, row, other: 0, odd: false };
        let mut first = vec![begun(0, 1, 1), begun(0, 2, 1)];
        first.extend([1, 2].into_iter().flat_map(|tenant| [begun(1, tenant, 1), begun(1, tenant, 2)]));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(compare([vec![first], batches].concat()));
    }
}
