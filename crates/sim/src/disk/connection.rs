//! One process's way to the disk, and the faults on that way.

use std::{sync::Arc, time::Duration};

use kefu_chat::{
    Head,
    store::{Change, Outcome, StoreError},
};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::{
    ApplyFault, Disk,
    faults::{busy, device, gone},
    tables::Tables,
};
use crate::{counters::Counted, planted::Planted, run::Run};

/// How a process came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Killed between two commits.
    Killed,
    /// Killed just before one.
    BeforeCommit,
    /// Killed just after one.
    AfterCommit,
}

/// Stands between a process that was killed and everything that outlives it.
///
/// A task cannot be torn out of a runtime from within; a process whose every call fails and whose
/// every answer is thrown away is the same to the rest of the world.
#[derive(Debug, Default, Clone)]
pub(crate) struct Fence {
    dead: CancellationToken,
    how: Arc<Mutex<Option<Ends>>>,
}

impl Fence {
    pub(crate) fn kill(&self, how: Ends) {
        self.how.lock().get_or_insert(how);
        self.dead.cancel();
    }

    pub(crate) fn how(&self) -> Option<Ends> {
        *self.how.lock()
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.is_cancelled()
    }

    pub(crate) async fn fallen(&self) {
        self.dead.cancelled().await;
    }
}

/// A connection of one process.
pub struct Connection {
    disk: Arc<Disk>,
    faulty: Option<(Arc<Run>, Fence)>,
    /// Acknowledged and not written, by a planted bug.
    late: Mutex<Vec<Change>>,
    /// The largest id that was stored when the process began.
    born: u64,
}

impl Connection {
    /// A connection that never fails.
    #[must_use]
    pub const fn faultless(disk: Arc<Disk>) -> Self {
        Self {
            disk,
            faulty: None,
            late: Mutex::new(Vec::new()),
            born: 0,
        }
    }

    pub(crate) fn of_a_process(run: &Arc<Run>, fence: &Fence) -> Self {
        Self {
            disk: run.disk.clone(),
            faulty: Some((run.clone(), fence.clone())),
            late: Mutex::new(Vec::new()),
            born: run.disk.ceiling(),
        }
    }

    /// Looks at the rows as a reader does: what is seen was true at one moment of the call.
    pub(super) async fn read<T>(
        &self,
        look: impl FnOnce(&Tables) -> T + Send,
    ) -> Result<T, StoreError> {
        let Some((run, fence)) = &self.faulty else {
            return Ok(self.disk.read(look));
        };
        alive(fence)?;
        travel(run).await;
        alive(fence)?;
        if let Err(error) = run.faults.readable(run.time.passed()) {
            run.tally.count(Counted::ReadFailed);
            run.troubled();
            return Err(error);
        }
        let seen = self.disk.read(look);
        travel(run).await;
        alive(fence)?;
        Ok(seen)
    }

    pub(super) fn planted(&self) -> Option<Planted> {
        self.faulty.as_ref().and_then(|(run, _)| run.planted)
    }

    /// A head as this process reads it.
    pub(super) fn bent(&self) -> impl Fn(&Head) -> Head + Send {
        let (planted, born) = (self.planted(), self.born);
        move |head| match planted {
            Some(planted) => planted.head(head.clone(), born),
            None => head.clone(),
        }
    }

    pub(super) async fn write(&self, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        let Some((run, fence)) = &self.faulty else {
            return self.disk.apply(changes).map(|(outcomes, _)| outcomes);
        };
        run.log.batch(changes.len());
        alive(fence)?;
        travel(run).await;
        alive(fence)?;
        let done = self.transaction(run, fence, changes);
        if done.is_err() {
            run.faults.failed(run.time.passed());
            run.troubled();
        }
        let outcomes = done?;
        travel(run).await;
        alive(fence)?;
        Ok(outcomes)
    }

    fn transaction(
        &self,
        run: &Arc<Run>,
        fence: &Fence,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, StoreError> {
        let fault = run.faults.take();
        before(run, fence, fault)?;
        let outcomes = match run.planted {
            Some(Planted::AckBeforeCommit) => self.promise(run, changes),
            Some(planted) => {
                let outcomes = commit(run, &planted.bend(run, changes));
                outcomes.map(|outcomes| planted.pretend(changes, outcomes))
            }
            None => commit(run, changes),
        }?;
        after(run, fence, fault)?;
        Ok(outcomes)
    }

    /// A small durable write.
    pub(super) async fn probe(&self) -> Result<(), StoreError> {
        let Some((run, fence)) = &self.faulty else {
            return Ok(());
        };
        alive(fence)?;
        travel(run).await;
        alive(fence)?;
        refusing(run)
    }

    /// The planted bug of answering first and writing later.
    fn promise(&self, run: &Arc<Run>, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        let late = std::mem::take(&mut *self.late.lock());
        if !late.is_empty() {
            commit(run, &late)?;
        }
        let moves = |change: &Change| {
            matches!(
                change,
                Change::Advance(_) | Change::Probe { .. } | Change::Mark(_)
            )
        };
        if !changes.iter().all(moves) {
            return commit(run, changes);
        }
        *self.late.lock() = changes.to_vec();
        Ok(self.disk.foresee(changes))
    }
}

fn alive(fence: &Fence) -> Result<(), StoreError> {
    if fence.is_dead() { Err(gone()) } else { Ok(()) }
}

/// The time that half a call takes, and however long the store stalls.
async fn travel(run: &Run) {
    let latency = run.dice.below(run.faults.latency_ms_max() + 1);
    let stalled = run.faults.stalled(run.time.passed());
    let wait = Duration::from_millis(latency).max(stalled);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    if !stalled.is_zero() {
        run.troubled();
    }
}

fn commit(run: &Run, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
    match run.disk.apply(changes) {
        Ok((outcomes, steps)) => {
            steps.iter().for_each(|step| run.committed(step));
            Ok(outcomes)
        }
        Err(error) => {
            run.tally.count(Counted::Poison);
            Err(error)
        }
    }
}

fn refusing(run: &Run) -> Result<(), StoreError> {
    let refused = run.faults.writable(run.time.passed());
    match &refused {
        Err(StoreError::Full(_)) => run.tally.count(Counted::DiskFull),
        Err(_) => run.tally.count(Counted::Busy),
        Ok(()) => {}
    }
    refused
}

fn before(run: &Run, fence: &Fence, fault: Option<ApplyFault>) -> Result<(), StoreError> {
    match fault {
        Some(ApplyFault::ErrorBefore) => {
            run.tally.count(Counted::ErrorBeforeCommit);
            Err(busy())
        }
        Some(ApplyFault::DeviceBefore) => {
            run.tally.count(Counted::DeviceFailed);
            Err(device())
        }
        Some(ApplyFault::CrashBefore) => {
            fence.kill(Ends::BeforeCommit);
            Err(gone())
        }
        _ => refusing(run),
    }
}

fn after(run: &Run, fence: &Fence, fault: Option<ApplyFault>) -> Result<(), StoreError> {
    match fault {
        Some(ApplyFault::LostReply) => {
            run.tally.count(Counted::LostReply);
            Err(busy())
        }
        Some(ApplyFault::DeviceAfter) => {
            run.tally.count(Counted::DeviceFailed);
            Err(device())
        }
        Some(ApplyFault::CrashAfter) => {
            fence.kill(Ends::AfterCommit);
            Err(gone())
        }
        _ => Ok(()),
    }
}
