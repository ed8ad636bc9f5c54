//! One process at a time, by a locked file.

use std::{fs::File, path::Path, time::Duration};

use anyhow::{Context as _, bail};
use nix::fcntl::{Flock, FlockArg};

const PAUSE: Duration = Duration::from_millis(100);

/// Locks `path` for this process's life. A process that was just killed may need a moment to go,
/// so it is tried `tries` times, a tenth of a second apart.
///
/// # Errors
/// `held` when another process keeps it, or that the file cannot be made.
pub fn alone(path: &Path, tries: u32, held: &str) -> anyhow::Result<Flock<File>> {
    let mut file = File::create(path).with_context(|| path.display().to_string())?;
    for _ in 0..tries {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((back, _)) => file = back,
        }
        std::thread::sleep(PAUSE);
    }
    bail!("{held}")
}
