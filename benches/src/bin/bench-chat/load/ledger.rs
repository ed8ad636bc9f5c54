//! What was acknowledged and delivered in one conversation, held against the promises as it comes.

use anyhow::ensure;

use super::Heard;

/// Where a message stands, as the server says: in Kefu its id and its sequence, elsewhere 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The server's id.
    pub id: u64,
    /// The place in the conversation.
    pub seq: u64,
}

/// The history of one conversation as its two clients saw it.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Messages written.
    pub sent: u64,
    /// The place of each message, as its acknowledgement said.
    pub acknowledged: Vec<Place>,
    /// The place of each message, as the reader got it.
    pub delivered: Vec<Place>,
}

impl Ledger {
    /// Notes what came.
    ///
    /// # Errors
    /// When it came twice, out of order, unsent, or names another place than before.
    pub fn note(&mut self, heard: Heard) -> anyhow::Result<()> {
        let (n, place, what, list) = match heard {
            Heard::Acknowledged(n, place) => (n, place, "acknowledged", &mut self.acknowledged),
            Heard::Delivered(n, place) => (n, place, "delivered", &mut self.delivered),
        };
        let expected = list.len() as u64 + 1;
        ensure!(
            n == expected && n <= self.sent,
            "message {n} was {what} where {expected} was due, of {} sent",
            self.sent
        );
        list.push(place);
        let at = list.len() - 1;
        let (first, second) = (self.acknowledged.get(at), self.delivered.get(at));
        if let (Some(first), Some(second)) = (first, second) {
            ensure!(
                first == second,
                "message {n} is at {first:?} for its sender and at {second:?} for its reader"
            );
        }
        Ok(())
    }

    /// Whether everything sent was acknowledged and delivered.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let both = self.acknowledged.len().min(self.delivered.len());
        both as u64 == self.sent
    }
}

/// A sender, a reader, and what passed between them. Without a reader an acknowledgement is a
/// delivery, too.
#[derive(Debug)]
pub struct Conversation<L> {
    /// Who writes.
    pub sender: L,
    /// Who reads.
    pub reader: Option<L>,
    /// What passed.
    pub ledger: Ledger,
}

impl<L> Conversation<L> {
    /// Nothing was said yet.
    pub fn new(sender: L, reader: Option<L>) -> Self {
        Self {
            sender,
            reader,
            ledger: Ledger::default(),
        }
    }
}
