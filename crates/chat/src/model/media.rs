//! What was uploaded, as far as the core knows it: facts, and whose. The bytes are elsewhere.

use kefu_proto::v1::{self, body};
use kefu_types::{ConversationId, MediaId, Millis, TenantId};

use super::{ContentHash, Person};

/// An uploaded picture or file.
///
/// It is reserved before its bytes are kept, so that bytes without a row never exist; sealed when
/// they are durable; sent by one message; gone when that is recalled, or when its time is over. Of
/// what is gone nobody is given anything, and its row stays until its bytes are removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Media {
    /// Whose.
    pub tenant: TenantId,
    /// Also the name of its bytes.
    pub id: MediaId,
    /// Where it may be sent.
    pub conversation: ConversationId,
    /// Who may send it.
    pub uploader: Person,
    /// The uploader's own id of this upload.
    pub client_id: String,
    /// Of what came in, before it was made anew.
    pub source: ContentHash,
    /// The image or file that a message says, with the id.
    pub body: v1::Body,
    /// That are kept, thumbnail included: what counts towards the tenant's quota.
    pub stored_bytes: u64,
    /// Its bytes are durable.
    pub sealed: bool,
    /// Sequence of the message that it went into; 0: none yet.
    pub seq: u64,
    /// UTC milliseconds.
    pub created_at_ms: Millis,
    /// When it was sent, UTC milliseconds; 0: not yet.
    pub sent_at_ms: Millis,
    /// Since when nobody may have it, UTC milliseconds; 0: it is there.
    pub gone_at_ms: Millis,
}

/// The media that a body names, if it is a picture or a file.
#[must_use]
pub fn media_of(body: Option<&v1::Body>) -> Option<MediaId> {
    match body?.kind.as_ref()? {
        body::Kind::Image(image) => Some(MediaId(image.media_id)),
        body::Kind::File(file) => Some(MediaId(file.media_id)),
        _ => None,
    }
}
