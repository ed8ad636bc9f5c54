//! What is under test, and everything that can be done to it.

use std::{path::PathBuf, sync::Arc};

use kefu_tests::{
    Agent, Database, History, IntentSet, Options, Place, Postgres, Proxy, Road, Service, Shim,
};
use serde_json::json;

use crate::Store;

/// The service, the roads to it and from it to its store.
pub struct World {
    pub store: Store,
    pub history: Arc<History>,
    /// Where people find it: through `road`.
    pub place: Place,
    pub road: Proxy,
    pub shim: Shim,
    pub intents: IntentSet,
    pub edition: usize,
    pub data_dir: PathBuf,
    pub service: Service,
    pub postgres: Option<Database>,
    pub server: Option<Postgres>,
    pub store_road: Option<Proxy>,
    _dir: tempfile::TempDir,
}

impl World {
    pub async fn new(store: Store, seed: u64, agents: usize) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let data_dir = dir.path().join("data");
        let (shim, intents) = (Shim::new(), IntentSet::new());
        let (mut server, mut postgres, mut store_road) = (None, None, None);
        if store == Store::Postgres {
            let own = Postgres::start().await;
            let database = own.database().await;
            store_road = Some(Proxy::before(&database.options()).await);
            (server, postgres) = (Some(own), Some(database));
        }
        let url = store_road.as_ref().zip(postgres.as_ref());
        let url = url.map(|(road, database)| road.url(&database.options()));
        let options = options(&shim, &intents, &data_dir, url.as_deref());
        let service = Service::start(options).await;
        let road = Proxy::before_service(&service.base).await;
        let place = Place::new(&road.base());
        let admin = Agent::first_admin(&service).await;
        for number in 0..agents {
            drop(admin.hires(&agent(number), 12).await);
        }
        // Nobody works as the admin: everything comes to the others.
        let away = json!({ "status": "AGENT_STATUS_AWAY" });
        let put = reqwest::Method::PUT;
        let put = admin.api.call(put, "/api/v1/me/status", Some(away)).await;
        assert!(matches!(put, Ok((200, _))), "{put:?}");
        Self {
            store,
            history: Arc::new(History::new(seed)),
            place,
            road,
            shim,
            intents,
            edition: 0,
            data_dir,
            service,
            postgres,
            server,
            store_road,
            _dir: dir,
        }
    }

    /// Starts the service anew on what it left behind.
    pub async fn start(&mut self) {
        let url = self.store_road.as_ref().zip(self.postgres.as_ref());
        let url = url.map(|(road, database)| road.url(&database.options()));
        let options = options(&self.shim, &self.intents, &self.data_dir, url.as_deref());
        self.service = Service::start(options).await;
        self.road.leads_to(&self.service.base);
    }

    pub fn postgres(&mut self) -> &mut kefu_tests::Server {
        self.server.as_mut().expect("on PostgreSQL").server()
    }

    pub fn store_road(&self, road: Road) {
        self.store_road.as_ref().expect("on PostgreSQL").set(road);
    }
}

/// The login of an agent.
pub fn agent(number: usize) -> String {
    format!("agent{number}")
}

fn options(
    shim: &Shim,
    intents: &IntentSet,
    data_dir: &std::path::Path,
    url: Option<&str>,
) -> Options {
    let mut options = shim
        .under(intents.options())
        .data_dir(data_dir)
        .env("KEFU_SUPERVISOR__DEATHS_MAX", 100_000)
        .env("KEFU_SUPERVISOR__BACKOFF_MAX_MS", 500)
        .env("KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP", 100_000)
        .env("KEFU_EDGE__LOGINS_PER_MINUTE_PER_IP", 100_000)
        .env("KEFU_EDGE__HEARTBEAT_S", 5)
        .env("KEFU_CHAT__WRAP_UP_S", 2)
        .env("KEFU_CHAT__AGENT_GRACE_S", 10)
        .env("KEFU_CHAT__LIMITS__ACKNOWLEDGEMENT_MS", 4_000);
    if let Some(url) = url {
        options.args = vec!["--store".into(), url.into()];
    }
    options
}
