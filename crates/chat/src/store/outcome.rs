//! What became of a change.

use kefu_proto::v1;
use kefu_types::{Millis, SessionId};

use super::Unfit;
use crate::model::{ContentHash, Media, Reach, TokenHash};

/// A message that is stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: u64,
    /// Its sequence.
    pub seq: u64,
    /// UTC milliseconds.
    pub created_at_ms: Millis,
    /// Whether body and quote are those that were sent now.
    pub same_body: bool,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is durable.
    Applied,
    /// Sessions that ended, with the hashes of their tokens.
    Revoked(Vec<(SessionId, TokenHash)>),
    /// The client key is stored; the first one stands.
    Duplicate(Stored),
    /// A mark is durable.
    Marked {
        /// How far the person is now.
        reach: Reach,
        /// Whether this mark moved it.
        moved: bool,
    },
    /// What a message refers to, or a mark, does not fit what is stored.
    Unfit(Unfit),
    /// The row has another version by now.
    VersionConflict,
    /// The name or login is taken, or the setup link is used up or never was.
    Taken,
    /// There is no such row.
    Missing,
    /// The agent owns as many as they may.
    CapacityFull,
    /// The group has as many as it may.
    GroupFull,
    /// The tenant would have no admin left.
    LastAdmin,
    /// The version as it stands in the history now, without its files.
    Recorded {
        /// With its number.
        version: Box<v1::CatalogueVersion>,
        /// False when the newest version was the same set already.
        new: bool,
    },
    /// Contents that must be stored before a version may name them.
    MissingContents(Vec<ContentHash>),
    /// The client's key has this upload already.
    Uploaded(Box<Media>),
    /// The talk was rated already, like this.
    Rated(Box<v1::Rating>),
    /// The note as it is stored.
    Noted {
        /// With its number.
        note: Box<v1::Note>,
        /// False when its author's key had it already.
        new: bool,
    },
    /// A conversation's tags as they are now, sorted.
    Tagged(Vec<String>),
    /// There would be more of something than there may be.
    QuotaFull,
    /// Older messages are searchable now.
    Indexed {
        /// All of them.
        whole: bool,
    },
}
