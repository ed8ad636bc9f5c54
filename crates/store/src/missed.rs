//! What a device missed, put together from the rows that either database found.

use std::collections::HashMap;

use kefu_chat::{
    Head, Reach,
    store::{ALL_DEVICES, Missed, MissedAsk, StoreError},
};
use kefu_proto::v1;

use crate::rows::{self, Cells};

/// How far the device and the person are, by conversation.
#[derive(Debug, Default)]
pub(crate) struct Places(HashMap<u64, (u64, Reach)>);

impl Places {
    /// From rows of cursors: those of the device and those of all devices.
    pub(crate) fn read(rows: &[impl Cells]) -> Result<Self, StoreError> {
        let mut places: HashMap<u64, (u64, Reach)> = HashMap::new();
        for row in rows {
            let conversation = rows::unsigned(row.int("conversation_id")?);
            let reach = rows::reach(row)?;
            let place = places.entry(conversation).or_default();
            if row.text("device_id")? == ALL_DEVICES {
                place.1 = reach;
            } else {
                place.0 = reach.delivered_seq;
            }
        }
        Ok(Self(places))
    }

    /// What the device has.
    pub(crate) fn delivered_seq(&self, head: &Head) -> u64 {
        self.0.get(&head.id.0).map_or(0, |place| place.0)
    }

    /// How far the person is.
    pub(crate) fn reach(&self, head: &Head) -> Reach {
        self.0
            .get(&head.id.0)
            .map_or(Reach::default(), |place| place.1)
    }

    /// After which sequence unread messages are counted.
    pub(crate) fn unread_after(&self, ask: &MissedAsk, head: &Head) -> u64 {
        ask.unread_after(head.last_seq, self.reach(head).read_seq)
    }
}

/// Two lists of conversations as one page.
pub(crate) fn page(mut owned: Vec<Head>, behind: Vec<Head>, limit: u32) -> Vec<Head> {
    owned.extend(behind);
    owned.sort_by_key(|head| head.id);
    owned.dedup_by_key(|head| head.id);
    owned.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    owned
}

/// The answer. `unread` and `messages` are by conversation.
pub(crate) fn assemble(
    heads: Vec<Head>,
    places: &Places,
    unread: &HashMap<u64, u32>,
    messages: Vec<v1::Message>,
) -> Vec<Missed> {
    let mut by_conversation: HashMap<u64, Vec<v1::Message>> = HashMap::new();
    for message in messages {
        let list = by_conversation.entry(message.conversation_id).or_default();
        list.push(message);
    }
    let mut missed = Vec::with_capacity(heads.len());
    for head in heads {
        let mut messages = by_conversation.remove(&head.id.0).unwrap_or_default();
        messages.sort_by_key(|message| message.seq);
        missed.push(Missed {
            delivered_seq: places.delivered_seq(&head),
            reach: places.reach(&head),
            unread: unread.get(&head.id.0).copied().unwrap_or(0),
            messages,
            head,
        });
    }
    missed
}
