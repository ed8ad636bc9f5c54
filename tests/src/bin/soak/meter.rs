//! What every process uses, and how much is said, once a second.

use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use kefu_tests::{Sample, sampled};
use nix::unistd::Pid;
use serde::Serialize;
use tokio::time::Instant;

use crate::people::Shared;

/// The processes, in the order in which they are shown.
pub const PROCESSES: [&str; 4] = ["serve", "edge", "chat", "bot"];

/// One second.
#[derive(Debug, Clone, Serialize)]
pub struct Tick {
    /// Since the beginning, in seconds.
    pub at_s: f64,
    /// Of each process; nothing while it is dead.
    pub resident_kib: [Option<u64>; 4],
    /// Of each process.
    pub descriptors: [Option<u64>; 4],
    /// Messages that were acknowledged since the last one.
    pub acknowledged: u64,
}

/// Where the processes are now: the supervisor, and its children by their role.
pub type Processes = Arc<Mutex<Option<Pid>>>;

/// Looks once a second, until told to stop.
pub async fn meter(shared: Arc<Shared>, supervisor: Processes, began: Instant) -> Vec<Tick> {
    let mut ticks: Vec<Tick> = Vec::new();
    let mut known = shared.acknowledged.load(Ordering::SeqCst);
    while !shared.over() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let samples = look(*supervisor.lock().expect("no panic holds it"));
        let now = shared.acknowledged.load(Ordering::SeqCst);
        ticks.push(Tick {
            at_s: began.elapsed().as_secs_f64(),
            resident_kib: samples.map(|sample| sample.map(|sample| sample.resident_kib)),
            descriptors: samples.map(|sample| sample.map(|sample| sample.descriptors)),
            acknowledged: now - known,
        });
        known = now;
    }
    ticks
}

/// All four now.
pub fn look(supervisor: Option<Pid>) -> [Option<Sample>; 4] {
    let Some(supervisor) = supervisor else {
        return [None; 4];
    };
    let role = |role: &str| kefu_tests::role_of(supervisor, role);
    PROCESSES.map(|name| match name {
        "serve" => sampled(supervisor),
        _ => sampled(role(name)?),
    })
}
