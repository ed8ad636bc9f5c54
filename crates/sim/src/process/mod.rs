//! The process that is tried: started over what is committed, killed, started again.

mod forged;
mod front;
mod settings;

use std::{sync::Arc, time::Duration};

use kefu_chat::Core;
use kefu_types::{SeededEntropy, Snowflake};
use parking_lot::Mutex;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

pub(crate) use front::{Answer, Downlink, Front, Uplink};
pub(crate) use settings::{
    AGENT_GRACE, BOT_AWAY, MISSED_MESSAGES_MAX, PAGE_MAX, RECALL_WITHIN, UNREAD_MAX, settings,
};

use crate::{
    counters::Counted,
    disk::{Connection, Ends, Fence},
    log::Event,
    run::Run,
};

/// Whoever starts processes again.
pub(crate) struct Process {
    run: Arc<Run>,
    now: Mutex<Option<Arc<Front>>>,
    /// The fence of the process that runs or starts.
    fence: Mutex<Fence>,
    over: CancellationToken,
}

impl Process {
    pub(crate) fn new(run: &Arc<Run>) -> Arc<Self> {
        Arc::new(Self {
            run: run.clone(),
            now: Mutex::default(),
            fence: Mutex::default(),
            over: CancellationToken::new(),
        })
    }

    /// The process, when one is up.
    pub(crate) fn front(&self) -> Option<Arc<Front>> {
        self.now.lock().clone()
    }

    /// Waits for one.
    pub(crate) async fn up(&self) -> Arc<Front> {
        loop {
            if let Some(front) = self.front() {
                return front;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills whatever runs or starts.
    pub(crate) fn kill(&self) {
        self.fence.lock().kill(Ends::Killed);
    }

    /// No other process is started after the one that runs now.
    pub(crate) fn is_over(&self) {
        self.over.cancel();
    }

    /// Starts a process, and another one whenever it has ended.
    pub(crate) async fn supervise(self: Arc<Self>) {
        let mut life = 0;
        while !self.over.is_cancelled() {
            life += 1;
            let fence = Fence::default();
            *self.fence.lock() = fence.clone();
            if let Some(core) = self.start(&fence, life).await {
                self.run.tally.count(Counted::Start);
                self.run.troubled();
                self.run.log.add(Event::Did("started", life));
                let front = Arc::new(Front::new(&self.run, &core, &fence));
                *self.now.lock() = Some(front);
                self.watch(&core, &fence).await;
                *self.now.lock() = None;
                end(&core).await;
            }
            self.run.log.add(Event::Did("ended", life));
            self.run.troubled();
            let pause = self.run.dice.within(1..=400);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn start(&self, fence: &Fence, life: u64) -> Option<Arc<Core>> {
        let run = &self.run;
        let store = Arc::new(Connection::of_a_process(run, fence));
        let clock = run.time.of_a_process();
        let entropy = Arc::new(SeededEntropy::new(run.dice.next()));
        let ids = Snowflake::new(clock.clone(), 1).ok()?;
        let mut settings = settings(run.scene);
        if let Some(planted) = run.planted {
            planted.settings(&mut settings);
        }
        let starting = Core::start(store, clock, entropy, ids, settings);
        // What brings one process down may bring down the next before it serves.
        let doomed = life > 1 && run.dice.chance(10);
        let soon = Duration::from_millis(run.dice.within(0..=20));
        let doom = async {
            match doomed {
                true => tokio::time::sleep(soon).await,
                false => std::future::pending().await,
            }
        };
        let started = tokio::select! {
            biased;
            () = fence.fallen() => None,
            () = doom => {
                fence.kill(Ends::Killed);
                None
            }
            started = starting => Some(started),
        };
        match started {
            Some(Ok(core)) => Some(core),
            Some(Err(_)) => {
                run.tally.count(Counted::StartFailed);
                fence.kill(Ends::Killed);
                None
            }
            None => {
                run.tally.count(Counted::CrashInStart);
                run.log.add(Event::Did("killed while starting", life));
                None
            }
        }
    }

    /// Returns when the process is dead, by our hand or because it says that it cannot go on.
    async fn watch(&self, core: &Core, fence: &Fence) {
        tokio::select! {
            biased;
            () = fence.fallen() => {
                self.run.tally.count(Counted::Crash);
                match fence.how() {
                    Some(Ends::BeforeCommit) => self.run.tally.count(Counted::CrashBeforeCommit),
                    Some(Ends::AfterCommit) => self.run.tally.count(Counted::CrashAfterCommit),
                    _ => {}
                }
            }
            _ = core.failed() => fence.kill(Ends::Killed),
            () = self.over.cancelled() => fence.kill(Ends::Killed),
        }
    }
}

/// Lets go of a core behind its fence: its timers stop, what waits for the store is refused.
async fn end(core: &Core) {
    let _ = tokio::time::timeout(Duration::ZERO, core.drain()).await;
    yield_now().await;
}
