//! A core over a database in a temporary directory, with a clock moved by hand, and the people in it.

use std::{sync::Arc, time::Duration};

use kefu_chat::{
    ChatSettings, Core, CoreError, Hashing, Link, LinkEvents, TurnStream, store::SharedStore,
};
use kefu_proto::v1::{self, act_request::Action, body, link_up};
use kefu_types::{ManualClock, SeededEntropy, Snowflake};

use crate::stores::Place;

use super::super::KIND;
pub use super::{
    botlike::{answer, fallback, is_applied},
    talk::{act, get, history, send},
};

const STARTED_MS: i64 = 1_790_000_000_000;
pub const PASSWORD: &str = "correct horse";

pub struct World {
    place: Place,
    settings: ChatSettings,
    pub clock: Arc<ManualClock>,
    /// To change what is stored without the core's knowing.
    pub store: SharedStore,
    pub core: Arc<Core>,
}

pub fn settings() -> ChatSettings {
    ChatSettings {
        hashing: Hashing {
            memory_kib: 64,
            passes: 1,
            lanes: 1,
        },
        ..ChatSettings::default()
    }
}

async fn start(
    store: &SharedStore,
    clock: &Arc<ManualClock>,
    settings: ChatSettings,
    seed: u64,
) -> Arc<Core> {
    let ids = Snowflake::new(clock.clone(), 1).expect("the node fits");
    let entropy = Arc::new(SeededEntropy::new(seed));
    Core::start(store.clone(), clock.clone(), entropy, ids, settings)
        .await
        .expect("the core starts")
}

impl World {
    pub async fn new() -> Self {
        Self::with(settings()).await
    }

    pub async fn with(settings: ChatSettings) -> Self {
        let place = Place::new(KIND).await;
        let clock = Arc::new(ManualClock::new(STARTED_MS));
        let store = place.open().await;
        let core = start(&store, &clock, settings.clone(), 1).await;
        Self {
            place,
            settings,
            clock,
            store,
            core,
        }
    }

    /// The process ends and another one starts, with the wall clock an hour back.
    pub async fn restart(self) -> Self {
        self.core.drain().await;
        let Self {
            place, settings, ..
        } = self;
        let clock = Arc::new(ManualClock::new(STARTED_MS - 3_600_000));
        let store = place.open().await;
        let core = start(&store, &clock, settings.clone(), 2).await;
        Self {
            place,
            settings,
            clock,
            store,
            core,
        }
    }

    /// Time passes, and what is due happens.
    pub fn pass(&self, by: Duration) {
        self.clock.advance(by);
        self.core.tick();
    }

    pub async fn visitor(&self) -> Visitor {
        self.visitor_of("").await
    }

    pub async fn visitor_of(&self, tenant: &str) -> Visitor {
        let request = v1::CreateVisitorRequest {
            tenant: tenant.to_owned(),
            ..Default::default()
        };
        let created = self
            .core
            .create_visitor(request)
            .await
            .expect("a visitor comes");
        let principal = created.principal.expect("somebody");
        Visitor {
            core: self.core.clone(),
            token: created.token,
            id: principal.conversation_id,
        }
    }

    /// The first admin's session.
    pub async fn admin(&self) -> String {
        let link = self
            .core
            .ensure_setup()
            .await
            .expect("the store works")
            .expect("there is no user yet");
        let request = v1::CompleteSetupRequest {
            setup_token: link.token,
            login: "root".to_owned(),
            name: "Root".to_owned(),
            password: PASSWORD.to_owned(),
        };
        self.core
            .complete_setup(request)
            .await
            .expect("the link is good")
            .token
    }

    pub async fn user(&self, admin: &str, login: &str, role: v1::Role, capacity: u32) -> v1::Agent {
        let request = v1::CreateUserRequest {
            session: admin.to_owned(),
            login: login.to_owned(),
            name: login.to_owned(),
            password: PASSWORD.to_owned(),
            role: role.into(),
            capacity,
        };
        self.core.create_user(request).await.expect("a new user")
    }

    pub async fn login(&self, login: &str, password: &str) -> Result<String, CoreError> {
        let request = v1::LoginRequest {
            tenant: String::new(),
            login: login.to_owned(),
            password: password.to_owned(),
        };
        self.core.login(request).await.map(|created| created.token)
    }

    /// An agent with a workspace open.
    pub async fn agent(&self, admin: &str, login: &str, capacity: u32) -> Agent {
        let id = self.user(admin, login, v1::Role::Agent, capacity).await.id;
        self.at_work(login, id).await
    }

    pub async fn at_work(&self, login: &str, id: u64) -> Agent {
        let token = self
            .login(login, PASSWORD)
            .await
            .expect("the password is right");
        let (link, events) = self.core.open_link().expect("there is room");
        let watch = v1::WatchWorkspace {
            session: token.clone(),
            socket_id: 1,
        };
        link.receive(up(link_up::Body::WatchWorkspace(watch))).await;
        Agent {
            core: self.core.clone(),
            token,
            id,
            link,
            events,
        }
    }

    pub fn bot(&self, max_in_flight: u32) -> TurnStream {
        let request = v1::SubscribeRequest {
            bot_id: "b".to_owned(),
            max_in_flight,
        };
        self.core.subscribe(&request).expect("there is room")
    }
}

pub fn up(body: link_up::Body) -> v1::LinkUp {
    v1::LinkUp { body: Some(body) }
}

pub struct Visitor {
    core: Arc<Core>,
    pub token: String,
    pub id: u64,
}

pub struct Agent {
    core: Arc<Core>,
    pub token: String,
    pub id: u64,
    pub link: Link,
    pub events: LinkEvents,
}

impl Visitor {
    pub async fn says(&self, client_id: &str, text: &str) -> Result<v1::Accepted, CoreError> {
        send(&self.core, &self.token, self.id, client_id, text).await
    }

    pub async fn does(&self, action: Action) -> Result<v1::Conversation, CoreError> {
        act(&self.core, &self.token, self.id, action, 0).await
    }

    pub async fn sees(&self) -> v1::Conversation {
        get(&self.core, &self.token, self.id)
            .await
            .expect("it is theirs")
    }

    pub async fn history(&self) -> Vec<v1::Message> {
        history(&self.core, &self.token, self.id)
            .await
            .expect("it is theirs")
    }

    /// What the bot and the service said, as text.
    pub async fn heard(&self) -> Vec<String> {
        let messages = self.history().await;
        let said = messages
            .iter()
            .filter(|m| m.sender() != v1::Sender::Visitor);
        said.filter_map(|m| match m.body.as_ref()?.kind.as_ref()? {
            body::Kind::Text(text) => Some(text.text.clone()),
            _ => None,
        })
        .collect()
    }

    /// Waits until the conversation is in this phase.
    pub async fn reaches(&self, phase: v1::Phase) -> v1::Conversation {
        eventually(async || Some(self.sees().await).filter(|seen| seen.phase() == phase)).await
    }
}

impl Agent {
    pub async fn says(
        &self,
        id: u64,
        client_id: &str,
        text: &str,
    ) -> Result<v1::Accepted, CoreError> {
        send(&self.core, &self.token, id, client_id, text).await
    }

    pub async fn does(&self, id: u64, action: Action) -> Result<v1::Conversation, CoreError> {
        act(&self.core, &self.token, id, action, 0).await
    }

    pub async fn gives_to(&self, id: u64, agent: u64) -> Result<v1::Conversation, CoreError> {
        act(&self.core, &self.token, id, Action::Transfer, agent).await
    }

    pub async fn is(&self, status: v1::AgentStatus) {
        let request = v1::SetStatusRequest {
            session: self.token.clone(),
            status: status.into(),
            ..Default::default()
        };
        self.core
            .set_status(request)
            .await
            .expect("a status of their own");
    }

    pub async fn load(&self) -> u32 {
        let request = v1::ListAgentsRequest {
            session: self.token.clone(),
        };
        let listed = self.core.list_agents(request).await.expect("colleagues");
        listed
            .users
            .iter()
            .find(|agent| agent.id == self.id)
            .expect("listed")
            .load
    }
}

/// How long anything that must come is waited for: a busy machine is slow, not wrong.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits, in real time, until `look` finds something.
pub async fn eventually<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, found).await;
    found.expect("it happens in time")
}
