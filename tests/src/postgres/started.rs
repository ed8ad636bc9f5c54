//! A server that a test started, and may do anything to.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User, geteuid},
};
use sqlx::postgres::PgConnectOptions;

/// Users that a server may run as when the tests run as root, which it refuses.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// In a temporary directory, on a socket in it; ends with this value.
#[derive(Debug)]
pub struct Server {
    dir: tempfile::TempDir,
    bin: PathBuf,
    settings: Vec<String>,
    child: Child,
}

impl Server {
    /// Starts one from the binaries of this machine.
    pub(super) fn start(settings: &[&str]) -> anyhow::Result<Self> {
        let bin = binaries().context("no initdb in PATH or where packages put it")?;
        let dir = tempfile::tempdir().context("a directory")?;
        if let Some(user) = other_user()? {
            chown(dir.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .context("giving the directory to another user")?;
        }
        let made = as_other_user(&bin.join("initdb"))?
            .args([
                "--username=kefu",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(dir.path().join("data"))
            .output()
            .context("initdb")?;
        if !made.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&made.stderr));
        }
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let child = launch(&bin, dir.path(), &settings)?;
        Ok(Self {
            dir,
            bin,
            settings,
            child,
        })
    }

    /// How to connect to it.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(self.dir.path())
            .port(5432)
            .username("kefu")
            .database("postgres")
    }

    /// Its own directory, where a test may mount something.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Makes a directory the server's own.
    pub(super) fn give(&self, dir: &Path) -> anyhow::Result<()> {
        if let Some(user) = other_user()? {
            chown(dir, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
        }
        Ok(())
    }

    /// What it said.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// SIGSTOP to all of it: connections stay open and nothing answers.
    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// It goes on where it was.
    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Kills all of it at once, as a power cut does to processes, and starts it again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn crash_and_restart(&mut self) {
        // Stopped first, so that it starts nothing more; dead, its children would be nobody's.
        let parent = Pid::from_raw(self.child.id().cast_signed());
        let _ = kill(parent, Signal::SIGSTOP);
        let children = children(parent.as_raw());
        for pid in children.iter().map(|pid| Pid::from_raw(*pid)) {
            let _ = kill(pid, Signal::SIGKILL);
        }
        let _ = kill(parent, Signal::SIGKILL);
        let _ = self.child.wait();
        // As long as one of them holds the shared memory, no server starts.
        let holds = |pid: &i32| Path::new(&format!("/proc/{pid}/exe")).exists();
        while children.iter().any(holds) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        self.child = launch(&self.bin, self.dir.path(), &self.settings).expect("it started before");
    }

    fn signal(&self, signal: Signal) {
        // The postmaster first, so that it starts nothing meanwhile.
        let parent = self.child.id().cast_signed();
        let _ = kill(Pid::from_raw(parent), signal);
        for child in children(parent) {
            let _ = kill(Pid::from_raw(child), signal);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.resume();
        let _ = kill(
            Pid::from_raw(self.child.id().cast_signed()),
            Signal::SIGQUIT,
        );
        let _ = self.child.wait();
    }
}

fn launch(bin: &Path, dir: &Path, settings: &[String]) -> anyhow::Result<Child> {
    let log = fs::File::options()
        .create(true)
        .append(true)
        .open(dir.join("log"))
        .context("a log")?;
    let mut command = as_other_user(&bin.join("postgres"))?;
    command.arg("-D").arg(dir.join("data")).arg("-k").arg(dir);
    let own = [
        "listen_addresses=",
        "shared_buffers=16MB",
        "max_connections=60",
    ];
    for setting in own.into_iter().chain(settings.iter().map(String::as_str)) {
        command.args(["-c", setting]);
    }
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    command.spawn().context("postgres")
}

fn as_other_user(program: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(program);
    // Somewhere that any user may stand.
    command.current_dir("/").env_remove("PGDATA");
    if let Some(user) = other_user()? {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    Ok(command)
}

/// Somebody else, when we are root.
fn other_user() -> anyhow::Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let found = USERS
        .iter()
        .find_map(|name| User::from_name(name).ok().flatten());
    Ok(Some(found.context(
        "PostgreSQL does not run as root, and there is no other user",
    )?))
}

/// The directory of `initdb` and `postgres`, the newest first.
pub(super) fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for (root, below) in [("/usr/lib/postgresql", "bin"), ("/usr/local/pgsql", "")] {
        let entries = fs::read_dir(root).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = entries.map(|entry| entry.path().join(below)).collect();
        found.sort();
        dirs.extend(found.into_iter().rev());
    }
    dirs.into_iter()
        .find(|dir| dir.join("initdb").is_file() && dir.join("postgres").is_file())
}

fn children(parent: i32) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        after_name.split_whitespace().nth(1) == Some(&parent.to_string())
    })
    .collect()
}
