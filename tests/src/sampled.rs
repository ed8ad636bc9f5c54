//! What a process uses, as the kernel counts it.

use std::fs;

use nix::unistd::Pid;

/// A moment of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Memory that is in use and its own or shared, in KiB.
    pub resident_kib: u64,
    /// Descriptors that are open.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
}

/// Looks at a process. `None` when it is gone.
#[must_use]
pub fn sampled(pid: Pid) -> Option<Sample> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    Some(Sample {
        // A process that has ended and not been waited for has none.
        resident_kib: field("VmRSS:")?,
        descriptors: descriptors as u64,
        threads: field("Threads:")?,
    })
}
