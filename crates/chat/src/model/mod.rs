//! The core's own rows: conversations, people, sessions.

mod cursor;
mod group;
mod head;
mod history;
mod media;
mod people;
mod rank;
mod searched;

pub use cursor::{Person, Reach};
pub use group::{Group, Member};
pub use head::{Head, phase_of};
pub use history::{ContentHash, PIECE_BYTES, RecordVersion};
pub use media::{Media, media_of};
pub use people::{Session, SetupLink, Subject, TokenHash, User, Visitor};
pub use rank::Rank;
pub use searched::searched;
