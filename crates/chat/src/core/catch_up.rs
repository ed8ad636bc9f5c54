//! Messages that were written while nothing was indexed become searchable in the background.
//!
//! Where the index stands is in the store, moved in the same transaction as the index: a process
//! that is killed goes on where it was. The work goes through the writer in small pieces, and only
//! while nothing else waits there, so that a message waits for one piece at most.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::Core;
use crate::{
    settings::Search,
    store::{Change, Outcome},
};

/// Pause after the store refused a piece.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);

/// What searching needs to know.
#[derive(Debug)]
pub(super) struct Searching {
    /// Every message that can be searched is indexed.
    pub(super) caught_up: AtomicBool,
    pub(super) turns: Semaphore,
}

impl Searching {
    pub(super) fn new(settings: &Search) -> Self {
        let turns = settings.at_once_max.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            caught_up: AtomicBool::new(false),
            turns: Semaphore::new(turns),
        }
    }
}

/// Indexes what is older, piece by piece, until all is or the core stops.
pub(super) async fn catch_up(core: Weak<Core>, stopping: CancellationToken) {
    let mut said = false;
    loop {
        let Some(core) = core.upgrade() else { return };
        let pause = match piece(&core).await {
            Some(true) => {
                core.search.caught_up.store(true, Ordering::Relaxed);
                if said {
                    tracing::info!("older messages are searchable");
                }
                return;
            }
            Some(false) => {
                if !said {
                    tracing::info!("making older messages searchable");
                    said = true;
                }
                core.settings.search.catch_up_pause
            }
            None => REFUSED_PAUSE,
        };
        drop(core);
        tokio::select! {
            biased;
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Whether all is indexed now; `None` when it could not be asked.
async fn piece(core: &Arc<Core>) -> Option<bool> {
    if core.writer.waiting() > 0 {
        return Some(false);
    }
    let change = Change::IndexOlder {
        messages_max: core.settings.search.catch_up_messages_max,
    };
    match core.writer.write(change).await {
        Ok(Outcome::Indexed { whole }) => Some(whole),
        Ok(other) => {
            tracing::error!(?other, "the store did not say how far it has indexed");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "older messages wait to be indexed");
            None
        }
    }
}
