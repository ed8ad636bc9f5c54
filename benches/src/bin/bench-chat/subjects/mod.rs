//! What is measured: each starts a server on loopback, in a directory of its own, and connects
//! pairs of a sender and a reader to it.

mod echo;
mod ejabberd;
mod kefu;
mod prosody;
mod socketio;
mod xmpp;

pub use echo::Echo;
pub use ejabberd::{Archive, Ejabberd};
pub use kefu::Kefu;
pub use prosody::{Prosody, Storage};
pub use socketio::SocketIo;

use std::{future::Future, path::Path};

use serde_json::Value;
use tokio::task::JoinSet;

use crate::{
    load::{Conversation, Line},
    watch::Roles,
};

/// Connections that are made at once: a server's line of waiting ones is short.
const CONNECTING_MAX: usize = 16;

/// A running server.
pub trait Subject: Send + Sized {
    /// How it is spoken to.
    type Line: Line;

    /// Makes this many conversations.
    fn connect(
        &mut self,
        count: usize,
    ) -> impl Future<Output = anyhow::Result<Vec<Conversation<Self::Line>>>>;

    /// Its processes.
    fn roles(&self) -> Roles;

    /// Counters to be told apart before and after a run; empty where there are none.
    fn counters(&self) -> impl Future<Output = anyhow::Result<Counters>> {
        async { Ok(Counters::default()) }
    }

    /// Ends it, and holds what it stored against what it acknowledged.
    fn audit(
        self,
        conversations: Vec<Conversation<Self::Line>>,
    ) -> impl Future<Output = anyhow::Result<Value>>;
}

/// Counters of Kefu's core.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counters {
    /// Transactions.
    pub commits: f64,
    /// Changes in them.
    pub changes: f64,
    /// Seconds spent in them.
    pub commit_seconds: f64,
    /// Messages stored.
    pub messages: f64,
}

/// Makes `count` of something, a few at a time, in order.
async fn few_at_once<T, F>(count: usize, make: impl Fn(usize) -> F) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = anyhow::Result<T>> + Send + 'static,
{
    let (mut making, mut made) = (JoinSet::new(), Vec::with_capacity(count));
    for place in 0..count {
        if making.len() >= CONNECTING_MAX
            && let Some(done) = making.join_next().await
        {
            made.push(done??);
        }
        let one = make(place);
        making.spawn(async move { anyhow::Ok((place, one.await?)) });
    }
    while let Some(done) = making.join_next().await {
        made.push(done??);
    }
    made.sort_unstable_by_key(|(place, _)| *place);
    Ok(made.into_iter().map(|(_, one)| one).collect())
}

/// A directory that goes with its server.
pub fn own_dir(parent: &Path, name: &str) -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix(name).tempdir_in(parent)?)
}
