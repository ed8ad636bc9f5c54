//! The suite that every store must pass.

use kefu_chat::store::conformance;
use tokio::sync::Mutex;

use crate::stores::{Kind, Place};

async fn conforms(kind: Kind) {
    let places = Mutex::new(Vec::new());
    let fresh = || async {
        let place = Place::new(kind).await;
        let store = place.open().await;
        places.lock().await.push(place);
        store
    };
    conformance::run(fresh).await;
}

#[tokio::test]
async fn sqlite_conforms_to_the_port() {
    conforms(Kind::Sqlite).await;
}

#[tokio::test]
async fn postgres_conforms_to_the_port() {
    conforms(Kind::Postgres).await;
}
