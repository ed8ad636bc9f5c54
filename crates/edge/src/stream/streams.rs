//! All connections of this process that are reached by requests, by their secret names.

use std::{collections::HashMap, sync::Arc};

use kefu_proto::v1::Problem;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::shelf::Shelf;
use crate::{
    problem::problem,
    ws::{Codec, Heard},
};

/// One connection, as requests see it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) codec: Codec,
    /// To its task.
    pub(super) up: mpsc::Sender<Heard>,
    /// From its task.
    pub(super) shelf: Arc<Shelf>,
    /// The client has ended it.
    pub(super) over: CancellationToken,
}

impl Line {
    /// A sign of life; nobody waits for it.
    pub(super) fn lives(&self) {
        let _ = self.up.try_send(Ok(None));
    }
}

/// Bounded by the seats that connections take.
#[derive(Debug, Default)]
pub(crate) struct Streams(Mutex<HashMap<String, Arc<Line>>>);

impl Streams {
    pub(super) fn add(&self, name: String, line: Arc<Line>) {
        self.0.lock().insert(name, line);
    }

    pub(super) fn remove(&self, name: &str) {
        self.0.lock().remove(name);
    }

    /// The connection of this name.
    ///
    /// # Errors
    /// `not_found`: it was forgotten, or is another process's.
    pub(super) fn get(&self, name: &str) -> Result<Arc<Line>, Problem> {
        let line = self.0.lock().get(name).cloned();
        line.ok_or_else(|| {
            problem(
                "not_found",
                "there is no such connection: begin a new one, and open from your places",
            )
        })
    }
}
