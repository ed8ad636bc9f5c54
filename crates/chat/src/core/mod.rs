//! The use cases, each in its own file, over the parts that they share.

mod act;
mod advance;
mod aftermath;
mod alerts;
mod answers;
mod assist;
mod board;
mod canned;
mod catalogues;
mod catch_up;
mod check;
mod cursors;
mod draft;
mod due;
mod endings;
mod epochs;
mod expel;
mod groups;
mod happened;
mod heads;
mod hours;
mod identify;
mod idle;
mod left;
mod links;
mod login;
mod looks;
mod media;
mod missed;
mod notes;
mod offers;
mod presence;
mod profile;
mod read;
mod route;
mod routing;
mod search;
mod send;
mod setup;
mod sla;
mod start;
mod timers;
mod trails;
mod turns;
mod users;
mod view;
mod visitors;
mod words;

use std::{collections::HashMap, sync::Arc, time::Duration};

use kefu_types::{AgentId, Clock, ConversationId, Entropy, Snowflake, TenantId};
use kefu_words::Words;
use parking_lot::{Mutex, RwLock};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use assist::AssistStream;
pub use catalogues::CatalogueUpload;
pub use epochs::begin_epoch;
pub use links::Link;
pub use start::StartError;
pub use turns::TurnStream;

use crate::{
    assist::{AssistDesk, ProposedCounts},
    error::CoreError,
    lanes::Lane,
    link::{Hub, Looks},
    people::{Allowance, Directory, GroupBook, Passwords, Sessions, Throttle},
    settings::ChatSettings,
    store::{Lineage, Seen, SharedStore, SharedWitness},
    turns::TurnDesk,
    writer::{Health, Writer},
};
use heads::Heads;
use idle::Idle;
use routing::Routing;
use timers::Timers;

/// The chat core. One per process and store; shared by everything in front of it.
pub struct Core {
    settings: ChatSettings,
    store: SharedStore,
    /// Which store it is, and the epoch that it is served in.
    lineage: Lineage,
    /// Told how far the store has come, if there is one.
    witness: Option<SharedWitness>,
    /// What it was told last.
    seen: Mutex<Option<Seen>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    ids: Snowflake,
    writer: Writer,
    heads: Heads,
    hub: Hub,
    looks: Looks,
    routing: Routing,
    turns: Mutex<TurnDesk>,
    /// Replies that bots propose to agents.
    assist: Mutex<AssistDesk>,
    /// What was proposed and is not yet counted.
    proposed: Mutex<ProposedCounts>,
    timers: Timers,
    /// Since when (monotonic) conversations are being wrapped up.
    wrap_ups: Mutex<HashMap<(TenantId, ConversationId), Duration>>,
    /// Talks in which an agent waits for the visitor.
    idle: Mutex<Idle>,
    presence: Mutex<()>,
    /// The numbers of each tenant.
    tallies: happened::Tallies,
    /// Promises that are watched, and what was told of each.
    promises: Mutex<sla::Promises>,
    /// Who ended the sessions of whom, until they come back.
    expelled: Mutex<HashMap<(TenantId, AgentId), String>>,
    sessions: Sessions,
    directory: Directory,
    groups: GroupBook,
    passwords: Passwords,
    throttle: Throttle,
    /// What each tenant may do.
    messages: Allowance,
    visitors: Allowance,
    tenants: Mutex<HashMap<String, TenantId>>,
    search: catch_up::Searching,
    /// What may not be said.
    words: RwLock<Arc<Words>>,
    /// Work that the core gave itself.
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Core {
    /// `Err` says for people why changes are not taken now.
    ///
    /// # Errors
    /// When the store stalls or failed, or the core is stopping.
    pub fn ready(&self) -> Result<(), String> {
        if self.stopping.is_cancelled() {
            return Err("the core is stopping".to_owned());
        }
        match self.writer.health() {
            Health::Well => Ok(()),
            Health::Stalled(reason) | Health::Failed(reason) => Err(reason),
        }
    }

    /// How the store is.
    #[must_use]
    pub fn health(&self) -> Health {
        self.writer.health()
    }

    /// Returns, with the reason, only when the store failed in a way that must not be tried
    /// again: the process should end with a failure and a new one start from what is durable.
    pub async fn failed(&self) -> String {
        self.writer.failed().await
    }

    /// Bots connected now.
    #[must_use]
    pub fn bots(&self) -> usize {
        self.turns.lock().bots()
    }

    /// Changes waiting for the writer now.
    #[must_use]
    pub fn waiting_changes(&self) -> usize {
        self.writer.waiting()
    }

    /// Stops timers and routing and waits, for a bounded time, until everything that was accepted
    /// is durable. Call it when no more requests come in.
    pub async fn drain(&self) {
        self.stopping.cancel();
        self.tasks.close();
        let rest = async {
            self.tasks.wait().await;
            self.write_proposed().await;
            // Behind everything else in its lane: when this is answered, so is all before it.
            let barrier = crate::store::Change::RevokeSessions {
                tenant: TenantId(0),
                session: None,
                user: None,
                except: None,
                at_ms: self.clock.wall_ms(),
            };
            for lane in Lane::ALL {
                self.writer.write_in(lane, barrier.clone()).await?;
            }
            Ok::<_, CoreError>(())
        };
        let drained = tokio::time::timeout(self.settings.timing.drain, rest).await;
        self.last_look().await;
        match drained {
            Ok(Ok(_)) => tracing::info!("everything accepted is durable"),
            Ok(Err(error)) => tracing::error!(%error, "stopping while the store refuses"),
            Err(_) => tracing::error!("stopping before everything was written"),
        }
    }

    /// The tenant that a request names; the configured one when it names none.
    async fn tenant(&self, name: &str) -> Result<TenantId, CoreError> {
        let name = if name.is_empty() {
            &self.settings.tenant
        } else {
            name
        };
        if let Some(id) = self.tenants.lock().get(name) {
            return Ok(*id);
        }
        let id = self
            .store
            .tenant(name)
            .await?
            .ok_or(CoreError::NotFound("tenant"))?;
        self.tenants.lock().insert(name.to_owned(), id);
        Ok(id)
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("health", &self.writer.health())
            .finish_non_exhaustive()
    }
}
