//! The desks of all tenants, behind one short lock.

use std::{collections::HashMap, sync::Arc, time::Duration};

use kefu_types::{AgentId, ConversationId, GroupId, Millis, TenantId};
use parking_lot::Mutex;

use crate::{
    lanes::Lane,
    model::{Group, Head, User},
    router::{
        Assignment, Desk, DeskLimits, Members, MissedOffer, Offer, Overflow, Place, Refused, Rules,
        Strategy, Terms, Time, Waiting,
    },
    settings::{Limits, Timing},
};
use kefu_proto::v1::{AgentStatus, GroupStrategy};

struct TenantDesk {
    desk: Desk,
    /// What the visitors were told last.
    announced: HashMap<ConversationId, (u32, u32)>,
    /// An announcement is on its way.
    announcing: bool,
    /// Where in the lines the next announcement goes on that could not say everything.
    announced_to: usize,
    /// Committed heads of those that wait, to announce their places with.
    waiting: HashMap<ConversationId, Arc<Head>>,
    /// Presence changes by agent, so that a grace period of an older absence means nothing.
    presence: HashMap<AgentId, u64>,
    /// When the clock alone was last asked to make it decide.
    wake: Option<Time>,
    /// When the hours of somebody who waits end or begin, as far as that is being watched.
    hours: Option<Duration>,
}

/// What came of a look at a desk.
pub(crate) struct Routed {
    pub(crate) decisions: Vec<Assignment>,
    pub(crate) missed: Vec<MissedOffer>,
    pub(crate) withdrawn: Vec<Offer>,
    /// When to look again, unless that is known already.
    pub(crate) wake: Option<Duration>,
}

/// Places that people are to be told.
pub(crate) struct Announced {
    /// With their positions.
    pub(crate) heads: Vec<(Arc<Head>, u32)>,
    /// There is more to say than is said at once.
    pub(crate) more: bool,
}

pub(crate) struct Routing {
    desks: Mutex<HashMap<TenantId, TenantDesk>>,
    limits: DeskLimits,
    exact_max: u32,
    announcements_max: usize,
}

impl Routing {
    pub(crate) fn new(timing: &Timing, limits: &Limits) -> Self {
        Self {
            desks: Mutex::default(),
            limits: DeskLimits {
                vip_ahead_max: limits.vip_ahead_max,
                offer_ms: ms(timing.offer),
                offer_again_ms: ms(timing.offer_again),
                offers_missed_max: limits.offers_missed_max,
            },
            exact_max: limits.queue_announced_max,
            announcements_max: limits.announcements_max.max(1),
        }
    }

    fn with<T>(&self, tenant: TenantId, work: impl FnOnce(&mut TenantDesk) -> T) -> T {
        let mut desks = self.desks.lock();
        let desk = desks.entry(tenant).or_insert_with(|| TenantDesk {
            desk: Desk::new(self.limits),
            announced: HashMap::new(),
            announcing: false,
            announced_to: 0,
            waiting: HashMap::new(),
            presence: HashMap::new(),
            wake: None,
            hours: None,
        });
        work(desk)
    }

    /// Learns a committed head. Says whose load changed.
    pub(crate) fn observe(&self, head: &Arc<Head>, now: Duration, wall: Millis) -> Vec<AgentId> {
        let place = match (head.rank, head.owner()) {
            (Some(rank), _) => Place::Queued(Waiting {
                rank,
                group: head.group,
                // It may wait since before this clock began.
                since: ms(now) - wall.saturating_sub(head.queued_at_ms).max(0),
                last: head.last_agent,
            }),
            (None, Some(agent)) => Place::Owned {
                agent,
                group: head.group,
            },
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

    pub(crate) fn handled(&self, tenant: TenantId, group: GroupId, took: Duration) {
        self.with(tenant, |own| own.desk.handled(group, took));
    }

    pub(crate) fn set_user(&self, user: &User) {
        let terms = Terms {
            free: user.status == AgentStatus::Free && !user.disabled,
            capacity: user.capacity,
            manual: user.manual_accept,
        };
        self.with(user.tenant, |own| own.desk.set_seat(user.id, terms));
    }

    pub(crate) fn set_group(&self, group: &Group) {
        self.with(group.tenant, |own| {
            if group.disabled {
                own.desk.remove_group(group.id);
            } else {
                own.desk.set_group(group.id, rules(group), members(group));
            }
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

    /// Ends offers whose time is over, and gives and offers what waits.
    pub(crate) fn route(&self, tenant: TenantId, now: Duration) -> Routed {
        let now = ms(now);
        self.with(tenant, |own| {
            let missed = own.desk.expire(now);
            let decisions = own.desk.decide(now);
            let due = own.desk.next_due(now);
            let known = own.wake.filter(|at| *at > now);
            let wake = due.filter(|due| known.is_none_or(|known| *due < known));
            own.wake = wake.or(known);
            Routed {
                decisions,
                missed,
                withdrawn: own.desk.take_withdrawn(),
                wake: wake.map(|at| Duration::from_millis(u64::try_from(at).unwrap_or(0))),
            }
        })
    }

    pub(crate) fn reserve(
        &self,
        tenant: TenantId,
        id: ConversationId,
        agent: AgentId,
    ) -> Result<GroupId, Refused> {
        self.with(tenant, |own| {
            own.desk.reserve(id, agent)?;
            own.desk.held_in(id).ok_or(Refused::Ended)
        })
    }

    /// The group that stands for this one.
    pub(crate) fn home(&self, tenant: TenantId, group: GroupId) -> GroupId {
        self.with(tenant, |own| own.desk.home(group))
    }

    pub(crate) fn release(&self, tenant: TenantId, id: ConversationId) {
        self.with(tenant, |own| own.desk.release(id));
    }

    pub(crate) fn is_offered(&self, tenant: TenantId, id: ConversationId, agent: AgentId) -> bool {
        self.with(tenant, |own| {
            let seat = own.desk.seat(agent);
            seat.is_some_and(|seat| seat.offered == Some(id))
        })
    }

    pub(crate) fn decline(
        &self,
        tenant: TenantId,
        id: ConversationId,
        agent: AgentId,
        now: Duration,
    ) -> Result<(), Refused> {
        self.with(tenant, |own| own.desk.decline(id, agent, ms(now)))
    }

    /// The group in whose line it is, place and seconds to wait; zeros when not queued.
    pub(crate) fn place(&self, head: &Head) -> (GroupId, u32, u32) {
        self.with(head.tenant, |own| {
            let (position, wait_s) = own.desk.place(head.id);
            (own.desk.home(head.group), position, wait_s)
        })
    }

    /// Whether a workspace is connected, the load, and what they are asked about with the
    /// milliseconds that they have left.
    pub(crate) fn seat(
        &self,
        tenant: TenantId,
        agent: AgentId,
        now: Duration,
    ) -> (bool, u32, Option<(ConversationId, u32)>) {
        self.with(tenant, |own| {
            let Some(seat) = own.desk.seat(agent) else {
                return (false, 0, None);
            };
            let offer = own.desk.offer(agent).map(|offer| {
                let left = offer.until.saturating_sub(ms(now)).max(0);
                (offer.conversation, u32::try_from(left).unwrap_or(u32::MAX))
            });
            let load = u32::try_from(seat.owned.len()).unwrap_or(u32::MAX);
            (seat.online, load, offer)
        })
    }

    pub(crate) fn is_online(&self, tenant: TenantId, agent: AgentId) -> bool {
        self.with(tenant, |own| {
            own.desk.seat(agent).is_some_and(|seat| seat.online)
        })
    }

    pub(crate) fn owned(&self, tenant: TenantId, agent: AgentId) -> Vec<ConversationId> {
        self.with(tenant, |own| {
            own.desk
                .seat(agent)
                .map_or_else(Vec::new, |seat| seat.owned.iter().copied().collect())
        })
    }

    /// How many conversations are on their way to an agent.
    pub(crate) fn coming(&self, tenant: TenantId, agent: AgentId) -> usize {
        self.with(tenant, |own| {
            own.desk.seat(agent).map_or(0, |seat| seat.reserved.len())
        })
    }

    /// Whether an announcement must be scheduled: the first to ask since the last one does it.
    pub(crate) fn wants_announcement(&self, tenant: TenantId) -> bool {
        self.with(tenant, |own| {
            let wanted = own.desk.waiting() > 0 || !own.announced.is_empty();
            wanted && !std::mem::replace(&mut own.announcing, true)
        })
    }

    /// Heads of conversations whose place or wait is not what was announced last: every step near
    /// the front, and further back each tenth of the way. At most a stated number; the next
    /// announcement goes on there.
    pub(crate) fn announce(&self, tenant: TenantId) -> Announced {
        self.with(tenant, |own| {
            own.announcing = false;
            own.announced.retain(|id, _| own.waiting.contains_key(id));
            let lines: Vec<GroupId> = own.desk.lines().collect();
            let places = lines.into_iter().flat_map(|group| own.desk.places(group));
            let places: Vec<_> = places.collect();
            let from = own.announced_to.min(places.len());
            let around = (from..places.len()).chain(0..from);
            let mut heads = Vec::new();
            for at in around {
                let Some((id, position, wait_s)) = places.get(at).copied() else {
                    continue;
                };
                let now = (position, wait_s);
                let told = own.announced.get(&id).copied();
                if !is_news(told, now, self.exact_max) {
                    continue;
                }
                if heads.len() == self.announcements_max {
                    own.announced_to = at;
                    return Announced { heads, more: true };
                }
                own.announced.insert(id, now);
                heads.extend(own.waiting.get(&id).map(|head| (head.clone(), position)));
            }
            own.announced_to = 0;
            Announced { heads, more: false }
        })
    }

    /// Whether a look at the hours must be scheduled: none is, or only a later one.
    pub(crate) fn wants_hours(&self, tenant: TenantId, at: Duration) -> bool {
        self.with(tenant, |own| {
            let wanted = own.hours.is_none_or(|known| at < known);
            if wanted {
                own.hours = Some(at);
            }
            wanted
        })
    }

    /// Forgets what people were told of their places, so that all are told anew. Says who waits.
    pub(crate) fn tell_anew(&self, tenant: TenantId) -> Vec<Arc<Head>> {
        self.with(tenant, |own| {
            own.hours = None;
            own.announced.clear();
            own.waiting.values().cloned().collect()
        })
    }

    /// Presence changes of an agent so far.
    pub(crate) fn presence(&self, tenant: TenantId, agent: AgentId) -> u64 {
        self.with(tenant, |own| own.presence.get(&agent).copied().unwrap_or(0))
    }
}

/// Whether a visitor who was told `told` should hear of `now`.
fn is_news(told: Option<(u32, u32)>, now: (u32, u32), exact_max: u32) -> bool {
    let far = |before: u32, after: u32| before.abs_diff(after) >= (before / 10).max(1);
    match told {
        None => true,
        Some(told) if now.0 <= exact_max => told != now,
        Some(told) => far(told.0, now.0) || far(told.1, now.1),
    }
}

fn rules(group: &Group) -> Rules {
    Rules {
        strategy: match group.strategy {
            GroupStrategy::Unspecified | GroupStrategy::LeastLoaded => Strategy::LeastLoaded,
            GroupStrategy::RoundRobin => Strategy::RoundRobin,
            GroupStrategy::LastAgent => Strategy::LastAgent,
            GroupStrategy::SkillLevel => Strategy::SkillLevel,
        },
        overflow: group.overflow.map(|to| Overflow {
            to,
            after_ms: Time::from(group.overflow_after_s) * 1_000,
        }),
        capacity: group.capacity,
        manual: group.manual_accept,
    }
}

/// In the default group nobody listed is everybody, so that it works before anybody thinks of it.
fn members(group: &Group) -> Members {
    if group.is_default() && group.members.is_empty() {
        return Members::Everybody;
    }
    let listed = group.members.iter();
    Members::Listed(listed.map(|member| (member.agent, member.level)).collect())
}

fn ms(time: Duration) -> Time {
    Time::try_from(time.as_millis()).unwrap_or(Time::MAX)
}
