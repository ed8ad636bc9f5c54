//! One role as a child process.

use std::{
    ffi::OsString,
    fmt,
    net::TcpListener,
    os::fd::OwnedFd,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use kefu_config::IdentityConfig;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::process::{Child, ChildStdout, Command};

use crate::cli::Settings;

/// The setting `store.url`.
const STORE_URL: &str = "KEFU_STORE__URL";
/// The setting `media.s3.secret_key`, which only the edge needs.
const S3_SECRET: &str = "KEFU_MEDIA__S3__SECRET_KEY";

/// A role of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sockets and pages.
    Edge,
    /// The core.
    Chat,
    /// Understanding and dialog.
    Bot,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Edge => "edge",
            Self::Chat => "chat",
            Self::Bot => "bot",
        })
    }
}

/// How roles are started.
#[derive(Clone)]
pub struct Launch {
    program: PathBuf,
    args: Vec<OsString>,
    /// From a flag: only the core may know it, and nobody may read it in the list of processes.
    store: Option<String>,
    /// Variables with the secrets of businesses, which only the core needs.
    secrets: Vec<String>,
    /// Bound once, here: connections wait in its backlog while an edge is started again.
    listener: Arc<OwnedFd>,
}

impl Launch {
    /// Starts this same program with the same settings.
    pub fn new(
        settings: &Settings,
        identity: &IdentityConfig,
        listener: TcpListener,
    ) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("the program's own path")?;
        Ok(Self {
            program,
            args: settings.to_args(),
            store: settings.store.clone(),
            secrets: identity.keys.iter().map(|key| key.env.clone()).collect(),
            listener: Arc::new(listener.into()),
        })
    }

    /// Starts one. It is not in our process group, so that a Ctrl-C reaches only the supervisor,
    /// which then drains in order.
    pub fn start(&self, role: Role) -> anyhow::Result<Child> {
        let stdin = match role {
            Role::Edge => Stdio::from(self.listener.try_clone()?),
            Role::Chat | Role::Bot => Stdio::null(),
        };
        let stdout = if role == Role::Chat {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        let mut command = Command::new(&self.program);
        match (role, &self.store) {
            (Role::Edge | Role::Bot, _) => {
                command.env_remove(STORE_URL);
            }
            (Role::Chat, Some(url)) => {
                command.env(STORE_URL, url);
            }
            (Role::Chat, None) => {}
        }
        if role != Role::Edge {
            command.env_remove(S3_SECRET);
        }
        if role != Role::Chat {
            let named = self.secrets.iter().filter(|name| !name.is_empty());
            named.for_each(|name| {
                command.env_remove(name);
            });
        }
        command
            .arg(role.to_string())
            .args(&self.args)
            .args(["--supervisor", &std::process::id().to_string()])
            .stdin(stdin)
            .stdout(stdout)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start the role {role}"))
    }
}

/// Asks the child to end, and makes it end after `limit`.
pub async fn stop(child: &mut Child, limit: Duration) -> std::io::Result<ExitStatus> {
    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()) {
        // It may be gone already; `wait` will tell.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
    match tokio::time::timeout(limit, child.wait()).await {
        Ok(status) => status,
        Err(_) => {
            tracing::warn!("not drained in time; killed");
            child.kill().await?;
            child.wait().await
        }
    }
}

/// Calls `found` with the setup token whenever the core says one.
pub async fn read_setup_token(stdout: ChildStdout, found: impl Fn(String)) {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(token) = line.strip_prefix(crate::roles::SETUP_TOKEN_LINE) {
            found(token.trim().to_owned());
        }
    }
}
