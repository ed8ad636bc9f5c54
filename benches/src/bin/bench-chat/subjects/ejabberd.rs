//! ejabberd with its archive, as Debian ships it.

use std::{fs, path::Path, process::Command};

use anyhow::ensure;
use kefu_benches::process::{Process, free_port};
use serde_json::Value;

use super::{Subject, own_dir, xmpp};
use crate::{lines::XmppLine, load::Conversation, plan::Plan, watch::Roles};

const CONFIG: &str = include_str!("../../../../peers/ejabberd.yml");
/// Debian's copy of the tables that ejabberd wants to find.
const TABLES: &str = "/usr/share/ejabberd/sql/lite.sql";

/// Where the archive is.
#[derive(Debug, Clone, Copy)]
pub enum Archive {
    /// SQLite, opened as ejabberd opens it.
    Sqlite,
    /// ejabberd's default: a table of Erlang's own on disk, written every now and then.
    Mnesia,
}

/// A running ejabberd.
#[derive(Debug)]
pub struct Ejabberd {
    process: Process,
    address: String,
    _dir: tempfile::TempDir,
}

impl Ejabberd {
    /// Starts it with a configuration of the benchmark's own; not as a node of a cluster, so that
    /// no port mapper is needed.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub async fn start(plan: &Plan, archive: Archive) -> anyhow::Result<Self> {
        let installed = Path::new("/usr/sbin/ejabberdctl").exists() && Path::new(TABLES).exists();
        ensure!(installed, "ejabberd is not installed");
        let dir = own_dir(&plan.dir, "ejabberd-")?;
        let at = dir.path().canonicalize()?;
        let port = free_port()?;
        let archive = match archive {
            Archive::Sqlite => "sql",
            Archive::Mnesia => "mnesia",
        };
        let config = CONFIG
            .replace("@DIR@", &at.display().to_string())
            .replace("@PORT@", &port.to_string())
            .replace("@ARCHIVE@", archive);
        fs::write(at.join("ejabberd.yml"), config)?;
        let made = Command::new("sqlite3")
            .arg(at.join("archive.sqlite"))
            .arg(format!(".read {TABLES}"))
            .status();
        ensure!(
            made.is_ok_and(|status| status.success()),
            "sqlite3 cannot make the tables"
        );
        let mut command = Command::new("erl");
        command
            .args(["+K", "true", "-noinput", "-mnesia", "dir"])
            .arg(format!("\"{}\"", at.join("mnesia").display()))
            .args(["-s", "ejabberd"])
            .env("EJABBERD_CONFIG_PATH", at.join("ejabberd.yml"))
            .env("EJABBERD_LOG_PATH", at.join("ejabberd.log"))
            .env("ERL_CRASH_DUMP", at.join("crash.dump"))
            .env("ERL_LIBS", libraries())
            .env("ERL_MAX_PORTS", "16000")
            .env("HOME", &at);
        let mut process = Process::start(&mut command, &at)?;
        let address = format!("127.0.0.1:{port}");
        process.listens(&address).await?;
        Ok(Self {
            process,
            address,
            _dir: dir,
        })
    }
}

/// Where Debian puts ejabberd's libraries on this machine's architecture.
fn libraries() -> String {
    format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH)
}

impl Subject for Ejabberd {
    type Line = XmppLine;

    async fn connect(&mut self, count: usize) -> anyhow::Result<Vec<Conversation<XmppLine>>> {
        xmpp::connect(&self.address, count).await
    }

    fn roles(&self) -> Roles {
        vec![("ejabberd".to_owned(), vec![self.process.id()])]
    }

    async fn audit(self, conversations: Vec<Conversation<XmppLine>>) -> anyhow::Result<Value> {
        xmpp::audit(conversations).await
    }
}
