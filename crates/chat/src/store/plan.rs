//! What a list of changes to conversations becomes, decided without a database.
//!
//! An adapter answers [`Questions`] from its rows inside the transaction, gives the answers to
//! [`Plan::new`], feeds the changes in order, and writes the rows the plan ends with. Because the
//! decision is here, every database decides alike, and hundreds of changes cost four statements.

mod left;

use std::{collections::BTreeMap, sync::Arc};

use kefu_proto::v1;
use kefu_types::{Millis, TenantId};

use super::{
    CursorKey, DeviceCursor, Known, LeftKey, Mark, MessageKey, MovedLeft, Reference, SentMedia,
    Unfit, known::HeadKey, mark, media, same::same_body,
};
use crate::{
    model::{Head, Reach, media_of},
    store::{Advance, ClientKey, Outcome, Stored},
};

/// A head to be written.
#[derive(Debug, Clone, Copy)]
pub struct MovedHead<'a> {
    /// What it is now.
    pub head: &'a Head,
    /// All of the row; otherwise it exists, and only what every message moves
    /// ([`Head::is_moved_by`]) differs.
    pub whole: bool,
}

/// Rows that a plan ends with.
#[derive(Debug, Default)]
pub struct Rows<'a> {
    /// The newest head of every conversation that changed, in one order whatever the batch.
    pub heads: Vec<MovedHead<'a>>,
    /// All new messages, in order.
    pub messages: Vec<(TenantId, &'a v1::Message)>,
    /// Stored messages that were recalled, with the sequence of the recall.
    pub recalled: Vec<(MessageKey, u64)>,
    /// Cursors as they are now; `None`: the row goes. In one order, whatever the batch.
    pub cursors: Vec<(&'a CursorKey, &'a str, Option<DeviceCursor>)>,
    /// Media that went into messages. Written before the next.
    pub sent: Vec<SentMedia>,
    /// Messages that said a picture or a file and were recalled, with the time: what they named is
    /// gone.
    pub gone: Vec<(MessageKey, Millis)>,
    /// Messages left as they are now, in one order whatever the batch.
    pub left: Vec<MovedLeft<'a>>,
    /// What the history tells of what applied, in order.
    pub events: Vec<(TenantId, &'a v1::HistoryEvent)>,
    /// Words that were found in messages of clients, in order.
    pub alerts: Vec<(TenantId, &'a v1::WordAlert)>,
}

/// Decides changes one after another and remembers what to write.
#[derive(Debug, Default)]
pub struct Plan {
    known: Known,
    heads: BTreeMap<HeadKey, (Arc<Head>, bool)>,
    messages: Vec<(TenantId, Arc<[v1::Message]>)>,
    recalled: Vec<(MessageKey, u64)>,
    cursors: BTreeMap<(CursorKey, String), Option<DeviceCursor>>,
    sent: Vec<SentMedia>,
    gone: Vec<(MessageKey, Millis)>,
    /// With the version that is stored.
    left: BTreeMap<LeftKey, (v1::LeftMessage, u64)>,
    events: Vec<(TenantId, Arc<[v1::HistoryEvent]>)>,
    alerts: Vec<(TenantId, v1::WordAlert)>,
}

impl Plan {
    /// A plan over what is stored now.
    #[must_use]
    pub fn new(known: Known) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    /// A new conversation, written by this plan.
    pub fn create(&mut self, head: &Arc<Head>) {
        self.put(head, true);
    }

    /// What a move of a conversation becomes.
    pub fn advance(&mut self, advance: &Advance) -> Outcome {
        use v1::BodyKind::{File, Image};

        let keyed = advance.keyed();
        let body = keyed.and_then(|message| message.body.as_ref());
        let quote_seq = keyed.map_or(0, |message| message.quote_seq);
        if let Some(key) = &advance.key
            && let Some(stored) = self.stored(key, body, quote_seq)
        {
            return Outcome::Duplicate(stored);
        }
        let head = &advance.head;
        match self.known.heads.get(&(head.tenant, head.id)) {
            None => return Outcome::Missing,
            Some(now)
                if now.version != advance.expected_version
                    || now.stamp != advance.expected_stamp =>
            {
                return Outcome::VersionConflict;
            }
            Some(_) => {}
        }
        if let Some(full) = self.known.full(advance) {
            return full;
        }
        if let Some(left) = &advance.left
            && let Err(unfit) = self.left_fits(left)
        {
            return Outcome::Unfit(unfit);
        }
        if let Some(reference) = &advance.reference {
            let place = (head.tenant, head.id, reference.seq());
            let target = self.known.messages.get(&place);
            if let Err(unfit) = reference.check(advance.key.as_ref(), target) {
                return Outcome::Unfit(unfit);
            }
            let names_media = target.is_some_and(|it| matches!(it.kind, Image | File));
            if let (Reference::Recall { .. }, Some(fact)) = (reference, keyed) {
                self.recall(place, fact.seq);
                if names_media {
                    self.gone.push((place, fact.created_at_ms));
                }
            }
        }
        if let Err(unfit) = self.send_media(advance) {
            return Outcome::Unfit(unfit);
        }
        self.put(head, advance.whole);
        if let Some(left) = &advance.left {
            self.put_left(left);
        }
        if let (Some(key), Some(first)) = (&advance.key, keyed) {
            self.known.keys.insert(key.clone(), first.clone());
        }
        for message in &*advance.messages {
            let place = (head.tenant, head.id, message.seq);
            self.known.messages.insert(place, message.into());
        }
        if !advance.messages.is_empty() {
            self.messages.push((head.tenant, advance.messages.clone()));
        }
        if !advance.events.is_empty() {
            self.events.push((head.tenant, advance.events.clone()));
        }
        if let Some(alert) = &advance.alert {
            self.alerts.push((head.tenant, alert.clone()));
        }
        Outcome::Applied
    }

    /// What a device's mark becomes.
    pub fn mark(&mut self, mark: &Mark) -> Outcome {
        let Some(head) = self.known.heads.get(&(mark.tenant, mark.conversation)) else {
            return Outcome::Missing;
        };
        let devices = self.known.cursors.entry(mark.key()).or_default();
        let before = devices
            .get(mark::ALL_DEVICES)
            .map_or(Reach::default(), |all| all.reach);
        match mark::place(devices, head.last_seq, mark) {
            Err(unfit) => Outcome::Unfit(unfit),
            Ok((reach, written)) => {
                for (device, row) in written {
                    self.cursors.insert((mark.key(), device), row);
                }
                let moved = reach != before;
                Outcome::Marked { reach, moved }
            }
        }
    }

    /// Whether a key is stored.
    #[must_use]
    pub fn probe(&self, key: &ClientKey, body: Option<&v1::Body>, quote_seq: u64) -> Outcome {
        self.stored(key, body, quote_seq)
            .map_or(Outcome::Missing, Outcome::Duplicate)
    }

    /// What to write.
    #[must_use]
    pub fn rows(&self) -> Rows<'_> {
        let mut messages = Vec::with_capacity(self.messages.len());
        for (tenant, list) in &self.messages {
            messages.extend(list.iter().map(|message| (*tenant, message)));
        }
        let mut events = Vec::with_capacity(self.events.len());
        for (tenant, list) in &self.events {
            events.extend(list.iter().map(|event| (*tenant, event)));
        }
        let cursors = self.cursors.iter();
        Rows {
            heads: self.heads.values().map(moved).collect(),
            messages,
            recalled: self.recalled.clone(),
            sent: self.sent.clone(),
            gone: self.gone.clone(),
            left: self.left.iter().map(left::moved_left).collect(),
            events,
            alerts: self
                .alerts
                .iter()
                .map(|(tenant, alert)| (*tenant, alert))
                .collect(),
            cursors: cursors
                .map(|((key, device), row)| (key, device.as_str(), *row))
                .collect(),
        }
    }

    /// The media that a message names, if any, goes into it. Only what comes from a client names any.
    fn send_media(&mut self, advance: &Advance) -> Result<(), Unfit> {
        for message in &*advance.messages {
            let body = message.body.as_ref();
            let Some(id) = media_of(body) else { continue };
            let sender = advance
                .key
                .as_ref()
                .filter(|_| !message.client_id.is_empty());
            let media = (advance.head.tenant, id);
            let known = self.known.media.get_mut(&media);
            media::fits(sender, body, known.as_deref())?;
            if let Some(known) = known {
                known.seq = message.seq;
            }
            self.sent.push(SentMedia {
                media,
                seq: message.seq,
                at_ms: message.created_at_ms,
            });
        }
        Ok(())
    }

    /// Marks the message at `place` as taken back: the stored row, or the one that this plan is
    /// about to store.
    fn recall(&mut self, place: MessageKey, fact_seq: u64) {
        if let Some(known) = self.known.messages.get_mut(&place) {
            known.recalled_seq = fact_seq;
        }
        let (tenant, conversation, seq) = place;
        let is_it =
            |message: &v1::Message| message.conversation_id == conversation.0 && message.seq == seq;
        for (of, list) in &mut self.messages {
            if *of == tenant && list.iter().any(is_it) {
                for message in Arc::make_mut(list) {
                    if is_it(message) {
                        message.recalled_seq = fact_seq;
                    }
                }
                return;
            }
        }
        self.recalled.push((place, fact_seq));
    }

    fn stored(&self, key: &ClientKey, body: Option<&v1::Body>, quote_seq: u64) -> Option<Stored> {
        let message = self.known.keys.get(key)?;
        Some(Stored {
            id: message.id,
            seq: message.seq,
            created_at_ms: message.created_at_ms,
            same_body: same_body(message.body.as_ref(), body) && message.quote_seq == quote_seq,
        })
    }

    fn put(&mut self, head: &Arc<Head>, whole: bool) {
        let key = (head.tenant, head.id);
        self.known.put(head);
        // What an earlier change of this plan moved must be written, too.
        let whole = whole || self.heads.get(&key).is_some_and(|(_, whole)| *whole);
        self.heads.insert(key, (head.clone(), whole));
    }
}

fn moved((head, whole): &(Arc<Head>, bool)) -> MovedHead<'_> {
    MovedHead {
        head,
        whole: *whole,
    }
}
