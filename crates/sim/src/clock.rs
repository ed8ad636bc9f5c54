//! Clocks that lie, over the runtime's paused time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use kefu_types::{Clock, Millis};
use tokio::time::Instant;

/// The wall clock at the start of every run, UTC milliseconds.
const STARTED_MS: Millis = 1_790_000_000_000;

/// Time of the whole run: what a perfect clock shows, and how far the machine's is off.
#[derive(Debug)]
pub(crate) struct Time {
    started: Instant,
    /// What operators and time servers did to the wall clock.
    shift_ms: AtomicI64,
    /// How much too fast the machine counts, in millionths.
    drift_ppm: i64,
}

impl Time {
    pub(crate) fn new(drift_ppm: i64) -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            shift_ms: AtomicI64::new(0),
            drift_ppm,
        })
    }

    /// Since the run began, without any lie.
    pub(crate) fn passed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn passed_ms(&self) -> u64 {
        u64::try_from(self.passed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The wall clock jumps.
    pub(crate) fn jump(&self, by_ms: i64) {
        self.shift_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// The wall clock is right again.
    pub(crate) fn set_right(&self) {
        self.shift_ms.store(0, Ordering::SeqCst);
    }

    /// The clock of a process that starts now.
    pub(crate) fn of_a_process(self: &Arc<Self>) -> Arc<ProcessClock> {
        Arc::new(ProcessClock {
            time: self.clone(),
            since: Instant::now(),
        })
    }

    fn drifted(&self, passed: Duration) -> Duration {
        let micros = i64::try_from(passed.as_micros()).unwrap_or(i64::MAX);
        let more = micros.saturating_mul(self.drift_ppm) / 1_000_000;
        Duration::from_micros(u64::try_from(micros.saturating_add(more)).unwrap_or(0))
    }
}

/// What one process sees.
#[derive(Debug)]
pub(crate) struct ProcessClock {
    time: Arc<Time>,
    since: Instant,
}

impl Clock for ProcessClock {
    fn wall_ms(&self) -> Millis {
        let passed = self.time.drifted(self.time.passed()).as_millis();
        STARTED_MS
            + i64::try_from(passed).unwrap_or(i64::MAX)
            + self.time.shift_ms.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        self.time.drifted(self.since.elapsed())
    }
}
