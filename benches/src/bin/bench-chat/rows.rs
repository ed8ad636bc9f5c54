//! Conversations and messages made up as the core would make them, for the store alone.

use std::{sync::Arc, time::Duration};

use anyhow::ensure;
use kefu_benches::mix;
use kefu_chat::{
    Head, Session, Subject, TokenHash, Visitor,
    store::{Advance, Change, ClientKey, Outcome, SharedStore, StoreError},
};
use kefu_proto::v1::{self, Sender};
use kefu_tests::text;
use kefu_types::{ConversationId, Lang, SessionId, TenantId, VisitorId};

use crate::{lines::client_id, load::WORDS};

/// Whose rows these are.
pub const TENANT: TenantId = TenantId(1);
/// Changes in one transaction, as the writer's default has it.
pub const BATCH: usize = 512;

/// A store with conversations whose heads are known, so that more can be appended.
pub struct Rows {
    /// Where they are.
    pub store: SharedStore,
    /// The heads, as stored.
    pub heads: Vec<Head>,
    ids: u64,
}

impl Rows {
    /// An empty store.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn new(store: SharedStore) -> anyhow::Result<Self> {
        let tenant = Change::CreateTenant {
            id: TENANT,
            name: "default".to_owned(),
        };
        apply(&store, &[tenant]).await?;
        Ok(Self {
            store,
            heads: Vec::new(),
            ids: 1,
        })
    }

    /// New conversations without messages, until there are `count`.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn begin_up_to(&mut self, count: usize) -> anyhow::Result<()> {
        while self.heads.len() < count {
            let some = BATCH.min(count - self.heads.len());
            let changes: Vec<Change> = (0..some).map(|_| self.begin()).collect();
            apply(&self.store, &changes).await?;
        }
        Ok(())
    }

    fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    fn begin(&mut self) -> Change {
        let visitor = Visitor {
            tenant: TENANT,
            id: VisitorId(self.id()),
            name: String::new(),
            created_at_ms: 1,
        };
        let id = ConversationId(self.id());
        let head = Head::begun(&visitor, id, self.id(), Lang::Zh);
        let session = self.id();
        self.heads.push(head.clone());
        Change::CreateVisitor {
            session: Session {
                id: SessionId(session),
                tenant: TENANT,
                token: TokenHash::of(&session.to_string()),
                subject: Subject::Visitor(visitor.id, id),
                created_at_ms: 1,
                expires_at_ms: i64::MAX,
                revoked_at_ms: 0,
            },
            visitor,
            head: Arc::new(head),
        }
    }

    /// The change that appends `count` messages to the conversation at `place`; its head is taken
    /// as stored from now on.
    pub fn append(&mut self, place: usize, count: usize) -> Change {
        let old = self.heads[place].clone();
        let mut head = Head {
            version: old.version + 1,
            stamp: self.id(),
            ..old.clone()
        };
        head.preview = WORDS.to_owned();
        head.last_sender = Sender::Visitor;
        let messages: Vec<v1::Message> = (0..count)
            .map(|_| {
                head.last_seq += 1;
                v1::Message {
                    id: self.id(),
                    conversation_id: old.id.0,
                    seq: head.last_seq,
                    sender: Sender::Visitor.into(),
                    sender_id: old.visitor.0,
                    client_id: client_id(head.last_seq),
                    created_at_ms: 1,
                    body: Some(text(&said(old.id, head.last_seq))),
                    ..v1::Message::default()
                }
            })
            .collect();
        head.answered_seq = head.last_seq;
        // A key stands for one message; those that are put in by the hundred go without.
        let key = (count == 1).then(|| ClientKey {
            tenant: TENANT,
            conversation: old.id,
            sender: Sender::Visitor.into(),
            sender_id: old.visitor.0,
            client_id: client_id(head.last_seq),
        });
        self.heads[place] = head.clone();
        Change::Advance(Advance {
            expected_version: old.version,
            expected_stamp: old.stamp,
            whole: !old.is_moved_by(&head),
            head: Arc::new(head),
            messages: messages.into(),
            key,
            guard: None,
            room: None,
            reference: None,
            alert: None,
            left: None,
            events: [].into(),
        })
    }
}

/// What the message at this place says: what all say, and a number that no other has.
#[must_use]
pub fn said(conversation: ConversationId, seq: u64) -> String {
    format!("{WORDS} {}", number_of(conversation, seq))
}

/// The number in it, one word to a search.
#[must_use]
pub fn number_of(conversation: ConversationId, seq: u64) -> String {
    format!("n{:016x}", mix(conversation.0 << 32 | seq, 7))
}

/// Of a batch while the store stalls, as the core's writer keeps one.
const TRIES: u32 = 10;
/// Between two of them.
const AGAIN: Duration = Duration::from_millis(100);

/// One transaction, in which everything must succeed.
///
/// # Errors
/// When the store refuses anything, or stalls for long.
pub async fn apply(store: &SharedStore, changes: &[Change]) -> anyhow::Result<()> {
    let mut tries = 0;
    let outcomes = loop {
        match store.apply(changes).await {
            Err(StoreError::Retryable(why)) if tries < TRIES => {
                eprintln!("again: {why}");
                tries += 1;
                tokio::time::sleep(AGAIN).await;
            }
            done => break done?,
        }
    };
    let refused = outcomes
        .iter()
        .find(|outcome| **outcome != Outcome::Applied);
    ensure!(refused.is_none(), "the store answers {refused:?}");
    Ok(())
}
