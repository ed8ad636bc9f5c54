//! Uploads.

use std::sync::Arc;

use kefu_proto::v1::{self, Sender, body};
use kefu_types::{MediaId, TenantId};

use super::{
    fixture::{ONE, TWO, apply, conversation, next, tenants},
    references::one,
};
use crate::{
    ContentHash, Head, Media, Person,
    store::{Advance, Change, Expiry, Outcome, Reference, SharedStore, Unfit},
};

const ROOM: u64 = 100;

fn upload(head: &Head, id: u64, client_id: &str, bytes: u64) -> Media {
    let kind = body::Kind::File(v1::File {
        media_id: id,
        name: "报价 'q'.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        bytes,
    });
    Media {
        tenant: head.tenant,
        id: MediaId(id),
        conversation: head.id,
        uploader: Person {
            sender: Sender::Visitor.into(),
            id: head.visitor.0,
        },
        client_id: client_id.to_owned(),
        source: ContentHash::of(client_id.as_bytes()),
        body: v1::Body { kind: Some(kind) },
        stored_bytes: bytes,
        sealed: false,
        seq: 0,
        created_at_ms: 10,
        sent_at_ms: 0,
        gone_at_ms: 0,
    }
}

fn reserve(media: &Media) -> Change {
    Change::ReserveMedia {
        media: Box::new(media.clone()),
        tenant_bytes_max: ROOM,
    }
}

fn seal(media: &Media) -> Change {
    Change::SealMedia {
        tenant: media.tenant,
        media: media.id,
    }
}

fn forget(media: &Media) -> Change {
    Change::ForgetMedia {
        tenant: media.tenant,
        media: media.id,
    }
}

/// The next version of `head`, saying `media`.
fn says(head: &Head, client_id: &str, media: &Media) -> Advance {
    let mut advance = next(head, client_id, Some(""));
    Arc::make_mut(&mut advance.messages)[0].body = Some(media.body.clone());
    advance
}

async fn stored(store: &SharedStore, tenant: TenantId, id: MediaId) -> Option<Media> {
    store.media(tenant, id).await.expect("readable")
}

async fn ready(store: &SharedStore, head: &Head, id: u64, client_id: &str) -> Media {
    let media = upload(head, id, client_id, 10);
    let outcomes = apply(store, &[reserve(&media), seal(&media)]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
    Media {
        sealed: true,
        ..media
    }
}

pub(super) async fn an_upload_is_reserved_once_within_the_tenant_s_room(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let elsewhere = conversation(&store, TWO, 200).await;
    let first = upload(&head, 901, "u1", 60);
    assert_eq!(apply(&store, &[reserve(&first)]).await, [Outcome::Applied]);
    assert_eq!(stored(&store, ONE, first.id).await, Some(first.clone()));
    assert_eq!(
        stored(&store, TWO, first.id).await,
        None,
        "another tenant's"
    );
    let again = upload(&head, 902, "u1", 60);
    let known = Outcome::Uploaded(Box::new(first.clone()));
    assert_eq!(apply(&store, &[reserve(&again)]).await, [known]);
    let (full, fits) = (upload(&head, 903, "u2", 41), upload(&head, 904, "u3", 40));
    let outcomes = apply(&store, &[reserve(&full), reserve(&fits)]).await;
    assert_eq!(outcomes, [Outcome::QuotaFull, Outcome::Applied]);
    // Another tenant has room of its own; no conversation, no upload.
    let other = upload(&elsewhere, 905, "u1", ROOM);
    let nowhere = Media {
        conversation: head.id,
        client_id: "u4".to_owned(),
        id: MediaId(906),
        ..other.clone()
    };
    let outcomes = apply(&store, &[reserve(&nowhere), reserve(&other)]).await;
    assert_eq!(outcomes, [Outcome::Missing, Outcome::Applied]);
    let too_much = upload(&elsewhere, 907, "u5", ROOM + 1);
    assert_eq!(
        apply(&store, &[reserve(&too_much)]).await,
        [Outcome::QuotaFull]
    );
    assert!(store.ceiling().await.expect("readable") >= 905);
}

pub(super) async fn a_message_names_only_its_sender_s_own_upload_and_only_once(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let other = conversation(&store, ONE, 200).await;
    let foreign = conversation(&store, TWO, 300).await;
    let mine = ready(&store, &head, 901, "u1").await;
    let theirs = ready(&store, &other, 902, "u1").await;
    let elsewhere = ready(&store, &foreign, 903, "u1").await;
    let unsealed = upload(&head, 904, "u2", 10);
    apply(&store, &[reserve(&unsealed)]).await;
    let mut bigger = mine.clone();
    if let Some(body::Kind::File(file)) = &mut bigger.body.kind {
        file.bytes += 1;
    }
    let unfit = Outcome::Unfit(Unfit::Media);
    for media in [&theirs, &elsewhere, &unsealed, &bigger] {
        assert_eq!(one(&store, says(&head, "c1", media)).await, unfit);
    }
    // By the service itself, which uploads nothing.
    let keyless = Advance {
        key: None,
        ..says(&head, "c1", &mine)
    };
    let by_nobody = one(&store, keyless).await;
    assert_ne!(by_nobody, Outcome::Applied);
    // Twice in one batch, and again later.
    let first = says(&head, "c1", &mine);
    let second = says(&first.head, "c2", &mine);
    let outcomes = apply(
        &store,
        &[first.clone(), second.clone()].map(Change::Advance),
    )
    .await;
    assert_eq!(outcomes, [Outcome::Applied, unfit.clone()]);
    assert_eq!(one(&store, second).await, unfit);
    let sent = stored(&store, ONE, mine.id).await.expect("stored");
    assert_eq!((sent.seq, sent.sent_at_ms, sent.gone_at_ms), (1, 6, 0));
    // A retry is the same message, not another one.
    let retried = one(&store, first).await;
    assert!(matches!(retried, Outcome::Duplicate(stored) if stored.same_body));
}

pub(super) async fn what_is_recalled_or_over_is_gone_and_then_forgotten(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let recalled = ready(&store, &head, 901, "u1").await;
    let unsent = ready(&store, &head, 902, "u2").await;
    let old = ready(&store, &head, 903, "u3").await;
    let one_said = says(&head, "c1", &recalled);
    let two_said = says(&one_said.head, "c2", &old);
    let mut recall = next(&two_said.head, "c3", Some(""));
    let kind = Some(body::Kind::Recall(v1::Recall { seq: 1 }));
    Arc::make_mut(&mut recall.messages)[0].body = Some(v1::Body { kind });
    recall.reference = Some(Reference::Recall {
        seq: 1,
        since_ms: 0,
    });
    // Sent and recalled in one batch.
    let changes = [one_said, two_said, recall].map(Change::Advance);
    assert_eq!(apply(&store, &changes).await, vec![Outcome::Applied; 3]);
    let gone = async || {
        let gone = store.gone_media(9).await.expect("readable");
        gone.iter().map(|media| media.id.0).collect::<Vec<_>>()
    };
    assert_eq!(gone().await, [901]);
    // What is there is not forgotten.
    let early = apply(&store, &[forget(&unsent), forget(&old)]).await;
    assert_eq!(early, [Outcome::Missing, Outcome::Missing]);
    let expire = |unsent_before_ms, sent_before_ms| {
        let at_ms = 50;
        [Change::ExpireMedia(Expiry {
            at_ms,
            unsent_before_ms,
            sent_before_ms,
        })]
    };
    apply(&store, &expire(10, 6)).await;
    assert_eq!(gone().await, [901], "nothing is that old");
    apply(&store, &expire(11, i64::MIN)).await;
    assert_eq!(gone().await, [901, 902], "what was never sent");
    apply(&store, &expire(11, 7)).await;
    assert_eq!(gone().await, [901, 902, 903]);
    // Gone is gone: it is neither sealed nor sent any more.
    assert_eq!(apply(&store, &[seal(&unsent)]).await, [Outcome::Missing]);
    let late = head_of(&store, &head).await;
    assert_eq!(
        one(&store, says(&late, "c4", &unsent)).await,
        Outcome::Unfit(Unfit::Media)
    );
    let known = apply(&store, &[reserve(&unsent)]).await;
    assert!(matches!(&known[..], [Outcome::Uploaded(first)] if first.gone_at_ms == 50));
    // Forgotten, it makes room; twice does not make more.
    let full = upload(&head, 904, "u4", ROOM);
    assert_eq!(apply(&store, &[reserve(&full)]).await, [Outcome::QuotaFull]);
    let all = [&recalled, &unsent, &old, &old].map(forget);
    let outcomes = apply(&store, &all).await;
    assert_eq!(outcomes[..3], [const { Outcome::Applied }; 3]);
    assert_eq!(outcomes[3], Outcome::Missing);
    assert_eq!(gone().await, [0; 0]);
    assert_eq!(apply(&store, &[reserve(&full)]).await, [Outcome::Applied]);
    let more = upload(&head, 905, "u5", 1);
    assert_eq!(apply(&store, &[reserve(&more)]).await, [Outcome::QuotaFull]);
}

async fn head_of(store: &SharedStore, head: &Head) -> Head {
    let found = store.head(head.tenant, head.id).await;
    found.expect("readable").expect("stored")
}
