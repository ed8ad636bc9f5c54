//! Uploads. The simulator's people send none; the port has them.

use kefu_chat::{
    Media,
    store::{Change, MessageKey, Outcome, SentMedia},
};
use kefu_types::Millis;

use super::tables::Tables;

pub(super) fn change(tables: &mut Tables, change: &Change) -> Outcome {
    match change {
        Change::ReserveMedia {
            media,
            tenant_bytes_max,
        } => reserve(tables, media, *tenant_bytes_max),
        Change::SealMedia { tenant, media } => match tables.media.get_mut(&(*tenant, *media)) {
            Some(found) if found.gone_at_ms == 0 => {
                found.sealed = true;
                Outcome::Applied
            }
            _ => Outcome::Missing,
        },
        Change::ExpireMedia(expiry) => {
            for media in tables.media.values_mut() {
                let over = match media.seq {
                    0 => media.created_at_ms < expiry.unsent_before_ms,
                    _ => media.sent_at_ms < expiry.sent_before_ms,
                };
                if over && media.gone_at_ms == 0 {
                    media.gone_at_ms = expiry.at_ms;
                }
            }
            Outcome::Applied
        }
        Change::ForgetMedia { tenant, media } => {
            let key = (*tenant, *media);
            match tables.media.get(&key) {
                Some(found) if found.gone_at_ms != 0 => {
                    tables.media.remove(&key);
                    Outcome::Applied
                }
                _ => Outcome::Missing,
            }
        }
        _ => Outcome::Missing,
    }
}

fn reserve(tables: &mut Tables, media: &Media, tenant_bytes_max: u64) -> Outcome {
    let of_tenant = || {
        let all = tables.media.values();
        all.filter(|one| one.tenant == media.tenant)
    };
    let same_key = |one: &&Media| {
        (one.conversation, one.uploader, &one.client_id)
            == (media.conversation, media.uploader, &media.client_id)
    };
    if let Some(first) = of_tenant().find(same_key) {
        return Outcome::Uploaded(Box::new(first.clone()));
    }
    if !tables
        .heads
        .contains_key(&(media.tenant, media.conversation))
    {
        return Outcome::Missing;
    }
    let used: u64 = of_tenant().map(|one| one.stored_bytes).sum();
    if used + media.stored_bytes > tenant_bytes_max {
        return Outcome::QuotaFull;
    }
    tables.media.insert((media.tenant, media.id), media.clone());
    Outcome::Applied
}

pub(super) fn sent(tables: &mut Tables, sent: &[SentMedia]) {
    for one in sent {
        if let Some(media) = tables.media.get_mut(&one.media) {
            (media.seq, media.sent_at_ms) = (one.seq, one.at_ms);
        }
    }
}

pub(super) fn gone(tables: &mut Tables, gone: &[(MessageKey, Millis)]) {
    for ((tenant, conversation, seq), at_ms) in gone {
        for media in tables.media.values_mut() {
            let named = (media.tenant, media.conversation, media.seq);
            if *seq != 0 && named == (*tenant, *conversation, *seq) && media.gone_at_ms == 0 {
                media.gone_at_ms = (*at_ms).max(1);
            }
        }
    }
}
