//! A server that the benchmark started: it ends with this value, whatever happens.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures")]

use std::{
    fs::File,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use kefu_tests::PATIENCE;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

/// How long a server may take to end when it is asked to.
const FAREWELL: Duration = Duration::from_secs(10);
/// Between two looks at something that must come.
const LOOK: Duration = Duration::from_millis(50);

/// In a process group of its own, its words in a file of its directory.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it in `dir`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, dir: &Path) -> anyhow::Result<Self> {
        let log = dir.join("output.log");
        let output = File::create(&log)?;
        let child = command
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        Ok(Self { child, log })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// What follows `words` on a line that it says.
    ///
    /// # Errors
    /// When it ends, or does not say so in time.
    pub async fn says(&mut self, words: &str) -> anyhow::Result<String> {
        let begun = Instant::now();
        loop {
            let said = std::fs::read_to_string(&self.log)?;
            let complete = said.rsplit_once('\n').map_or("", |(lines, _)| lines);
            if let Some(rest) = complete.lines().find_map(|line| line.strip_prefix(words)) {
                return Ok(rest.trim().to_owned());
            }
            self.must_live(begun)?;
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until it takes connections.
    ///
    /// # Errors
    /// When it ends, or does not in time.
    pub async fn listens(&mut self, address: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(address).await.is_err() {
            self.must_live(begun)?;
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    fn must_live(&mut self, since: Instant) -> anyhow::Result<()> {
        let ended = self.child.try_wait()?;
        if ended.is_some() || since.elapsed() > PATIENCE {
            let said = std::fs::read_to_string(&self.log)?;
            bail!("it does not start ({ended:?}): {}", said.trim());
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.id());
        let _ = killpg(group, Signal::SIGTERM);
        let begun = Instant::now();
        while begun.elapsed() < FAREWELL && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(LOOK);
        }
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// A port of 127.0.0.1 that nobody has at this moment.
///
/// # Errors
/// When there is none.
pub fn free_port() -> anyhow::Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.port())
}
