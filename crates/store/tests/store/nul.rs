//! A text with a NUL: no store takes one, and its neighbours are told so before anything is
//! written.

use std::sync::Arc;

use kefu_chat::store::{Change, Outcome, StoreError};
use kefu_proto::v1::Role;
use kefu_types::{ConversationId, TenantId};

use crate::{
    rows::{TENANT, head, key, says, tenant, user, visitor},
    stores::{KINDS, Place},
};

#[tokio::test]
async fn a_text_with_a_nul_is_rejected_by_every_store_and_stores_nothing() {
    for kind in KINDS {
        let place = Place::new(kind).await;
        let store = place.open().await;
        let first = [tenant(1), visitor(TENANT, 10)];
        store.apply(&first).await.expect("plain ones are taken");
        let now = head(TENANT, 10);
        let mut named = says(&now, "a", "x", 1);
        let mut odd = (*named.head).clone();
        odd.preview = "x\0".to_owned();
        named.head = Arc::new(odd);
        let mut keyed = says(&now, "a\0", "x", 2);
        keyed.key = None;
        let poison = [
            Change::CreateTenant {
                id: TenantId(5),
                name: "t\0".to_owned(),
            },
            Change::CreateUser(user(TENANT, 20, "li\0", Role::Admin)),
            Change::Advance(named),
            Change::Advance(keyed),
        ];
        for change in poison {
            let batch = [Change::Advance(says(&now, "good", "x", 3)), change];
            let refused = store.apply(&batch).await;
            let is_rejected = matches!(refused, Err(StoreError::Rejected(_)));
            assert!(is_rejected, "{kind:?}: {refused:?}");
        }
        assert_eq!(
            store.head(TENANT, ConversationId(10)).await,
            Ok(Some(now.clone()))
        );
        assert_eq!(store.users().await, Ok(Vec::new()));
        // Asked for, it is simply not there.
        assert_eq!(store.tenant("t\0").await, Ok(None));
        let probe = Change::Probe {
            key: key(&now, "a\0"),
            body: None,
            quote_seq: 0,
        };
        assert_eq!(store.apply(&[probe]).await, Ok(vec![Outcome::Missing]));
        // In a body, which is bytes, it may stand; the core is stricter.
        let said = says(&now, "b", "nul\0here", 4);
        let mut said_without_preview = said.clone();
        let mut plain = (*said.head).clone();
        plain.preview = String::new();
        said_without_preview.head = Arc::new(plain);
        let applied = store.apply(&[Change::Advance(said_without_preview)]).await;
        assert_eq!(applied, Ok(vec![Outcome::Applied]));
    }
}
