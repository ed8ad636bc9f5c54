//! How the store fails, as the run decides.

use std::time::Duration;

use kefu_chat::store::StoreError;
use parking_lot::Mutex;

/// What the next transaction meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApplyFault {
    /// Nothing is written; it may succeed soon.
    ErrorBefore,
    /// It is written, and the caller is told that it may succeed soon.
    LostReply,
    /// The device fails, nothing is written.
    DeviceBefore,
    /// The device fails after everything is written.
    DeviceAfter,
    /// The process ends, nothing is written.
    CrashBefore,
    /// The process ends when everything is written.
    CrashAfter,
}

/// A spell of trouble that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spell {
    /// Nothing is answered.
    Stall,
    /// Writes are refused as busy.
    Busy,
    /// There is no space for writes.
    Full,
    /// Reads fail.
    ReadsFail,
}

#[derive(Debug, Default)]
struct State {
    next: Option<ApplyFault>,
    stall_until: Duration,
    busy_until: Duration,
    full_until: Duration,
    reads_fail_until: Duration,
    latency_ms_max: u64,
    /// When a write failed last.
    troubled: Option<Duration>,
}

/// The store's health now. Times are those of the run.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<State>);

impl Faults {
    /// The next transaction meets this.
    pub(crate) fn plan(&self, fault: ApplyFault) {
        self.0.lock().next = Some(fault);
    }

    pub(crate) fn begin(&self, spell: Spell, until: Duration) {
        let mut state = self.0.lock();
        *match spell {
            Spell::Stall => &mut state.stall_until,
            Spell::Busy => &mut state.busy_until,
            Spell::Full => &mut state.full_until,
            Spell::ReadsFail => &mut state.reads_fail_until,
        } = until;
    }

    /// Calls take up to this long from now on.
    pub(crate) fn set_latency(&self, ms_max: u64) {
        self.0.lock().latency_ms_max = ms_max;
    }

    /// All is well from now on.
    pub(crate) fn heal(&self) {
        let mut state = self.0.lock();
        *state = State {
            latency_ms_max: state.latency_ms_max.min(5),
            troubled: state.troubled,
            ..State::default()
        };
    }

    /// How long ago a write failed; very long when none has.
    pub(crate) fn troubled_since(&self, now: Duration) -> Duration {
        let last = self.0.lock().troubled;
        last.map_or(Duration::MAX, |last| now.saturating_sub(last))
    }

    pub(super) fn failed(&self, now: Duration) {
        self.0.lock().troubled = Some(now);
    }

    pub(super) fn take(&self) -> Option<ApplyFault> {
        self.0.lock().next.take()
    }

    pub(super) fn latency_ms_max(&self) -> u64 {
        self.0.lock().latency_ms_max
    }

    /// How much longer nothing is answered.
    pub(super) fn stalled(&self, now: Duration) -> Duration {
        self.0.lock().stall_until.saturating_sub(now)
    }

    pub(super) fn writable(&self, now: Duration) -> Result<(), StoreError> {
        let state = self.0.lock();
        if now < state.full_until {
            return Err(StoreError::Full("the simulated disk is full".to_owned()));
        }
        if now < state.busy_until {
            return Err(busy());
        }
        Ok(())
    }

    pub(super) fn readable(&self, now: Duration) -> Result<(), StoreError> {
        if now < self.0.lock().reads_fail_until {
            return Err(busy());
        }
        Ok(())
    }
}

pub(super) fn busy() -> StoreError {
    StoreError::Retryable("the simulated store is busy".to_owned())
}

pub(super) fn device() -> StoreError {
    StoreError::Fatal("the simulated device failed".to_owned())
}

/// The process is gone: whatever it still wants, it does not get.
pub(super) fn gone() -> StoreError {
    StoreError::Fatal("the simulated process has ended".to_owned())
}
