//! From a store to a running core: what was true before is true again.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
};

use kefu_proto::v1;
use kefu_types::{Clock, ConversationId, Entropy, Snowflake, TenantId};
use parking_lot::{Mutex, RwLock};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Core,
    catch_up::{self, Searching},
    epochs,
    happened::{Tallies, carried},
    heads::Heads,
    routing::Routing,
    timers::Timers,
};
use crate::{
    assist::AssistDesk,
    error::CoreError,
    link::{Hub, Looks},
    people::{Allowance, Directory, GroupBook, Passwords, Sessions, Throttle},
    settings::ChatSettings,
    store::{Change, Page, SharedStore, SharedWitness, StoreError},
    turns::TurnDesk,
    writer::{self, Committed},
};

/// Conversations restored at a time.
const RESTORE_PAGE: u32 = 500;

/// The core could not start. Nothing was changed but, perhaps, the tenant created.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store could not be read.
    #[error("the chat core cannot start: {0}")]
    Store(#[from] StoreError),
    /// A setting cannot be used, or the store refused the first change.
    #[error("the chat core cannot start: {0}")]
    Core(#[from] CoreError),
}

impl Core {
    /// Starts a core over `store`: ids above all that are stored, users, queue, owners, and the
    /// turns that bots still owe.
    ///
    /// # Errors
    /// When the store cannot be read or written, or a setting cannot be used.
    pub async fn start(
        store: SharedStore,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        ids: Snowflake,
        settings: ChatSettings,
    ) -> Result<Arc<Self>, StartError> {
        Self::start_before(store, None, clock, entropy, ids, settings).await
    }

    /// The same before a witness, who tells a store that was put back in time.
    ///
    /// # Errors
    /// As [`Core::start`].
    pub async fn start_before(
        store: SharedStore,
        witness: Option<SharedWitness>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        ids: Snowflake,
        settings: ChatSettings,
    ) -> Result<Arc<Self>, StartError> {
        let found = epochs::find(&store, witness.as_ref(), &ids).await?;
        let (timing, limits) = (settings.timing, settings.limits);
        let (committed, batches) = mpsc::channel(limits.fan_out_batches_max.max(1));
        let parts = writer::Parts {
            store: store.clone(),
            clock: clock.clone(),
            timing,
            limits,
            failpoint: settings.failpoint.clone(),
        };
        let passwords = Passwords::new(settings.hashing, &limits, entropy.clone())?;
        let (writer, _) = writer::start(parts, committed);
        let lineage = found.settle(&store, &writer, &*clock, &*entropy).await?;
        let core = Arc::new(Self {
            store,
            lineage,
            witness,
            seen: Mutex::default(),
            clock,
            entropy,
            ids,
            writer,
            heads: Heads::new(limits.heads_max),
            hub: Hub::default(),
            looks: Looks::default(),
            routing: Routing::new(&timing, &limits),
            turns: Mutex::new(TurnDesk::new(limits.vip_ahead_max)),
            assist: Mutex::new(AssistDesk::new(settings.assist)),
            proposed: Mutex::default(),
            timers: Timers::default(),
            wrap_ups: Mutex::default(),
            idle: Mutex::default(),
            presence: Mutex::default(),
            tallies: Tallies::default(),
            promises: Mutex::default(),
            expelled: Mutex::default(),
            sessions: Sessions::new(limits.sessions_max),
            directory: Directory::default(),
            groups: GroupBook::default(),
            passwords,
            throttle: Throttle::new(
                limits.login_names_max,
                timing.login_window,
                limits.login_failures_max,
            ),
            messages: Allowance::new(
                limits.tenant_messages_per_second,
                "the tenant sends more messages than it may",
            ),
            visitors: Allowance::new(
                limits.tenant_visitors_per_second,
                "the tenant has more new visitors than it may",
            ),
            tenants: Mutex::default(),
            search: Searching::new(&settings.search),
            words: RwLock::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            settings,
        });
        let name = core.settings.tenant.clone();
        core.ensure_tenant(&name).await?;
        core.restore().await?;
        tokio::spawn(follow(Arc::downgrade(&core), batches));
        tokio::spawn(keep_time(Arc::downgrade(&core), core.stopping.clone()));
        if let Some(witness) = core.witness.clone() {
            let (core, stopping) = (Arc::downgrade(&core), core.stopping.clone());
            tokio::spawn(epochs::watch(core, stopping, witness));
        }
        if core.settings.search.enabled {
            let (core, stopping) = (Arc::downgrade(&core), core.stopping.clone());
            tokio::spawn(catch_up::catch_up(core, stopping));
        }
        Ok(core)
    }

    /// The tenant of this name, created if need be.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn ensure_tenant(&self, name: &str) -> Result<TenantId, CoreError> {
        match self.tenant(name).await {
            Err(CoreError::NotFound(_)) => {
                let id = TenantId(self.ids.next());
                self.writer
                    .write(Change::CreateTenant {
                        id,
                        name: name.to_owned(),
                    })
                    .await?;
                self.tenant(name).await
            }
            found => found,
        }
    }

    async fn restore(self: &Arc<Self>) -> Result<(), CoreError> {
        let mut events: BTreeMap<TenantId, Vec<v1::HistoryEvent>> = BTreeMap::new();
        let own = self.settings.tenant.clone();
        events.entry(self.tenant(&own).await?).or_default();
        for user in self.store.users().await? {
            events.entry(user.tenant).or_default();
            self.routing.set_user(&user);
            // Everybody is offline at first: who does not come back loses the conversations.
            self.watch_absence(user.tenant, user.id, 0);
            self.directory.learn(user);
        }
        for group in self.store.groups(None).await? {
            self.learn_group(group);
        }
        let (mut after, now_ms) = (ConversationId(0), self.clock.wall_ms());
        loop {
            let heads = self.store.unsettled(after, RESTORE_PAGE).await?;
            let Some(last) = heads.last() else { break };
            after = last.id;
            for head in heads {
                let messages = if head.is_processing() {
                    // More than a turn holds: recalls among them are no words.
                    let most = self.settings.limits.page_max;
                    self.store
                        .messages(head.tenant, head.id, Page::Before(head.last_seq + 1), most)
                        .await?
                } else {
                    Vec::new()
                };
                self.find_silence(&head).await?;
                let carried = carried(&head, now_ms);
                if !carried.is_empty() {
                    events.entry(head.tenant).or_default().extend(carried);
                }
                self.project(&Arc::new(head), &messages);
            }
        }
        self.begin_history(events).await
    }
}

/// Does what follows from every commit, in order, until the writer ends.
async fn follow(core: Weak<Core>, mut batches: mpsc::Receiver<Vec<Committed>>) {
    let _guard = Vital(core.clone(), "the fan-out has ended");
    while let Some(batch) = batches.recv().await {
        let Some(core) = core.upgrade() else { return };
        core.follow_up(batch);
    }
}

async fn keep_time(core: Weak<Core>, stopping: CancellationToken) {
    let _guard = Vital(core.clone(), "the timers have ended");
    while let Some(core) = core.upgrade() {
        let next = async {
            core.timers.sleep(core.clock.monotonic()).await;
        };
        tokio::select! {
            // In this order: the other branch is no reason to go on when the core stops.
            biased;
            () = stopping.cancelled() => return,
            () = next => core.tick(),
        }
    }
}

/// A task without which nothing may go on: if it ends, by a panic too, while the core is meant to
/// run, the core has failed and says so.
struct Vital(Weak<Core>, &'static str);

impl Drop for Vital {
    fn drop(&mut self) {
        if let Some(core) = self.0.upgrade()
            && !core.stopping.is_cancelled()
        {
            core.writer.fail(self.1);
        }
    }
}
