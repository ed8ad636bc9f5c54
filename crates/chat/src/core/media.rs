//! Uploads: room for them, whose they are, and when they go. The bytes never come here.

use kefu_proto::v1::{self, body};
use kefu_types::{MediaId, TenantId};

use super::{Core, check, read::allowed};
use crate::{
    error::CoreError,
    model::{ContentHash, Media},
    people::Who,
    store::{Change, Expiry, Outcome},
};

impl Core {
    /// Room for an upload of which everything is known but its id. The same client id with the same
    /// contents gives the first one's record.
    ///
    /// # Errors
    /// `not_found` for a conversation that the caller may not read, `conflict` for a client id that
    /// came with other contents or whose upload has expired, `too_large` when the tenant has no room.
    pub async fn reserve_media(
        &self,
        request: v1::ReserveMediaRequest,
    ) -> Result<v1::MediaRecord, CoreError> {
        let who = self.who(&request.session).await?;
        let rules = &self.settings.media;
        if !rules.enabled {
            return Err(CoreError::Forbidden("pictures and files are switched off"));
        }
        check::client_id(&request.client_id)?;
        let conversation = allowed(&who, request.conversation_id)?;
        let source = <[u8; 32]>::try_from(&*request.source).map(ContentHash);
        let source = source
            .map_err(|_| CoreError::Invalid("the source is no SHA-256 of anything".to_owned()))?;
        let id = MediaId(self.ids.next());
        let media = Media {
            tenant: who.tenant(),
            id,
            conversation,
            uploader: who.person(),
            client_id: request.client_id,
            source,
            body: named(request.body, id)?,
            stored_bytes: request.stored_bytes,
            sealed: false,
            seq: 0,
            created_at_ms: self.clock.wall_ms(),
            sent_at_ms: 0,
            gone_at_ms: 0,
        };
        check::sent_body(Some(&media.body), &self.settings.limits)?;
        let change = Change::ReserveMedia {
            media: Box::new(media.clone()),
            tenant_bytes_max: rules.tenant_bytes_max,
        };
        match self.writer.write(change).await? {
            Outcome::Applied => Ok(record(media)),
            Outcome::Uploaded(first) if first.gone_at_ms != 0 => Err(CoreError::Conflict(
                "what was uploaded with this client id is gone: upload it again with a new one"
                    .to_owned(),
            )),
            Outcome::Uploaded(first)
                if first.source == source && named(Some(media.body), first.id)? == first.body =>
            {
                Ok(record(*first))
            }
            Outcome::Uploaded(_) => Err(CoreError::Conflict(
                "this client id was used for another upload".to_owned(),
            )),
            Outcome::QuotaFull => {
                metrics::counter!("kefu_chat_refused_total", "reason" => "media_quota")
                    .increment(1);
                Err(CoreError::TooLarge(
                    "there is no room left for pictures and files (media.tenant_bytes_max)"
                        .to_owned(),
                ))
            }
            _ => Err(CoreError::NotFound("conversation")),
        }
    }

    /// The bytes are durable: from now on the uploader may send it.
    ///
    /// # Errors
    /// `not_found` for what is not the caller's, or gone.
    pub async fn seal_media(
        &self,
        request: v1::SealMediaRequest,
    ) -> Result<v1::MediaRecord, CoreError> {
        let who = self.who(&request.session).await?;
        let media = self.stored_media(&who, request.media_id).await?;
        if media.uploader != who.person() {
            return Err(CoreError::NotFound("upload"));
        }
        let change = Change::SealMedia {
            tenant: media.tenant,
            media: media.id,
        };
        match self.writer.write(change).await? {
            Outcome::Applied => Ok(record(Media {
                sealed: true,
                ..media
            })),
            _ => Err(CoreError::NotFound("upload")),
        }
    }

    /// What is known of an upload whose bytes the caller may have: those who may read the message
    /// that it went into, and until then its uploader.
    ///
    /// # Errors
    /// `not_found` for everybody else, and for what is gone.
    pub async fn open_media(
        &self,
        request: v1::OpenMediaRequest,
    ) -> Result<v1::MediaRecord, CoreError> {
        let who = self.who(&request.session).await?;
        let media = self.stored_media(&who, request.media_id).await?;
        let sent = media.seq != 0 && allowed(&who, media.conversation.0).is_ok();
        if media.sealed && (sent || media.uploader == who.person()) {
            Ok(record(media))
        } else {
            Err(CoreError::NotFound("upload"))
        }
    }

    /// Lets go of what is over, and tells what is to be removed, the longest gone first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn expired_media(
        &self,
        request: v1::ExpiredMediaRequest,
    ) -> Result<v1::MediaRecords, CoreError> {
        let rules = &self.settings.media;
        let at_ms = self.clock.wall_ms();
        let ago = |time: std::time::Duration| {
            at_ms.saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
        };
        let expiry = Expiry {
            at_ms,
            unsent_before_ms: ago(rules.unsent),
            sent_before_ms: match rules.expire.is_zero() {
                true => i64::MIN,
                false => ago(rules.expire),
            },
        };
        self.writer.write(Change::ExpireMedia(expiry)).await?;
        let gone = self.store.gone_media(self.page(request.limit)?).await?;
        Ok(v1::MediaRecords {
            records: gone.into_iter().map(record).collect(),
        })
    }

    /// The bytes of these are removed.
    ///
    /// # Errors
    /// When the store does not answer; what was not forgotten is told again.
    pub async fn forget_media(&self, removed: v1::MediaRecords) -> Result<v1::Empty, CoreError> {
        for record in removed.records {
            let change = Change::ForgetMedia {
                tenant: TenantId(record.tenant_id),
                media: MediaId(record.id),
            };
            self.writer.write(change).await?;
        }
        Ok(v1::Empty {})
    }

    async fn stored_media(&self, who: &Who, id: u64) -> Result<Media, CoreError> {
        let found = match i64::try_from(id) {
            Ok(1..) => self.store.media(who.tenant(), MediaId(id)).await?,
            _ => None,
        };
        found
            .filter(|media| media.gone_at_ms == 0)
            .ok_or(CoreError::NotFound("upload"))
    }
}

/// The body of an upload, with its id.
fn named(body: Option<v1::Body>, id: MediaId) -> Result<v1::Body, CoreError> {
    let kind = match body.and_then(|body| body.kind) {
        Some(body::Kind::Image(image)) => body::Kind::Image(v1::Image {
            media_id: id.0,
            ..image
        }),
        Some(body::Kind::File(file)) => body::Kind::File(v1::File {
            media_id: id.0,
            ..file
        }),
        _ => {
            return Err(CoreError::Invalid(
                "only images and files are uploaded".to_owned(),
            ));
        }
    };
    Ok(v1::Body { kind: Some(kind) })
}

fn record(media: Media) -> v1::MediaRecord {
    v1::MediaRecord {
        tenant_id: media.tenant.0,
        id: media.id.0,
        conversation_id: media.conversation.0,
        body: Some(media.body),
        sealed: media.sealed,
    }
}
