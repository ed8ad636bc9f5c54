//! `kefu serve` as a child process, with everything an operator can do to it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Context as _;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{Api, Options, PATIENCE};

/// A running service.
pub struct Service {
    child: Child,
    /// Where it listens, `http://127.0.0.1:port`.
    pub base: String,
    /// The one-time token, while there is no user.
    pub setup_token: Option<String>,
    /// Its data directory.
    pub data_dir: PathBuf,
    log: Arc<Mutex<String>>,
    _temporary: Option<tempfile::TempDir>,
}

/// A service that would not start.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub code: Option<i32>,
    /// All it said on standard error.
    pub log: String,
}

/// The root of the tree.
#[must_use]
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The binary under test: built into the directory that this test (or benchmark) runs from.
///
/// # Panics
/// When it was not built.
#[must_use]
pub fn binary() -> PathBuf {
    let here = std::env::current_exe().expect("this program has a path");
    let built = here.ancestors().skip(1).take(2).map(|dir| dir.join("kefu"));
    built
        .into_iter()
        .find(|path| path.is_file())
        .expect("the binary is built first: cargo build --package kefu")
}

impl Service {
    /// Starts it and waits until it says that it is ready.
    pub async fn start(options: Options) -> Self {
        match Self::try_start(options).await {
            Ok(service) => service,
            Err(ended) => panic!("the service ended with {:?}:\n{}", ended.code, ended.log),
        }
    }

    /// Starts it; an early end is returned with what it said.
    pub async fn try_start(options: Options) -> Result<Self, Ended> {
        let temporary = options
            .data_dir
            .is_none()
            .then(|| tempfile::tempdir().expect("a directory"));
        let data_dir = options
            .data_dir
            .clone()
            .or_else(|| temporary.as_ref().map(|dir| dir.path().join("data")))
            .expect("one of them");
        let mut command = Command::new(binary());
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&data_dir)
            .args(&options.args)
            // What one test has embedded, the next one need not.
            .env(
                "KEFU_BOT__CACHE_DIR",
                workspace_root().join("target/test-vectors"),
            )
            .envs(options.env.iter().map(|(name, value)| (name, value)))
            .current_dir(workspace_root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("the binary starts");
        let log = Arc::new(Mutex::new(String::new()));
        let collecting = collect(child.stderr.take().expect("piped"), log.clone());
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let banner = timeout(PATIENCE * 2, read_banner(stdout)).await;
        let Some(Ok((base, setup_token))) = banner.ok() else {
            let _ = child.start_kill();
            let status = child.wait().await.expect("it can be waited for");
            let _ = timeout(PATIENCE, collecting).await;
            let log = log.lock().expect("no panic holds it").clone();
            return Err(Ended {
                code: status.code(),
                log,
            });
        };
        Ok(Self {
            child,
            base,
            setup_token,
            data_dir,
            log,
            _temporary: temporary,
        })
    }

    /// REST without a session.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&self.base)
    }

    /// All that was logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().expect("no panic holds it").clone()
    }

    /// Waits until the log has these words. What a process wrote is read here a moment later.
    pub async fn until_logged(&self, words: &str) {
        let logged = async {
            while !self.log().contains(words) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let logged = timeout(PATIENCE, logged).await;
        assert!(logged.is_ok(), "never logged {words:?}:\n{}", self.log());
    }

    /// The supervisor's process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        Pid::from_raw(id.expect("it lives"))
    }

    /// The process of a role, when it lives.
    #[must_use]
    pub fn pid_of(&self, role: &str) -> Option<Pid> {
        let parent = i32::try_from(self.child.id()?).ok()?;
        role_of(Pid::from_raw(parent), role)
    }

    /// Kills a role with SIGKILL, as the kernel does when memory is out.
    pub fn kill_role(&self, role: &str) -> Pid {
        let pid = self
            .pid_of(role)
            .unwrap_or_else(|| panic!("the role {role} lives"));
        kill(pid, Signal::SIGKILL).expect("it can be killed");
        pid
    }

    /// Waits until a role lives again under another process id.
    pub async fn until_restarted(&self, role: &str, dead: Pid) {
        let again = async {
            while self.pid_of(role).is_none_or(|pid| pid == dead) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, again)
            .await
            .unwrap_or_else(|_| panic!("{role} starts again"));
    }

    /// Waits until `/readyz` says 200.
    pub async fn until_ready(&self) {
        let ready = async {
            while !matches!(self.api().get("/readyz").await, Ok((200, _))) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, ready).await.expect("it is ready again");
    }

    /// Kills everything at once, as a power switch does to processes.
    pub async fn kill_all(mut self) -> Option<tempfile::TempDir> {
        self.kill_all_at_once().await;
        self._temporary.take()
    }

    /// The same, of a service that is not given up.
    pub async fn kill_all_at_once(&mut self) {
        let roles: Vec<Pid> = ["edge", "chat", "bot"]
            .iter()
            .filter_map(|r| self.pid_of(r))
            .collect();
        self.child.start_kill().expect("it lives");
        let _ = self.child.wait().await;
        for pid in roles {
            let _ = kill(pid, Signal::SIGKILL);
        }
    }

    /// SIGTERM, then waits. Returns the exit code.
    pub async fn terminate(&mut self) -> Option<i32> {
        let pid = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .expect("it lives");
        kill(Pid::from_raw(pid), Signal::SIGTERM).expect("it can be signalled");
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .expect("it drains in time");
        status.expect("it can be waited for").code()
    }
}

/// The process of a role under this supervisor, when it lives.
#[must_use]
pub fn role_of(supervisor: Pid, role: &str) -> Option<Pid> {
    let entries = std::fs::read_dir("/proc").ok()?.flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .find_map(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let mut after_name = stat.rsplit(')').next()?.split_whitespace();
            let (state, ppid) = (after_name.next()?, after_name.next()?);
            let cmdline = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let is_role = cmdline.split(|byte| *byte == 0).nth(1) == Some(role.as_bytes());
            let is_ours = ppid.parse() == Ok(supervisor.as_raw()) && state != "Z";
            (is_role && is_ours).then(|| Pid::from_raw(pid))
        })
}

fn collect(
    stream: impl AsyncRead + Unpin + Send + 'static,
    into: Arc<Mutex<String>>,
) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut log = into.lock().expect("no panic holds it");
            log.push_str(&line);
            log.push('\n');
        }
    })
}

/// The address and the one-time token, as the operator reads them.
async fn read_banner(
    stdout: BufReader<impl AsyncRead + Unpin>,
) -> anyhow::Result<(String, Option<String>)> {
    let mut lines = stdout.lines();
    let mut base = None;
    while let Some(line) = lines.next_line().await? {
        if let Some((before, token)) = line.trim().split_once("/setup?token=") {
            return Ok((before.into(), Some(token.into())));
        }
        if let Some(at) = line.find("http://") {
            let url = line[at..].trim();
            base = Some(
                url.trim_end_matches("/agent")
                    .trim_end_matches('/')
                    .to_owned(),
            );
        }
        if line.is_empty() && base.is_some() {
            // The blank line after the two addresses: a link would come next.
            let next = timeout(Duration::from_millis(200), lines.next_line()).await;
            let Ok(Ok(Some(_))) = next else { break };
            continue;
        }
    }
    base.map(|base| (base, None)).context("no banner")
}
