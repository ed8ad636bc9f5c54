//! Alerts of sensitive words are kept as long as their conversation, and no longer.

use kefu_chat::store::{Advance, AlertAsk, Change, SeenAlerts};
use kefu_proto::v1;
use kefu_types::AgentId;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    rows::{TENANT, head, says, tenant, visitor},
    stores::{KINDS, Place},
};

/// As somebody does who removes a visitor's conversation from the database.
async fn delete_conversation(place: &Place) {
    let sql = "DELETE FROM conversations WHERE tenant_id = 1 AND id = 10";
    match place {
        Place::Sqlite(dir) => {
            let file = SqliteConnectOptions::new().filename(dir.path().join("kefu.db"));
            let mut connection: SqliteConnection = file.connect().await.expect("it opens");
            let done = sqlx::query(sql).execute(&mut connection).await;
            assert_eq!(done.expect("deleted").rows_affected(), 1);
            connection.close().await.expect("closed");
        }
        Place::Postgres { database, .. } => {
            let mut connection = database.connect().await;
            let done = sqlx::query(sql).execute(&mut connection).await;
            assert_eq!(done.expect("deleted").rows_affected(), 1);
        }
    }
}

#[tokio::test]
async fn alerts_go_with_their_conversation() {
    for kind in KINDS {
        let place = Place::new(kind).await;
        let store = place.open().await;
        let found = |id: u64, conversation: u64| {
            let alert = v1::WordAlert {
                id,
                conversation_id: conversation,
                seq: 1,
                ..v1::WordAlert::default()
            };
            // Without its message: what a conversation has said is removed before it.
            Change::Advance(Advance {
                messages: [].into(),
                key: None,
                alert: Some(alert),
                ..says(&head(TENANT, conversation), "a", "x", id)
            })
        };
        let seen = SeenAlerts {
            tenant: TENANT,
            agent: AgentId(7),
            ids: vec![91],
            at_ms: 5,
        };
        let changes = [
            tenant(TENANT.0),
            visitor(TENANT, 10),
            visitor(TENANT, 11),
            found(91, 10),
            found(92, 11),
            Change::SeeAlerts(Box::new(seen)),
        ];
        store.apply(&changes).await.expect("it works");
        let listed = async || {
            let ask = AlertAsk {
                tenant: TENANT,
                seen: None,
                before: u64::MAX,
                limit: 9,
            };
            let alerts = store.word_alerts(ask).await.expect("readable");
            alerts.iter().map(|alert| alert.id).collect::<Vec<_>>()
        };
        assert_eq!(listed().await, [92, 91], "{kind:?}");
        delete_conversation(&place).await;
        assert_eq!(listed().await, [92], "{kind:?}");
    }
}
