//! Whether a message may name an upload. Decided inside the transaction that stores the message, so
//! that no media goes into two messages, and none that is being removed into any.

use kefu_types::{MediaId, Millis, TenantId};

use super::{ClientKey, Unfit};
use crate::model::Media;

/// One upload of a tenant.
pub type MediaKey = (TenantId, MediaId);

/// Media that went into a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentMedia {
    /// Which.
    pub media: MediaKey,
    /// Of the message.
    pub seq: u64,
    /// UTC milliseconds.
    pub at_ms: Millis,
}

/// When what was uploaded goes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// UTC milliseconds of now.
    pub at_ms: Millis,
    /// What was uploaded before this time and never sent goes.
    pub unsent_before_ms: Millis,
    /// What was sent before this time goes.
    pub sent_before_ms: Millis,
}

/// Whether `key`'s message may name `media` by saying `body`.
pub(super) fn fits(
    key: Option<&ClientKey>,
    body: Option<&kefu_proto::v1::Body>,
    media: Option<&Media>,
) -> Result<(), Unfit> {
    let fits = key.zip(media).is_some_and(|(key, media)| {
        let own = (media.uploader.sender, media.uploader.id) == (key.sender, key.sender_id);
        let here = (media.tenant, media.conversation) == (key.tenant, key.conversation);
        let free = media.sealed && media.seq == 0 && media.gone_at_ms == 0;
        own && here && free && Some(&media.body) == body
    });
    if fits { Ok(()) } else { Err(Unfit::Media) }
}
