//! Open files: each connection is one.

use anyhow::bail;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Beside connections: the runtime, libraries, requests at the same time.
const OTHERS: u64 = 400;

/// Raises the bound of open files as far as it is needed.
///
/// # Errors
/// When the system allows no more, with the remedy.
pub fn allow(connections: usize) -> anyhow::Result<()> {
    let needed = connections as u64 + OTHERS;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft >= needed {
        return Ok(());
    }
    if hard < needed {
        bail!(
            "{connections} connections need {needed} open files, and this process may have {hard}: \
             `ulimit -Hn {needed}` as root before it, or LimitNOFILE={needed} in a systemd unit"
        );
    }
    setrlimit(Resource::RLIMIT_NOFILE, needed, hard)?;
    Ok(())
}
