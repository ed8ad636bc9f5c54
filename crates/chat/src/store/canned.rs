//! A canned reply on its way to the store.

use kefu_proto::v1;
use kefu_types::TenantId;

/// A canned reply as it shall be. New when its version is 1: then its shortcut must be free and its
/// owner must have room. Otherwise only if the row has the version before, and the same owner.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedReply {
    /// Whose.
    pub tenant: TenantId,
    /// The whole row.
    pub reply: v1::CannedReply,
    /// Canned replies that its owner may have; for shared ones, the tenant.
    pub replies_max: u64,
}
