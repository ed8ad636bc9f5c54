//! Visitors come, agents log in, and people are asked for.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use kefu_sdk::{
    Agent, Codec, Limits, Method, Options, Problem, Rest, Visitor,
    net::{Connections, Target},
    pure::chance::Chance,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

use super::{
    ledger::Who,
    plan::{Account, Model, Plan},
    progress::{self, Bar},
    world::World,
};

/// Who come at the same time.
const AT_ONCE: usize = 32;
/// Without an answer that helps, somebody waits no longer to get in.
const PATIENCE: Duration = Duration::from_secs(60);

/// Visitors tell at most so often what has arrived, as shipped; agents, who have dozens of
/// conversations on one connection that may say so much a second, more rarely.
const MARK_MS: u64 = 250;

/// A client of the run: small buffers, for there are thousands; everything else as it is shipped.
fn options(plan: &Plan, connections: &Connections, seed: u64, mark_ms: u64) -> Options {
    let limits = Limits {
        mark_ms,
        room_messages_max: 16,
        read_buffer_bytes: 4 << 10,
        // An open loop says what it says, whatever waits.
        outbox_messages_max: 100_000,
        outbox_total_max: 1_000_000,
        ..Limits::default()
    };
    Options::new(&plan.server)
        .limits(limits)
        .sample_rate(0.0)
        .marks(plan.marks)
        .compression(plan.compression)
        .connections(connections.clone())
        .entropy(Arc::new(kefu_types::SeededEntropy::new(seed)))
}

/// What connects, one for each source address.
struct Sources(Vec<Connections>);

impl Sources {
    fn new(plan: &Plan) -> Result<Self, Problem> {
        let count = plan.sources.len().max(1);
        let made = (0..count).map(|number| connections(plan, number));
        Ok(Self(made.collect::<Result<_, Problem>>()?))
    }

    /// For the how manieth visitor or agent.
    fn of(&self, number: usize) -> Connections {
        self.0[number % self.0.len()].clone()
    }
}

fn connections(plan: &Plan, number: usize) -> Result<Connections, Problem> {
    let authorities = plan.authorities.as_deref();
    let source = plan.source(number);
    Connections::new(&plan.server, source, authorities, &Limits::default())
}

/// Somebody is there, and ready.
///
/// # Errors
/// When nobody answers, or a role of the service is away.
pub async fn ready(plan: &Plan) -> anyhow::Result<()> {
    let limits = Arc::new(Limits::default());
    let target = Target::new(connections(plan, 0)?, Codec::Json, limits);
    let rest = Rest::of(&target, "");
    let ready = rest.call::<serde_json::Value>(Method::GET, "/readyz", None);
    ready
        .await
        .with_context(|| format!("{} is not ready", plan.server))?;
    Ok(())
}

/// All visitors, with a connection each.
///
/// # Errors
/// When they are not let in.
pub async fn visitors(plan: &Plan) -> anyhow::Result<Vec<Visitor>> {
    let bar = progress::bar("visitors arrive", plan.visitors as u64);
    let sources = Sources::new(plan)?;
    let told = Arc::new(AtomicBool::new(false));
    let mut coming = JoinSet::new();
    let mut arrived: Vec<Option<Visitor>> = (0..plan.visitors).map(|_| None).collect();
    let mut next = 0;
    let mut draws = Chance::new(plan.seed ^ 0x76_69_73);
    let codecs: Vec<Codec> = (0..plan.visitors)
        .map(|_| {
            if draws.share() < plan.json_share {
                Codec::Json
            } else {
                Codec::Proto
            }
        })
        .collect();
    while next < plan.visitors || !coming.is_empty() {
        while coming.len() < AT_ONCE && next < plan.visitors {
            let (plan, told, bar) = (plan.clone(), told.clone(), bar.clone());
            let (number, codec, connections) = (next, codecs[next], sources.of(next));
            coming.spawn(async move {
                let enter = || {
                    let seed = mixed(plan.seed, number as u64);
                    let options = options(&plan, &connections, seed, MARK_MS).codec(codec);
                    Visitor::enter(options, None)
                };
                let setting = "edge.sessions_per_minute_per_ip";
                let visitor = patiently(enter, setting, &told, &bar).await;
                visitor.map(|visitor| (number, visitor))
            });
            next += 1;
        }
        if let Some(came) = coming.join_next().await {
            let (number, visitor) =
                came?.with_context(|| format!("a visitor of {}", plan.server))?;
            arrived[number] = Some(visitor);
            bar.inc(1);
        }
    }
    bar.finish();
    Ok(arrived.into_iter().flatten().collect())
}

/// Tries until it is let in, waiting as long as the service asks; says once which setting is in the
/// way.
async fn patiently<T, F: Future<Output = Result<T, Problem>>>(
    mut enter: impl FnMut() -> F,
    setting: &str,
    told: &AtomicBool,
    bar: &Bar,
) -> Result<T, Problem> {
    let mut since = Instant::now();
    loop {
        let problem = match enter().await {
            Ok(entered) => return Ok(entered),
            Err(problem) => problem,
        };
        if problem.code == "rate_limited" {
            // It goes on as fast as it may: that is no failure, however long it takes.
            since = Instant::now();
            if !told.swap(true, Ordering::Relaxed) {
                bar.say(&format!(
                    "the service takes no more from one address in a minute ({setting}): this \
                     waits as it is told. More --sources, or a higher setting, are faster"
                ));
            }
        } else if !problem.is_passing() || since.elapsed() > PATIENCE {
            return Err(problem);
        }
        let wait_ms = problem.retry_after_ms.clamp(200, 60_000);
        sleep(Duration::from_millis(wait_ms)).await;
    }
}

/// The agents log in and are free; everybody listens from now on, and asks for a person where that is
/// the model. Returns when all who can be served are, or nothing has moved for a while.
///
/// # Errors
/// When an agent is not let in.
pub async fn people(mut world: World) -> anyhow::Result<Arc<World>> {
    let plan = world.plan.clone();
    let mut agents = Vec::new();
    if !plan.agents.is_empty() {
        let bar = progress::bar("agents log in", plan.agents.len() as u64);
        let sources = Sources::new(&plan)?;
        let told = AtomicBool::new(false);
        for (number, account) in plan.agents.iter().enumerate() {
            agents.push(agent(&plan, &sources, number, account, &told, &bar).await?);
            bar.inc(1);
        }
        bar.finish();
    }
    world.agents = agents.iter().map(Agent::client).collect();
    let world = Arc::new(world);
    for agent in agents {
        tokio::spawn(world.clone().serves(agent));
    }
    for it in &world.conversations {
        let room = it.visitor.room()?;
        tokio::spawn(world.clone().listens(it.clone(), room, Who::Visitor));
    }
    if plan.model == Model::Human {
        hand_over(&world).await?;
    }
    Ok(world)
}

async fn agent(
    plan: &Plan,
    sources: &Sources,
    number: usize,
    account: &Account,
    told: &AtomicBool,
    bar: &Bar,
) -> anyhow::Result<Agent> {
    let connections = sources.of(number);
    let enter = || {
        let seed = mixed(plan.seed, u64::MAX - number as u64);
        let options = options(plan, &connections, seed, 4 * MARK_MS).codec(Codec::Json);
        let Account { login, password } = account.clone();
        async move { Agent::login(options, &login, &password).await }
    };
    let agent = patiently(enter, "edge.logins_per_minute_per_ip", told, bar).await;
    let agent = agent.with_context(|| format!("agent {}", account.login))?;
    agent
        .free()
        .await
        .with_context(|| format!("agent {} cannot become free", account.login))?;
    Ok(agent)
}

/// Everybody presses the button, and agents take whom they get, for so long at most.
async fn hand_over(world: &Arc<World>) -> anyhow::Result<()> {
    let ends = Instant::now() + world.plan.hand_over;
    match timeout_at(ends, ask_for_people(world)).await {
        Ok(asked) => asked?,
        Err(_) => progress::say("not everybody could ask for a person in time (--hand-over)"),
    }
    if !world.agents.is_empty() {
        settled(world, ends).await;
    }
    Ok(())
}

async fn ask_for_people(world: &Arc<World>) -> anyhow::Result<()> {
    let bar = progress::bar(
        "visitors ask for a person",
        world.conversations.len() as u64,
    );
    let (mut asking, mut refused) = (JoinSet::<Result<(), Problem>>::new(), 0);
    for it in &world.conversations {
        if asking.len() >= AT_ONCE
            && let Some(asked) = asking.join_next().await
        {
            refused += u64::from(asked?.is_err());
            bar.inc(1);
        }
        let mouth = it.mouth.clone();
        asking.spawn(async move {
            let sent = mouth.press("human", "转人工")?;
            sent.fate().await.map(drop)
        });
    }
    while let Some(asked) = asking.join_next().await {
        refused += u64::from(asked?.is_err());
        bar.inc(1);
    }
    bar.finish();
    if refused > 0 {
        progress::say(&format!(
            "{refused} were refused a person, and stay with the bot"
        ));
    }
    Ok(())
}

/// Until every conversation has its agent, no further one has got one for some seconds, or the time is
/// over.
async fn settled(world: &Arc<World>, ends: Instant) {
    let all = world.conversations.len();
    let bar = progress::bar("agents take conversations", all as u64);
    let (mut before, mut quiet) = (0, 0);
    while quiet < 50 && Instant::now() < ends {
        let served = world.served().into_iter().filter(|it| *it).count();
        bar.set_position(served as u64);
        if served == all {
            break;
        }
        quiet = if served > before { 0 } else { quiet + 1 };
        before = served;
        sleep(Duration::from_millis(100)).await;
    }
    bar.finish();
    if !world.served().into_iter().all(|it| it) {
        progress::say(
            "not every conversation has an agent: the others wait in the queue and are loaded all \
             the same. More agents, more room for each, or a longer --hand-over would take them",
        );
    }
}

fn mixed(seed: u64, number: u64) -> u64 {
    Chance::new(seed ^ number.rotate_left(32)).bits()
}
