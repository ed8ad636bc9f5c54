//! Everybody around the process: visitors, agents, bots, edges, and whoever makes trouble.

mod acting;
mod bots;
mod calm;
mod cast;
mod device;
mod edge;
mod evening;
mod leaving;
mod marking;
mod office;
mod profile;
mod reading;
mod saying;
mod steps;
mod teams;
mod trouble;

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use kefu_chat::Group;
use parking_lot::Mutex;

use crate::{Options, check::Checker, process::Process, random::Dice, run::Run};
use bots::Bot;
use cast::{Agent, Visitor};
use edge::Edge;
use leaving::Leaving;
use profile::Profile;
use saying::{Said, Speaker};

/// Edges. The last one has no workspaces, so that it must not be told what it did not ask for.
const EDGES: usize = 3;

/// Bots that may be connected.
const BOTS: u64 = 3;

/// Everybody.
pub(crate) struct World {
    pub(crate) run: Arc<Run>,
    process: Arc<Process>,
    profile: Profile,
    agents: Vec<Agent>,
    teams: Vec<Group>,
    /// What agents were last asked about.
    offers: Mutex<BTreeMap<u64, u64>>,
    visitors: Mutex<Vec<Arc<Visitor>>>,
    edges: Vec<Arc<Edge>>,
    bots: Vec<Bot>,
    said: Mutex<Vec<Said>>,
    /// What visitors left.
    left: Mutex<Vec<Leaving>>,
    /// Words that were acknowledged: whose, and their sequence.
    acked: Mutex<Vec<(Speaker, u64)>>,
    /// What is under way, in words.
    pending: Mutex<BTreeMap<u64, String>>,
    /// No more faults.
    calm: AtomicBool,
}

impl World {
    pub(crate) fn new(options: Options) -> Arc<Self> {
        let Options {
            seed,
            planted,
            scene,
            ..
        } = options;
        let dice = Dice::new(seed);
        let profile = Profile::drawn(&dice, scene);
        let (staff, teams) = (cast::staff(scene), teams::teams(scene));
        let (known, of_groups) = (cast::known(&staff), teams::known(&staff, &teams));
        let checker = Checker::new(known, of_groups, scene.scale().batch_changes_max);
        let run = Run::new(dice, profile.drift_ppm, checker, (scene, planted));
        let agents = cast::hire(&run, &staff, &teams);
        Arc::new(Self {
            process: Process::new(&run),
            profile,
            agents,
            teams,
            offers: Mutex::default(),
            visitors: Mutex::default(),
            edges: (0..EDGES).map(Edge::new).collect(),
            bots: (1..=BOTS).map(Bot::new).collect(),
            said: Mutex::default(),
            left: Mutex::default(),
            acked: Mutex::default(),
            pending: Mutex::default(),
            calm: AtomicBool::new(false),
            run,
        })
    }

    /// Everything that lives beside the steps.
    pub(crate) fn awaken(self: &Arc<Self>) {
        self.run.faults.set_latency(self.profile.latency_ms_max);
        tokio::spawn(self.process.clone().supervise());
        for at in 0..EDGES {
            let world = self.clone();
            tokio::spawn(async move { world.edges[at].life(&world).await });
        }
        for at in 0..self.bots.len() {
            let world = self.clone();
            tokio::spawn(async move { world.bots[at].life(&world).await });
        }
    }

    /// Nobody starts another process. What still runs goes with the runtime.
    pub(crate) fn end(&self) {
        self.process.is_over();
    }

    fn is_calm(&self) -> bool {
        self.calm.load(Ordering::SeqCst)
    }

    /// Does something beside everything else; whoever waits for calm waits for it.
    fn begin<F>(self: &Arc<Self>, what: String, work: impl FnOnce(Arc<Self>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let id = self.run.dice.next();
        self.pending.lock().insert(id, what);
        let done = Pending(self.clone(), id);
        let work = work(self.clone());
        tokio::spawn(async move {
            work.await;
            drop(done);
        });
    }

    fn some_visitor(&self) -> Option<Arc<Visitor>> {
        let visitors = self.visitors.lock();
        self.run.dice.pick(&visitors).cloned()
    }

    fn some_agent(&self) -> &Agent {
        let at = self.run.dice.below(self.agents.len() as u64);
        &self.agents[usize::try_from(at).unwrap_or(0)]
    }
}

struct Pending(Arc<World>, u64);

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.pending.lock().remove(&self.1);
    }
}
