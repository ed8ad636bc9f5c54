//! The floor of the wire: tokio-tungstenite, and nothing behind it.

use std::process::Command;

use kefu_benches::process::Process;
use serde_json::{Value, json};

use super::{Subject, few_at_once, own_dir};
use crate::{lines::EchoLine, load::Conversation, plan::Plan, watch::Roles};

/// This program in another process, echoing.
#[derive(Debug)]
pub struct Echo {
    process: Process,
    address: String,
    _dir: tempfile::TempDir,
}

impl Echo {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(plan: &Plan) -> anyhow::Result<Self> {
        let dir = own_dir(&plan.dir, "echo-")?;
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = Process::start(command.arg("--serve-echo"), dir.path())?;
        let address = process.says("listening ").await?;
        Ok(Self {
            process,
            address,
            _dir: dir,
        })
    }
}

impl Subject for Echo {
    type Line = EchoLine;

    async fn connect(&mut self, count: usize) -> anyhow::Result<Vec<Conversation<EchoLine>>> {
        let address = self.address.clone();
        few_at_once(count, |_| {
            let address = address.clone();
            async move { Ok(Conversation::new(EchoLine::connect(&address).await?, None)) }
        })
        .await
    }

    fn roles(&self) -> Roles {
        vec![("echo".to_owned(), vec![self.process.id()])]
    }

    async fn audit(self, _: Vec<Conversation<EchoLine>>) -> anyhow::Result<Value> {
        Ok(json!({ "stored": 0 }))
    }
}
