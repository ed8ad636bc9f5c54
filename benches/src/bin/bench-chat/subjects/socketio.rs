//! socket.io without storage: the rate of a relay that may lose everything.

use std::process::Command;

use anyhow::ensure;
use kefu_benches::process::Process;
use serde_json::{Value, json};

use super::{Subject, few_at_once, own_dir};
use crate::{lines::SocketIoLine, load::Conversation, plan::Plan, watch::Roles};

/// `benches/peers/socketio/server.mjs` under Node, WebSocket only, without compression.
#[derive(Debug)]
pub struct SocketIo {
    process: Process,
    address: String,
    _dir: tempfile::TempDir,
}

impl SocketIo {
    /// Starts it with the modules that `benches/peers/chat.sh install` put beside the server.
    ///
    /// # Errors
    /// When they are not there, or it does not start.
    pub async fn start(plan: &Plan) -> anyhow::Result<Self> {
        let server = plan.dir.join("socketio/server.mjs");
        ensure!(server.is_file(), "socket.io is not installed");
        let server = server.canonicalize()?;
        let dir = own_dir(&plan.dir, "socketio-")?;
        let mut process = Process::start(Command::new("node").arg(server), dir.path())?;
        let address = process.says("listening ").await?;
        Ok(Self {
            process,
            address,
            _dir: dir,
        })
    }
}

impl Subject for SocketIo {
    type Line = SocketIoLine;

    async fn connect(&mut self, count: usize) -> anyhow::Result<Vec<Conversation<SocketIoLine>>> {
        let address = self.address.clone();
        few_at_once(count, |pair| {
            let address = address.clone();
            async move {
                let reader = SocketIoLine::connect(&address, pair, true).await?;
                let sender = SocketIoLine::connect(&address, pair, false).await?;
                Ok(Conversation::new(sender, Some(reader)))
            }
        })
        .await
    }

    fn roles(&self) -> Roles {
        vec![("node".to_owned(), vec![self.process.id()])]
    }

    async fn audit(self, _: Vec<Conversation<SocketIoLine>>) -> anyhow::Result<Value> {
        Ok(json!({ "stored": 0 }))
    }
}
