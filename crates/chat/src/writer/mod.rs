//! Group commit: one owner of all changes, one transaction for what has gathered.
//!
//! Callers put changes into a bounded queue and wait. A lone change is committed at once; while a
//! commit runs, others gather and go together. Only when the transaction is durable are its
//! callers told, and only after that does the batch go on to be fanned out.

mod failpoint;
mod fate;
mod health;
mod intake;
mod run;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use kefu_types::Clock;
use tokio::sync::{mpsc, oneshot};

pub use health::Health;
pub(crate) use run::start;

use crate::{
    error::CoreError,
    lanes::Lane,
    settings::{Limits, Timing},
    store::{Change, Outcome},
};
use health::HealthCell;

/// A durable change and what became of it, on its way to those who watch.
pub(crate) type Committed = (Change, Outcome);

pub(crate) struct Job {
    change: Change,
    reply: Reply,
}

type Reply = oneshot::Sender<Result<Outcome, CoreError>>;

/// What [`Writer::submit`] gives: resolves when the change is durable or refused.
pub(crate) type Ticket = oneshot::Receiver<Result<Outcome, CoreError>>;

/// The way in. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    vip: mpsc::Sender<Job>,
    normal: mpsc::Sender<Job>,
    health: Arc<HealthCell>,
    timing: Timing,
}

impl Writer {
    const fn queue(&self, lane: Lane) -> &mpsc::Sender<Job> {
        match lane {
            Lane::Vip => &self.vip,
            Lane::Normal => &self.normal,
        }
    }

    /// Queues a change without waiting; the order of calls is the order of commits in each lane.
    pub(crate) fn submit(&self, lane: Lane, change: Change) -> Result<Ticket, CoreError> {
        self.health.admit(self.timing.store_retry)?;
        let (reply, ticket) = oneshot::channel();
        match self.queue(lane).try_send(Job { change, reply }) {
            Ok(()) => Ok(ticket),
            Err(mpsc::error::TrySendError::Full(_)) => {
                metrics::counter!("kefu_chat_refused_total", "reason" => "writer_queue", "lane" => lane.name())
                    .increment(1);
                Err(CoreError::Overloaded {
                    what: "the writer's queue",
                    limit: match lane {
                        Lane::Vip => "writer_queue_vip_max",
                        Lane::Normal => "writer_queue_max",
                    },
                    retry_after: Duration::from_millis(500),
                })
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Err(stopped()),
        }
    }

    /// Waits for a ticket, but not for ever.
    pub(crate) async fn wait(&self, ticket: Ticket) -> Result<Outcome, CoreError> {
        match tokio::time::timeout(self.timing.acknowledgement, ticket).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(stopped()),
            Err(_) => {
                metrics::counter!("kefu_chat_refused_total", "reason" => "acknowledgement")
                    .increment(1);
                Err(CoreError::Unavailable {
                    message: "the store did not acknowledge in time".to_owned(),
                    retry_after: Duration::from_secs(1),
                })
            }
        }
    }

    /// Queues a change in the normal lane and waits for it.
    pub(crate) async fn write(&self, change: Change) -> Result<Outcome, CoreError> {
        self.write_in(Lane::Normal, change).await
    }

    /// Queues a change and waits for it.
    pub(crate) async fn write_in(&self, lane: Lane, change: Change) -> Result<Outcome, CoreError> {
        let ticket = self.submit(lane, change)?;
        self.wait(ticket).await
    }

    /// How the store is.
    pub(crate) fn health(&self) -> Health {
        self.health.get()
    }

    /// Changes that wait now.
    pub(crate) fn waiting(&self) -> usize {
        let waiting = |queue: &mpsc::Sender<Job>| queue.max_capacity() - queue.capacity();
        Lane::ALL.map(|lane| waiting(self.queue(lane))).iter().sum()
    }

    /// Something without which nothing may go on has ended.
    pub(crate) fn fail(&self, reason: &str) {
        tracing::error!(reason, "the core cannot go on");
        self.health.set(Health::Failed(reason.to_owned()));
    }

    /// Returns once the writer has failed for good, with the reason.
    pub(crate) async fn failed(&self) -> String {
        self.health.failed().await
    }
}

fn stopped() -> CoreError {
    CoreError::Unavailable {
        message: "the core is stopping".to_owned(),
        retry_after: Duration::from_secs(1),
    }
}

/// What the writer needs to run.
pub(crate) struct Parts {
    pub(crate) store: crate::store::SharedStore,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timing: Timing,
    pub(crate) limits: Limits,
    pub(crate) failpoint: Option<String>,
}
