//! A note on its way to the store.

use kefu_proto::v1;
use kefu_types::TenantId;

/// A note to add at the end of a conversation's notes. They are a log of their own: no message, no
/// head and no version moves with them, so nothing that is under way there becomes stale.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNote {
    /// Whose.
    pub tenant: TenantId,
    /// All but its number, which is the store's to give.
    pub note: v1::Note,
    /// Notes that one conversation may have.
    pub notes_max: u64,
}
