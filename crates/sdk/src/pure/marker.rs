//! How far this device is, told when it is news.

use kefu_proto::v1::Mark;

/// How far somebody is in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Everything up to here has arrived.
    pub delivered: u64,
    /// Everything up to here was read. Never more than `delivered`.
    pub read: u64,
}

impl Reach {
    /// The larger of each number.
    #[must_use]
    pub fn larger(self, other: Self) -> Self {
        Self {
            delivered: self.delivered.max(other.delivered),
            read: self.read.max(other.read),
        }
    }
}

/// Says only what is news: what any device of the person has marked already is not said again. What
/// could not be said waits for the next connection.
#[derive(Debug, Clone, Default)]
pub struct Marker {
    wanted: Reach,
    known: Reach,
    in_flight: Option<Reach>,
}

impl Marker {
    /// This device is so far.
    pub fn want(&mut self, reach: Reach) {
        let read = reach.read;
        self.wanted = self.wanted.larger(Reach {
            delivered: reach.delivered.max(read),
            read,
        });
    }

    /// What the server says of this person.
    pub fn learn(&mut self, reach: Reach) {
        self.known = self.known.larger(reach);
    }

    /// Whether there is something to say, and nothing that was said waits for its answer.
    #[must_use]
    pub fn is_due(&self) -> bool {
        let is_news =
            self.wanted.delivered > self.known.delivered || self.wanted.read > self.known.read;
        is_news && self.in_flight.is_none()
    }

    /// What is said now.
    pub const fn say(&mut self, conversation_id: u64, epoch: u64) -> Mark {
        self.in_flight = Some(self.wanted);
        Mark {
            conversation_id,
            delivered_seq: self.wanted.delivered,
            read_seq: self.wanted.read,
            epoch,
        }
    }

    /// It was heard, or not: then it is said with the next news, or over the next connection.
    pub fn answered(&mut self, heard: bool) {
        if let Some(said) = self.in_flight.take()
            && heard
        {
            self.learn(said);
        }
    }

    /// Sequence numbers begin again.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}
