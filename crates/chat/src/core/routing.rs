//! The desks of all tenants, behind one short lock.

use std::{collections::HashMap, sync::Arc, time::Duration};

use kefu_types::{AgentId, ConversationId, TenantId};
use parking_lot::Mutex;

use crate::{
    lanes::Lane,
    model::{Head, User},
    router::{Assignment, Desk, Place, Refused},
};
use kefu_proto::v1::AgentStatus;

struct TenantDesk {
    desk: Desk,
    /// What the visitors were told last.
    announced: HashMap<ConversationId, (u32, u32)>,
    /// An announcement is on its way.
    announcing: bool,
    /// Committed heads of those that wait, to announce their places with.
    waiting: HashMap<ConversationId, Arc<Head>>,
    /// Presence changes by agent, so that a grace period of an older absence means nothing.
    presence: HashMap<AgentId, u64>,
}

impl TenantDesk {
    fn new(vip_ahead_max: u32) -> Self {
        Self {
            desk: Desk::new(vip_ahead_max),
            announced: HashMap::new(),
            announcing: false,
            waiting: HashMap::new(),
            presence: HashMap::new(),
        }
    }
}

pub(crate) struct Routing {
    desks: Mutex<HashMap<TenantId, TenantDesk>>,
    vip_ahead_max: u32,
}

impl Routing {
    pub(crate) fn new(vip_ahead_max: u32) -> Self {
        Self {
            desks: Mutex::default(),
            vip_ahead_max,
        }
    }

    fn with<T>(&self, tenant: TenantId, work: impl FnOnce(&mut TenantDesk) -> T) -> T {
        let mut desks = self.desks.lock();
        let desk = desks.entry(tenant);
        work(desk.or_insert_with(|| TenantDesk::new(self.vip_ahead_max)))
    }

    /// Learns a committed head. Says whose load changed.
    pub(crate) fn observe(&self, head: &Arc<Head>) -> Vec<AgentId> {
        let place = match (head.rank, head.owner()) {
            (Some(rank), _) => Place::Queued(rank),
            (None, Some(agent)) => Place::Owned(agent),
            (None, None) => Place::Elsewhere,
        };
        self.with(head.tenant, |own| {
            let changed = own.desk.observe(head.id, place);
            if head.rank.is_some() {
                own.waiting.insert(head.id, head.clone());
            } else {
                own.waiting.remove(&head.id);
            }
            for lane in Lane::ALL {
                metrics::gauge!("kefu_chat_queue_waiting", "lane" => lane.name())
                    .set(own.desk.waiting_in(lane) as f64);
            }
            changed
        })
    }

    pub(crate) fn handled(&self, tenant: TenantId, took: Duration) {
        self.with(tenant, |own| own.desk.handled(took));
    }

    pub(crate) fn set_user(&self, user: &User) {
        let free = user.status == AgentStatus::Free && !user.disabled;
        self.with(user.tenant, |own| {
            own.desk.set_seat(user.id, free, user.capacity)
        });
    }

    /// Sets presence; when it changed, returns its count.
    pub(crate) fn set_online(&self, tenant: TenantId, agent: AgentId, online: bool) -> Option<u64> {
        self.with(tenant, |own| {
            own.desk.set_online(agent, online).then(|| {
                let count = own.presence.entry(agent).or_default();
                *count += 1;
                *count
            })
        })
    }

    /// Whether the agent is still as absent as when `count` was given.
    pub(crate) fn still_offline(&self, tenant: TenantId, agent: AgentId, count: u64) -> bool {
        self.with(tenant, |own| {
            let online = own.desk.seat(agent).is_some_and(|seat| seat.online);
            !online && own.presence.get(&agent).copied().unwrap_or(0) == count
        })
    }

    pub(crate) fn decide(&self, tenant: TenantId) -> Vec<Assignment> {
        self.with(tenant, |own| own.desk.decide())
    }

    pub(crate) fn reserve(
        &self,
        tenant: TenantId,
        id: ConversationId,
        agent: AgentId,
    ) -> Result<(), Refused> {
        self.with(tenant, |own| own.desk.reserve(id, agent))
    }

    pub(crate) fn release(&self, tenant: TenantId, id: ConversationId) {
        self.with(tenant, |own| own.desk.release(id));
    }

    /// Place and seconds to wait; zeros when not queued.
    pub(crate) fn place(&self, tenant: TenantId, id: ConversationId) -> (u32, u32) {
        self.with(tenant, |own| own.desk.place(id))
    }

    /// Whether a workspace is connected, and the load.
    pub(crate) fn seat(&self, tenant: TenantId, agent: AgentId) -> (bool, u32) {
        self.with(tenant, |own| {
            own.desk.seat(agent).map_or((false, 0), |seat| {
                (
                    seat.online,
                    u32::try_from(seat.owned.len()).unwrap_or(u32::MAX),
                )
            })
        })
    }

    pub(crate) fn owned(&self, tenant: TenantId, agent: AgentId) -> Vec<ConversationId> {
        self.with(tenant, |own| {
            own.desk
                .seat(agent)
                .map_or_else(Vec::new, |seat| seat.owned.iter().copied().collect())
        })
    }

    /// Whether an announcement must be scheduled: the first to ask since the last one does it.
    pub(crate) fn wants_announcement(&self, tenant: TenantId) -> bool {
        self.with(tenant, |own| {
            let wanted = own.desk.waiting() > 0 || !own.announced.is_empty();
            wanted && !std::mem::replace(&mut own.announcing, true)
        })
    }

    /// Heads of conversations whose place or wait is not what was announced last.
    pub(crate) fn announce(&self, tenant: TenantId) -> Vec<(Arc<Head>, u32)> {
        self.with(tenant, |own| {
            own.announcing = false;
            own.announced.retain(|id, _| own.waiting.contains_key(id));
            let mut changed = Vec::new();
            for (id, position, wait_s) in own.desk.places() {
                let place = (position, wait_s);
                if own.announced.insert(id, place) != Some(place)
                    && let Some(head) = own.waiting.get(&id)
                {
                    changed.push((head.clone(), position));
                }
            }
            changed
        })
    }

    /// Presence changes of an agent so far.
    pub(crate) fn presence(&self, tenant: TenantId, agent: AgentId) -> u64 {
        self.with(tenant, |own| own.presence.get(&agent).copied().unwrap_or(0))
    }
}
