//! An edge: one link to the process, the devices and workspaces behind it, and a bad line.

mod line;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::FutureExt as _;
use kefu_proto::v1::{self, link_down, link_up};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{World, device::Device};
use crate::{
    check::Promise,
    process::{Answer, Downlink, Front, PAGE_MAX, Uplink},
};

/// Pause before an edge reads again what it could not read.
const AGAIN: Duration = Duration::from_millis(250);

/// An agent's workspace.
#[derive(Debug, Clone)]
pub(super) struct Socket {
    pub(super) agent: u64,
    pub(super) tenant: u64,
    pub(super) session: u64,
    pub(super) token: String,
}

#[derive(Debug, Default)]
struct State {
    devices: Vec<Device>,
    sockets: BTreeMap<u64, Socket>,
    /// Agents whose workspace is in force.
    online: BTreeSet<u64>,
    /// What the link of now was asked for.
    asked: BTreeSet<(u64, u64)>,
    asked_tenants: BTreeSet<u64>,
    up: VecDeque<link_up::Body>,
    lag_until: Duration,
    lose: u64,
    /// Something was lost on the link of now.
    lossy: bool,
    swap: u64,
    held: Option<link_down::Body>,
}

/// One edge.
#[derive(Debug)]
pub(super) struct Edge {
    index: usize,
    state: Mutex<State>,
    to_say: Notify,
    cut: Notify,
}

impl Edge {
    pub(super) fn new(index: usize) -> Arc<Self> {
        Arc::new(Self {
            index,
            state: Mutex::default(),
            to_say: Notify::new(),
            cut: Notify::new(),
        })
    }

    pub(super) fn open(&self, device: Device) {
        let watch = watch(&device);
        self.state.lock().devices.push(device);
        self.say(watch);
    }

    pub(super) fn come(&self, number: u64, socket: Socket) {
        let watch = watch_workspace(number, &socket);
        self.state.lock().sockets.insert(number, socket);
        self.say(watch);
    }

    /// The workspaces of an agent go away.
    pub(super) fn leave(&self, agent: u64) -> bool {
        let mut state = self.state.lock();
        state.online.remove(&agent);
        let of = |(number, socket): (&u64, &Socket)| (socket.agent == agent).then_some(*number);
        let numbers: Vec<u64> = state.sockets.iter().filter_map(of).collect();
        for socket_id in &numbers {
            state.sockets.remove(socket_id);
            let gone = v1::UnwatchWorkspace {
                socket_id: *socket_id,
            };
            state.up.push_back(link_up::Body::UnwatchWorkspace(gone));
        }
        self.to_say.notify_one();
        !numbers.is_empty()
    }

    pub(super) fn has(&self, agent: u64) -> bool {
        let state = self.state.lock();
        state.sockets.values().any(|socket| socket.agent == agent)
    }

    pub(super) fn online(&self) -> BTreeSet<u64> {
        self.state.lock().online.clone()
    }

    pub(super) fn devices(&self) -> Vec<Device> {
        self.state.lock().devices.clone()
    }

    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    pub(super) fn lag(&self, until: Duration) {
        self.state.lock().lag_until = until;
    }

    pub(super) fn lose(&self, events: u64) {
        self.state.lock().lose = events;
    }

    pub(super) fn swap(&self, events: u64) {
        self.state.lock().swap = events;
    }

    /// The line is good from now on.
    pub(super) fn heal(&self) {
        let mut state = self.state.lock();
        (state.lose, state.swap, state.lag_until) = (0, 0, Duration::ZERO);
        // Whatever it has lost is noticed now at the latest.
        if state.lossy {
            self.cut.notify_one();
        }
    }

    fn say(&self, body: link_up::Body) {
        self.state.lock().up.push_back(body);
        self.to_say.notify_one();
    }

    /// Links, and links again, for ever.
    pub(super) async fn life(&self, world: &Arc<World>) {
        loop {
            let front = world.process.up().await;
            let Some((up, mut down)) = front.link() else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            self.begin();
            tokio::select! {
                biased;
                () = front.fallen() => {}
                () = self.cut.notified() => {}
                () = self.speak(&up) => {}
                () = self.listen(world, &front, &mut down) => {}
            }
            drop((up, down));
            self.state.lock().online.clear();
            world.edge_is_gone(self.index);
            let pause = world.run.dice.within(1..=300);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    /// A new link knows nothing: everything is asked for again.
    fn begin(&self) {
        let mut state = self.state.lock();
        let State {
            devices, sockets, ..
        } = &mut *state;
        devices
            .iter_mut()
            .for_each(|device| device.watching = false);
        let watches = devices.iter().map(watch);
        let workspaces = sockets
            .iter()
            .map(|(number, socket)| watch_workspace(*number, socket));
        let up = watches.chain(workspaces).collect();
        (state.up, state.held, state.lossy) = (up, None, false);
        state.asked.clear();
        state.asked_tenants.clear();
        self.to_say.notify_one();
    }

    async fn speak(&self, up: &Uplink) {
        loop {
            let next = self.next_up();
            match next {
                Some(body) => up.say(body).await,
                None => self.to_say.notified().await,
            }
        }
    }

    /// What is asked for counts as wanted from the moment it is asked.
    fn next_up(&self) -> Option<link_up::Body> {
        let mut state = self.state.lock();
        let body = state.up.pop_front()?;
        match &body {
            link_up::Body::Watch(watch) => {
                let id = watch.conversation_id;
                let tenants = state
                    .devices
                    .iter()
                    .filter(|device| device.eyes.conversation == id);
                let asked: Vec<_> = tenants.map(|device| (device.eyes.tenant, id)).collect();
                state.asked.extend(asked);
            }
            link_up::Body::WatchWorkspace(watch) => {
                let tenant = state
                    .sockets
                    .get(&watch.socket_id)
                    .map(|socket| socket.tenant);
                state.asked_tenants.extend(tenant);
            }
            _ => {}
        }
        Some(body)
    }

    async fn listen(&self, world: &Arc<World>, front: &Front, down: &mut Downlink) {
        loop {
            let lag = self
                .state
                .lock()
                .lag_until
                .saturating_sub(world.run.time.passed());
            if !lag.is_zero() {
                tokio::time::sleep(lag).await;
                self.count_backlog(world, down);
            }
            let waits = {
                let state = self.state.lock();
                state.held.is_some() || state.devices.iter().any(is_behind)
            };
            tokio::select! {
                biased;
                body = down.next() => match body {
                    Some(body) => self.line(world, body),
                    None => return,
                },
                () = tokio::time::sleep(AGAIN), if waits => {
                    let held = self.state.lock().held.take();
                    if let Some(body) = held {
                        self.heard(world, body);
                    }
                }
            }
            self.catch_up(world, front).await;
        }
    }

    /// Whatever waited for a reader who did not read must have had a bound.
    fn count_backlog(&self, world: &Arc<World>, down: &mut Downlink) {
        let mut count = 0;
        while let Some(Some(body)) = down.next().now_or_never() {
            count += 1;
            self.line(world, body);
        }
        // One more says that some were dropped.
        let most = world.run.scene.scale().link_events_max;
        let fits = count <= most + 1;
        world.run.log.require(Promise::Bounded, fits, || {
            format!("{count} events waited for a slow edge, {most} are allowed")
        });
    }

    /// Whoever is behind reads the store, as long as that makes progress.
    async fn catch_up(&self, world: &World, front: &Front) {
        let devices = self.state.lock().devices.len();
        for at in 0..devices {
            loop {
                let device = self.state.lock().devices[at].clone();
                if !is_behind(&device) {
                    break;
                }
                let page = world
                    .read(front, &device.eyes, device.cursor, PAGE_MAX)
                    .await;
                let Answer::Done(sequences) = page else { break };
                let mut state = self.state.lock();
                let device = &mut state.devices[at];
                for seq in &sequences {
                    if *seq == device.cursor + 1 {
                        device.cursor = *seq;
                    }
                }
                device.behind = sequences.len() as u64 == u64::from(PAGE_MAX);
            }
        }
    }
}

const fn is_behind(device: &Device) -> bool {
    device.watching && device.behind
}

fn watch(device: &Device) -> link_up::Body {
    link_up::Body::Watch(v1::Watch {
        session: device.eyes.token.clone(),
        conversation_id: device.eyes.conversation,
    })
}

fn watch_workspace(number: u64, socket: &Socket) -> link_up::Body {
    link_up::Body::WatchWorkspace(v1::WatchWorkspace {
        session: socket.token.clone(),
        socket_id: number,
    })
}
