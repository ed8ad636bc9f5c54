//! Prosody with its archive, as Debian ships it.

use std::{fs, path::Path, process::Command};

use anyhow::ensure;
use kefu_benches::process::{Process, free_port};
use serde_json::Value;

use super::{Subject, own_dir, xmpp};
use crate::{lines::XmppLine, load::Conversation, plan::Plan, watch::Roles};

const CONFIG: &str = include_str!("../../../../peers/prosody.cfg.lua");

/// Where the archive is.
#[derive(Debug, Clone, Copy)]
pub enum Storage {
    /// Files that are appended to, prosody's default.
    Internal,
    /// SQLite, with prosody's own settings for it.
    Sql,
}

/// A running prosody.
#[derive(Debug)]
pub struct Prosody {
    process: Process,
    address: String,
    _dir: tempfile::TempDir,
}

impl Prosody {
    /// Starts it with a configuration of the benchmark's own.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub async fn start(plan: &Plan, storage: Storage) -> anyhow::Result<Self> {
        ensure!(
            Path::new("/usr/bin/prosody").exists(),
            "prosody is not installed"
        );
        let dir = own_dir(&plan.dir, "prosody-")?;
        for name in ["data", "certs"] {
            fs::create_dir(dir.path().join(name))?;
        }
        let port = free_port()?;
        let storage = match storage {
            Storage::Internal => "internal",
            Storage::Sql => "sql",
        };
        let config = CONFIG
            .replace("@DIR@", &dir.path().canonicalize()?.display().to_string())
            .replace("@PORT@", &port.to_string())
            .replace("@ARCHIVE@", storage);
        let file = dir.path().join("prosody.cfg.lua");
        fs::write(&file, config)?;
        let mut command = Command::new("/usr/bin/prosody");
        let mut process = Process::start(
            command.arg("-F").arg("--config").arg("prosody.cfg.lua"),
            dir.path(),
        )?;
        let address = format!("127.0.0.1:{port}");
        process.listens(&address).await?;
        Ok(Self {
            process,
            address,
            _dir: dir,
        })
    }
}

impl Subject for Prosody {
    type Line = XmppLine;

    async fn connect(&mut self, count: usize) -> anyhow::Result<Vec<Conversation<XmppLine>>> {
        xmpp::connect(&self.address, count).await
    }

    fn roles(&self) -> Roles {
        vec![("prosody".to_owned(), vec![self.process.id()])]
    }

    async fn audit(self, conversations: Vec<Conversation<XmppLine>>) -> anyhow::Result<Value> {
        xmpp::audit(conversations).await
    }
}
