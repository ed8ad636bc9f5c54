//! What may happen to the service, and how each is done and undone.

use std::time::Duration;

use kefu_tests::{Road, edition};
use nix::sys::signal::{Signal, kill};
use rand::{Rng as _, rngs::StdRng};
use tokio::time::sleep;

use crate::{Store, world::World};

/// One kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    KillChat,
    KillEdge,
    KillBot,
    KillEverything,
    LosePower,
    Drain,
    StopChat,
    StopEdge,
    StopBot,
    CutClients,
    LateClients,
    FreezeClients,
    StrandClients,
    StoreStalls,
    StoreStallsLong,
    StoreCut,
    StoreCrashes,
    StoreLosesAnswers,
    DiskFull,
    SyncFails,
    ClockJumps,
    GoodIntents,
    BrokenIntents,
}

use Fault::{
    BrokenIntents, ClockJumps, CutClients, DiskFull, Drain, FreezeClients, GoodIntents, KillBot,
    KillChat, KillEdge, KillEverything, LateClients, LosePower, StopBot, StopChat, StopEdge,
    StoreCrashes, StoreCut, StoreLosesAnswers, StoreStalls, StoreStallsLong, StrandClients,
    SyncFails,
};

/// On every store.
const COMMON: [Fault; 16] = [
    KillChat,
    KillEdge,
    KillBot,
    KillEverything,
    Drain,
    StopChat,
    StopEdge,
    StopBot,
    CutClients,
    LateClients,
    FreezeClients,
    StrandClients,
    StoreStalls,
    ClockJumps,
    GoodIntents,
    BrokenIntents,
];

impl Fault {
    /// Those of a store.
    pub fn all(store: Store) -> Vec<Self> {
        let own: &[Self] = match store {
            Store::Sqlite => &[LosePower, DiskFull, SyncFails],
            Store::Postgres => &[StoreStallsLong, StoreCut, StoreCrashes, StoreLosesAnswers],
        };
        COMMON.iter().chain(own).copied().collect()
    }

    /// As the page calls it.
    pub const fn name(self) -> &'static str {
        match self {
            KillChat => "kill -9 of chat",
            KillEdge => "kill -9 of edge",
            KillBot => "kill -9 of bot",
            KillEverything => "kill -9 of everything",
            LosePower => "power lost: unsynced sectors gone",
            Drain => "SIGTERM and a new start",
            StopChat => "chat stopped (SIGSTOP)",
            StopEdge => "edge stopped (SIGSTOP)",
            StopBot => "bot stopped (SIGSTOP)",
            CutClients => "all connections cut",
            LateClients => "every packet late",
            FreezeClients => "nothing passes for a while",
            StrandClients => "connections half-open",
            StoreStalls => "the store stalls",
            StoreStallsLong => "the store stalls for 30 s",
            StoreCut => "cut off from the store",
            StoreCrashes => "PostgreSQL killed",
            StoreLosesAnswers => "answers of commits lost",
            DiskFull => "disk full",
            SyncFails => "a sync fails",
            ClockJumps => "the clock jumps by an hour",
            GoodIntents => "intents changed",
            BrokenIntents => "intents broken",
        }
    }

    /// Does it, and ends it. When this returns nothing is in the way any more.
    pub async fn happen(self, world: &mut World, random: &mut StdRng) {
        let while_ = Duration::from_millis(random.random_range(300..3_000));
        match self {
            KillChat => killed(world, "chat").await,
            KillEdge => killed(world, "edge").await,
            KillBot => killed(world, "bot").await,
            KillEverything | LosePower => self.all_die(world, random).await,
            Drain => {
                let code = world.service.terminate().await;
                assert_eq!(code, Some(0), "{}", world.service.log());
                world.start().await;
            }
            StopChat => stopped(world, "chat", while_).await,
            StopEdge => stopped(world, "edge", while_).await,
            StopBot => stopped(world, "bot", while_).await,
            CutClients => on_the_road(world, Road::Cut, while_ / 4).await,
            LateClients => {
                let late = Road::Late(random.random_range(5..200));
                on_the_road(world, late, while_).await;
            }
            FreezeClients => on_the_road(world, Road::Frozen, while_).await,
            StrandClients => world.road.strand(),
            StoreStalls | StoreStallsLong => {
                let long = Duration::from_secs(30);
                let stall = if self == StoreStallsLong {
                    long
                } else {
                    while_
                };
                stalled(world, stall).await;
            }
            StoreCut => with_the_store(world, Road::Cut, while_).await,
            StoreLosesAnswers => with_the_store(world, Road::LosesAnswers, while_).await,
            StoreCrashes => world.postgres().crash_and_restart(),
            DiskFull => {
                world.shim.fill(true);
                sleep(while_).await;
                world.shim.fill(false);
            }
            SyncFails => {
                world.shim.fail_syncs(Some(1));
                sleep(while_).await;
                world.shim.fail_syncs(Some(0));
            }
            ClockJumps => {
                world
                    .shim
                    .set_clock([3_600, -3_600][random.random_range(0..2)]);
                sleep(while_).await;
                world.shim.set_clock(0);
            }
            GoodIntents => {
                world.edition += 1;
                world.intents.save("edition.yaml", &edition(world.edition));
            }
            BrokenIntents => {
                let whole = edition(world.edition);
                world
                    .intents
                    .save("edition.yaml", &whole[..whole.len() / 2]);
                sleep(while_).await;
                world.intents.save("edition.yaml", &whole);
            }
        }
    }

    async fn all_die(self, world: &mut World, random: &mut StdRng) {
        if self == LosePower {
            // In the middle of a commit.
            world.shim.hold_syncs(true);
            sleep(Duration::from_millis(50)).await;
        }
        world.service.kill_all_at_once().await;
        world.shim.hold_syncs(false);
        if self == LosePower {
            let _ = world.shim.lose_power(&world.data_dir, random);
        }
        world.start().await;
    }
}

async fn killed(world: &World, role: &str) {
    if let Some(pid) = world.service.pid_of(role) {
        // It may have died by itself a moment ago.
        let _ = kill(pid, Signal::SIGKILL);
        world.service.until_restarted(role, pid).await;
    }
}

async fn stopped(world: &World, role: &str, while_: Duration) {
    if let Some(pid) = world.service.pid_of(role) {
        let _ = kill(pid, Signal::SIGSTOP);
        sleep(while_).await;
        let _ = kill(pid, Signal::SIGCONT);
    }
}

async fn on_the_road(world: &World, road: Road, while_: Duration) {
    world.road.set(road);
    sleep(while_).await;
    world.road.set(Road::Open);
}

async fn with_the_store(world: &World, road: Road, while_: Duration) {
    world.store_road(road);
    sleep(while_).await;
    // Connections that lost something stay as they are; the product must give them up.
    world.store_road(Road::Open);
}

async fn stalled(world: &mut World, while_: Duration) {
    if world.store == Store::Postgres {
        world.postgres().pause();
        sleep(while_).await;
        world.postgres().resume();
        return;
    }
    world.shim.hold_syncs(true);
    sleep(while_).await;
    world.shim.hold_syncs(false);
}
