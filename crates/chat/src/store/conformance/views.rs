//! Histories without bodies, and messages by id.

use kefu_proto::v1::BodyKind;
use kefu_types::ConversationId;

use super::{
    fixture::{ONE, TWO, conversation, tenants},
    references::{all, said},
};
use crate::store::{Page, SharedStore};

pub(super) async fn metadata_says_all_but_the_body(store: SharedStore) {
    tenants(&store).await;
    let mut head = conversation(&store, ONE, 100).await;
    for n in 0..25 {
        head = said(&store, &head, &format!("c{n}"), &"字".repeat(100 * n + 1)).await;
    }
    for (page, limit) in [
        (Page::After(3), 9),
        (Page::Before(20), 9),
        (Page::After(0), 100),
    ] {
        let full = store
            .messages(ONE, head.id, page, limit)
            .await
            .expect("readable");
        let metadata = store
            .metadata(ONE, head.id, page, limit)
            .await
            .expect("readable");
        let without = full.into_iter().map(|mut message| {
            let body = message.body.take().expect("a body");
            message.body_kind = BodyKind::Text.into();
            message.body_bytes = u32::try_from(prost::Message::encoded_len(&body)).unwrap_or(0);
            message
        });
        assert_eq!(metadata, without.collect::<Vec<_>>());
    }
}

pub(super) async fn messages_are_found_by_id_in_their_conversation_only(store: SharedStore) {
    tenants(&store).await;
    let (one, two) = (
        conversation(&store, ONE, 100).await,
        conversation(&store, ONE, 200).await,
    );
    let other = conversation(&store, TWO, 300).await;
    let mut ids = vec![7, u64::MAX >> 1];
    for head in [&one, &two, &other] {
        let mut head = head.clone();
        for client in ["a", "b"] {
            head = said(&store, &head, client, "x").await;
        }
        ids.extend(all(&store, &head).await.iter().rev().map(|it| it.id));
    }
    ids.extend(ids.clone());
    let found = store.messages_by_id(ONE, one.id, &ids).await;
    assert_eq!(found, Ok(all(&store, &one).await), "each once, by sequence");
    assert_eq!(
        store.messages_by_id(ONE, ConversationId(7), &ids).await,
        Ok(vec![])
    );
    assert_eq!(store.messages_by_id(TWO, two.id, &ids).await, Ok(vec![]));
    assert_eq!(store.messages_by_id(ONE, one.id, &[]).await, Ok(vec![]));
}
