//! The format of the file: a log of what was put and removed, each entry with its length and a
//! checksum, so that a write that was torn shows.
//!
//! ```text
//! "kefu outbox 1\n"  then entries:
//! length of the payload (u32, little endian) | first 8 bytes of SHA-256 of it | payload
//! ```
//!
//! The payload is a Protobuf message of its own ([`Entry`]).

use kefu_proto::v1::Body;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::Outgoing;

/// What every file begins with.
pub(super) const HEAD: &[u8] = b"kefu outbox 1\n";
const LENGTH: usize = 4;
const SUM: usize = 8;
/// No entry is as long, bytes: the server takes frames of 64 KiB.
const ENTRY_MAX: usize = 1 << 20;

/// One entry. Fields are only ever added.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Entry {
    #[prost(uint64, tag = "1")]
    conversation_id: u64,
    #[prost(string, tag = "2")]
    client_id: String,
    /// None: it is kept no longer.
    #[prost(message, optional, tag = "3")]
    item: Option<Item>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Item {
    #[prost(message, optional, tag = "1")]
    body: Option<Body>,
    #[prost(int64, tag = "2")]
    queued_at_ms: i64,
    #[prost(uint64, tag = "3")]
    order: u64,
    #[prost(sint32, optional, tag = "4")]
    utc_offset_minutes: Option<i32>,
    #[prost(uint64, tag = "5")]
    quote_seq: u64,
    #[prost(string, tag = "6")]
    failed: String,
}

/// What an entry did.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    Put(Box<Outgoing>),
    Removed(u64, String),
}

pub(super) fn put(item: &Outgoing) -> Vec<u8> {
    framed(&Entry {
        conversation_id: item.conversation_id,
        client_id: item.client_id.clone(),
        item: Some(Item {
            body: Some(item.body.clone()),
            queued_at_ms: item.queued_at_ms,
            order: item.order,
            utc_offset_minutes: item.utc_offset_minutes,
            quote_seq: item.quote_seq,
            failed: item.failed.clone(),
        }),
    })
}

pub(super) fn removed(conversation_id: u64, client_id: &str) -> Vec<u8> {
    framed(&Entry {
        conversation_id,
        client_id: client_id.to_owned(),
        item: None,
    })
}

fn framed(entry: &Entry) -> Vec<u8> {
    let payload = entry.encode_to_vec();
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(&sum(&payload));
    bytes.extend_from_slice(&payload);
    bytes
}

fn sum(payload: &[u8]) -> [u8; SUM] {
    let digest = Sha256::digest(payload);
    let mut sum = [0; SUM];
    sum.copy_from_slice(&digest[..SUM]);
    sum
}

/// What a file says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    pub(super) changes: Vec<Change>,
    /// Up to here everything is whole, bytes; what is behind is to be cut off.
    pub(super) good: usize,
    /// Something other than a write that was torn: entries that were whole once.
    pub(super) damaged: bool,
}

/// Reads all that is whole. An entry whose checksum is wrong is passed over, as long as its length
/// leads to another one.
pub(super) fn read(bytes: &[u8]) -> Read {
    let mut read = Read::default();
    if !bytes.starts_with(HEAD) {
        // A file that was only begun is none that was damaged.
        read.damaged = !HEAD.starts_with(bytes);
        return read;
    }
    let mut at = HEAD.len();
    read.good = at;
    while let Some(end) = end_of(bytes, at) {
        let payload = &bytes[at + LENGTH + SUM..end];
        let is_whole = bytes[at + LENGTH..at + LENGTH + SUM] == sum(payload);
        let is_last = end == bytes.len();
        match is_whole.then(|| change(payload)).flatten() {
            Some(change) => {
                read.changes.push(change);
                read.good = end;
            }
            None => read.damaged |= !is_last,
        }
        at = end;
    }
    // More is missing than one write can have torn off.
    read.damaged |= bytes.len() - at > ENTRY_MAX || length_of(bytes, at) > ENTRY_MAX;
    if read.damaged {
        // What was passed over must not stand before what is written next.
        read.good = 0;
    }
    read
}

/// The length that an entry there says it has; 0 when not even that is there.
fn length_of(bytes: &[u8], at: usize) -> usize {
    let length = bytes.get(at..at + LENGTH).and_then(|it| it.try_into().ok());
    length.map_or(0, |it| u32::from_le_bytes(it) as usize)
}

/// Where the entry ends that begins there, when all of it is there.
fn end_of(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + LENGTH + SUM)?;
    let end = at + LENGTH + SUM + length_of(bytes, at);
    (end <= bytes.len()).then_some(end)
}

fn change(payload: &[u8]) -> Option<Change> {
    let entry = Entry::decode(payload).ok()?;
    let (conversation_id, client_id) = (entry.conversation_id, entry.client_id);
    let Some(item) = entry.item else {
        return Some(Change::Removed(conversation_id, client_id));
    };
    Some(Change::Put(Box::new(Outgoing {
        conversation_id,
        client_id,
        body: item.body.unwrap_or_default(),
        queued_at_ms: item.queued_at_ms,
        order: item.order,
        utc_offset_minutes: item.utc_offset_minutes,
        quote_seq: item.quote_seq,
        failed: item.failed,
    })))
}
