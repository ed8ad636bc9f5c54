//! One piece of the way through everything that is older than the index.

use kefu_chat::store::StoreError;
use kefu_proto::v1;
use kefu_types::TenantId;

use crate::rows::{self, Cells, unsigned};

/// Bytes of bodies in one piece, the last message aside, however many messages it may have.
const BYTES_MAX: usize = 64 * 1024;

/// Messages in the order of their primary key.
#[derive(Debug)]
pub(crate) struct Piece {
    messages: Vec<(TenantId, v1::Message)>,
    /// Tenant, conversation and sequence of the last one, as they are stored.
    pub(crate) end: (i64, i64, i64),
    /// Nothing comes after it.
    pub(crate) whole: bool,
}

impl Piece {
    /// As much of `found`, of which there may be `messages_max`, as one transaction takes.
    pub(crate) fn of<R: Cells>(found: &[R], messages_max: u32) -> Result<Self, StoreError> {
        let mut piece = Self {
            messages: Vec::new(),
            end: (0, 0, 0),
            whole: (found.len() as u64) < u64::from(messages_max.max(1)),
        };
        let mut bytes = 0;
        for (at, row) in found.iter().enumerate() {
            let tenant = row.int("tenant_id")?;
            piece.end = (tenant, row.int("conversation_id")?, row.int("seq")?);
            // One that cannot be read is no reason to stop: reading it says so.
            if let Ok(message) = rows::message(row) {
                piece.messages.push((TenantId(unsigned(tenant)), message));
            }
            bytes += row.bytes("body")?.len();
            if bytes > BYTES_MAX && at + 1 < found.len() {
                piece.whole = false;
                break;
            }
        }
        Ok(piece)
    }

    pub(crate) fn messages(&self) -> Vec<(TenantId, &v1::Message)> {
        let messages = self.messages.iter();
        messages
            .map(|(tenant, message)| (*tenant, message))
            .collect()
    }
}
