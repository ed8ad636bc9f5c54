//! The router alone under a full queue: how long a decision takes, and whether it is right.
//!
//! 5,000 visitors wait in 20 groups for 200 agents who serve one to three groups each and are
//! nearly all full. Talks end one after the other; each time the router is told, decides, and is
//! told what came of it, while somebody new joins a line. What it decides is checked against
//! books of our own: who is first in each lane, how many each agent and group has.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Instant,
};

use anyhow::Result;
use hdrhistogram::Histogram;
use kefu_benches::mix;
use kefu_chat::{
    Assignment, Desk, DeskLimits, Lane, Members, Overflow, Place, Rank, Rules, Strategy, Terms,
    Waiting,
};
use kefu_types::{AgentId, ConversationId, GroupId};
use serde::Serialize;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Who waits.
    pub queued: u64,
    /// Who serves.
    pub agents: u64,
    /// Groups.
    pub groups: u64,
    /// Talks that end.
    pub talks: u64,
    /// Of everything that is drawn.
    pub seed: u64,
}

/// Conversations that an agent may own.
const CAPACITY: u32 = 5;
/// Conversations of a group that may be owned; every fifth group has a bound.
const GROUP_CAPACITY: u32 = 40;

const LIMITS: DeskLimits = DeskLimits {
    vip_ahead_max: 8,
    offer_ms: 20_000,
    offer_again_ms: 60_000,
    offers_missed_max: 3,
};

/// What came of it.
#[derive(Serialize)]
pub struct Figures {
    queued: u64,
    agents: u64,
    groups: u64,
    seed: u64,
    assignments: u64,
    /// Somebody was given while another waited longer in the same lane of the same group.
    inversions: u64,
    /// An agent or a group had more than it may.
    capacity_violations: u64,
    /// Somebody was given whom the agent does not serve.
    misfits: u64,
    /// More of the first lane passed in a row than may, while somebody waited in the other one.
    vip_overruns: u64,
    /// One decision, made while one agent has room.
    decide: Times,
    /// From a talk's end to the next one reserved: told, decided.
    free_to_assigned: Times,
    /// A visitor's place, asked for.
    place: Times,
    /// A visitor joins a line.
    join: Times,
}

impl Figures {
    /// Everything that must be zero.
    #[must_use]
    pub const fn wrong(&self) -> u64 {
        self.inversions + self.capacity_violations + self.misfits + self.vip_overruns
    }
}

#[derive(Serialize)]
struct Times {
    p50_us: f64,
    p99_us: f64,
    p999_us: f64,
    max_us: f64,
}

struct Timer(Histogram<u64>);

impl Timer {
    fn new() -> Result<Self> {
        // Nanoseconds, up to a second: without bounds what is longer than two microseconds would be cut.
        Ok(Self(Histogram::new_with_bounds(1, 1_000_000_000, 3)?))
    }

    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        self.add(begun);
        done
    }

    fn add(&mut self, begun: Instant) {
        let took = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(took);
    }

    fn times(&self) -> Times {
        let at = |quantile| self.0.value_at_quantile(quantile) as f64 / 1_000.0;
        Times {
            p50_us: at(0.5),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: at(1.0),
        }
    }
}

/// What must be true, kept apart from the router.
#[derive(Default)]
struct Books {
    lines: BTreeMap<(GroupId, u8), BTreeSet<(Rank, ConversationId)>>,
    waiting: HashMap<ConversationId, (GroupId, Rank)>,
    owned: BTreeMap<AgentId, Vec<ConversationId>>,
    of_group: BTreeMap<GroupId, u32>,
    group_of: HashMap<ConversationId, GroupId>,
    serves: BTreeMap<AgentId, BTreeSet<GroupId>>,
    inversions: u64,
    capacity_violations: u64,
    misfits: u64,
    /// Of the first lane, in a row, past somebody of the other one.
    passed: BTreeMap<GroupId, u32>,
    vip_overruns: u64,
}

impl Books {
    fn join(&mut self, id: ConversationId, group: GroupId, rank: Rank) {
        self.waiting.insert(id, (group, rank));
        let line = self.lines.entry((group, rank.lane)).or_default();
        line.insert((rank, id));
    }

    fn given(&mut self, one: &Assignment) {
        let Some((group, rank)) = self.waiting.remove(&one.conversation) else {
            self.misfits += 1;
            return;
        };
        let line = self.lines.entry((group, rank.lane)).or_default();
        self.inversions += u64::from(line.first() != Some(&(rank, one.conversation)));
        line.remove(&(rank, one.conversation));
        self.lane_passed(group, rank.lane);
        let helps = overflow(group).is_some_and(|other| self.fits(one.agent, other.to));
        self.misfits += u64::from(!self.fits(one.agent, group) && !helps);
        let owned = self.owned.entry(one.agent).or_default();
        owned.push(one.conversation);
        let full = owned.len() > CAPACITY as usize;
        let of_group = self.of_group.entry(group).or_default();
        *of_group += 1;
        let crowded = capacity(group) != 0 && *of_group > capacity(group);
        self.capacity_violations += u64::from(full) + u64::from(crowded);
        self.group_of.insert(one.conversation, group);
    }

    fn lane_passed(&mut self, group: GroupId, lane: u8) {
        let normal = Lane::Normal.number();
        let others = self.lines.get(&(group, normal));
        let waits = others.is_some_and(|line| !line.is_empty());
        let passed = self.passed.entry(group).or_default();
        *passed = if lane != normal && waits {
            *passed + 1
        } else {
            0
        };
        self.vip_overruns += u64::from(*passed > LIMITS.vip_ahead_max);
    }

    fn ended(&mut self, agent: AgentId, nth: usize) -> Option<ConversationId> {
        let owned = self
            .owned
            .get_mut(&agent)
            .filter(|owned| !owned.is_empty())?;
        let id = owned.swap_remove(nth % owned.len());
        let group = self.group_of.remove(&id)?;
        if let Some(count) = self.of_group.get_mut(&group) {
            *count -= 1;
        }
        Some(id)
    }

    fn fits(&self, agent: AgentId, group: GroupId) -> bool {
        self.serves
            .get(&agent)
            .is_some_and(|groups| groups.contains(&group))
    }
}

/// Every fourth group is helped by the next one, once somebody has waited a minute.
fn overflow(group: GroupId) -> Option<Overflow> {
    (group.0 % 4 == 1).then_some(Overflow {
        to: GroupId(group.0 + 1),
        after_ms: 60_000,
    })
}

const fn capacity(group: GroupId) -> u32 {
    if group.0.is_multiple_of(5) {
        GROUP_CAPACITY
    } else {
        0
    }
}

struct World {
    plan: Plan,
    desk: Desk,
    books: Books,
    next: u64,
    drawn: u64,
    now: i64,
}

impl World {
    fn new(plan: Plan) -> Self {
        let mut world = Self {
            desk: Desk::new(LIMITS),
            books: Books::default(),
            next: 0,
            drawn: plan.seed << 32,
            now: 0,
            plan,
        };
        world.people();
        world
    }

    fn people(&mut self) {
        let mut members: BTreeMap<GroupId, BTreeMap<AgentId, u8>> = BTreeMap::new();
        for n in 1..=self.plan.agents {
            let agent = AgentId(n);
            for _ in 0..=self.draw(3) {
                let group = GroupId(1 + self.draw(self.plan.groups));
                let level = u8::try_from(1 + self.draw(9)).unwrap_or(9);
                members.entry(group).or_default().insert(agent, level);
                self.books.serves.entry(agent).or_default().insert(group);
            }
        }
        for n in 1..=self.plan.groups {
            let group = GroupId(n);
            let strategies = [
                Strategy::LeastLoaded,
                Strategy::RoundRobin,
                Strategy::LastAgent,
                Strategy::SkillLevel,
            ];
            let strategy = strategies[usize::try_from(n % 4).unwrap_or(0)];
            let rules = Rules {
                strategy,
                overflow: overflow(group),
                capacity: capacity(group),
                manual: false,
            };
            let listed = members.remove(&group).unwrap_or_default();
            self.desk.set_group(group, rules, Members::Listed(listed));
        }
        for n in 1..=self.plan.agents {
            let terms = Terms {
                free: true,
                capacity: CAPACITY,
                manual: false,
            };
            self.desk.set_seat(AgentId(n), terms);
            self.desk.set_online(AgentId(n), true);
        }
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.drawn += 1;
        mix(self.drawn, self.plan.seed) % below.max(1)
    }

    /// Somebody new; one in ten goes first, one in twenty was served before.
    fn join(&mut self, timer: &mut Timer) {
        self.next += 1;
        let id = ConversationId(self.next);
        let group = GroupId(1 + self.draw(self.plan.groups));
        let rank = Rank {
            lane: u8::from(self.draw(10) != 0),
            fresh: self.draw(20) != 0,
            ticket: self.next,
        };
        let waiting = Waiting {
            rank,
            group,
            since: self.now,
            last: Some(AgentId(1 + self.draw(self.plan.agents))),
        };
        self.books.join(id, group, rank);
        timer.time(|| self.desk.observe(id, Place::Queued(waiting)));
    }

    /// The store makes it true.
    fn settle(&mut self, decisions: &[Assignment]) {
        for one in decisions {
            self.books.given(one);
            let group = self.books.group_of.get(&one.conversation);
            let place = Place::Owned {
                agent: one.agent,
                group: group.copied().unwrap_or(GroupId(0)),
            };
            self.desk.observe(one.conversation, place);
        }
    }
}

/// Plays it, and counts what was wrong.
///
/// # Errors
/// When a figure does not fit.
pub fn measure(plan: Plan) -> Result<Figures> {
    let (mut decide, mut freed) = (Timer::new()?, Timer::new()?);
    let (mut place, mut join) = (Timer::new()?, Timer::new()?);
    let mut world = World::new(plan);
    for _ in 0..world.plan.queued {
        world.join(&mut join);
    }
    let mut assignments = 0;
    let first = world.desk.decide(world.now);
    world.settle(&first);
    for n in 0..world.plan.talks {
        world.now += 25;
        while u64::try_from(world.desk.waiting())? < world.plan.queued {
            world.join(&mut join);
        }
        // What could be given to who still has room is not what is measured here.
        let settled = world.desk.decide(world.now);
        world.settle(&settled);
        let agent = AgentId(1 + world.draw(world.plan.agents));
        let nth = usize::try_from(world.draw(64))?;
        let Some(id) = world.books.ended(agent, nth) else {
            continue;
        };
        let begun = Instant::now();
        world.desk.observe(id, Place::Elsewhere);
        let decisions = decide.time(|| world.desk.decide(world.now));
        freed.add(begun);
        assignments += u64::try_from(decisions.len())?;
        world.settle(&decisions);
        if n % 16 == 0 {
            let asked = ConversationId(world.next - world.draw(world.plan.queued));
            place.time(|| world.desk.place(asked));
        }
    }
    let books = &world.books;
    Ok(Figures {
        queued: world.plan.queued,
        agents: world.plan.agents,
        groups: world.plan.groups,
        seed: world.plan.seed,
        assignments,
        inversions: books.inversions,
        capacity_violations: books.capacity_violations,
        misfits: books.misfits,
        vip_overruns: books.vip_overruns,
        decide: decide.times(),
        free_to_assigned: freed.times(),
        place: place.times(),
        join: join.times(),
    })
}
