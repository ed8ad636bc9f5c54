//! The task that owns all writing.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::{
    Committed, Health, HealthCell, Job, Parts, Reply, Writer,
    failpoint::{Failpoint, Place},
    fate,
    intake::Intake,
};
use crate::{
    error::CoreError,
    store::{Change, Outcome, StoreError},
};

/// Starts the writer. It ends when all [`Writer`]s are gone and the queue is empty, or on a
/// failure that must not be tried again.
pub(crate) fn start(
    parts: Parts,
    committed: mpsc::Sender<Vec<Committed>>,
) -> (Writer, tokio::task::JoinHandle<()>) {
    let ([vip, normal], intake) = Intake::new(&parts.limits);
    let health = Arc::new(HealthCell::new());
    let writer = Writer {
        vip,
        normal,
        health: health.clone(),
        timing: parts.timing,
    };
    let failpoint = Failpoint::parse(parts.failpoint.as_deref());
    let task = tokio::spawn(
        Owner {
            parts,
            intake,
            committed,
            health,
            failpoint,
        }
        .run(),
    );
    (writer, task)
}

struct Owner {
    parts: Parts,
    intake: Intake,
    committed: mpsc::Sender<Vec<Committed>>,
    health: Arc<HealthCell>,
    failpoint: Option<Failpoint>,
}

/// The writer must not go on.
struct Stop;

impl Drop for Owner {
    /// Whatever ends this task, a panic too, nobody may be left to believe that it writes.
    fn drop(&mut self) {
        self.health
            .set(Health::Failed("the writer has ended".to_owned()));
    }
}

impl Owner {
    async fn run(mut self) {
        let most = self.parts.limits.batch_changes_max.max(1);
        let mut jobs = Vec::with_capacity(most);
        while self.intake.gather(&mut jobs, most).await {
            metrics::gauge!("kefu_chat_writer_queue").set(self.intake.waiting() as f64);
            if self.commit(&mut jobs).await.is_err() {
                return;
            }
        }
    }

    async fn commit(&mut self, jobs: &mut Vec<Job>) -> Result<(), Stop> {
        let (changes, replies): (Vec<Change>, Vec<Reply>) =
            jobs.drain(..).map(|job| (job.change, job.reply)).unzip();
        if let Some(failpoint) = &self.failpoint
            && speaks(&changes)
            && failpoint.lies()
        {
            return lie(replies).await;
        }
        let mut doubtful = false;
        match self.apply(&changes, &mut doubtful).await {
            // One of them is poison: alone, each of the others succeeds.
            Err(StoreError::Rejected(_)) if changes.len() > 1 => {
                for (change, reply) in changes.into_iter().zip(replies) {
                    let change = vec![change];
                    let result = self.apply(&change, &mut doubtful).await;
                    self.settle(change, vec![reply], result).await?;
                }
                Ok(())
            }
            result => self.settle(changes, replies, result).await,
        }
    }

    /// Tells the callers what became of their changes and passes on what is durable.
    async fn settle(
        &mut self,
        changes: Vec<Change>,
        replies: Vec<Reply>,
        result: Result<Vec<Outcome>, StoreError>,
    ) -> Result<(), Stop> {
        let error = match result {
            Ok(outcomes) => {
                let speaks = speaks(&changes);
                self.pass(Place::AfterCommit, speaks);
                for (reply, outcome) in replies.into_iter().zip(&outcomes) {
                    // A caller that left finds its message by its client id.
                    let _ = reply.send(Ok(outcome.clone()));
                }
                self.pass(Place::AfterAck, speaks);
                self.pass_on(changes.into_iter().zip(outcomes)).await;
                return Ok(());
            }
            Err(error) => error,
        };
        for reply in replies {
            let _ = reply.send(Err(refusal(&error)));
        }
        match error {
            StoreError::Rejected(_) => {
                tracing::error!(%error, "a change was refused");
                Ok(())
            }
            StoreError::Retryable(_) | StoreError::Full(_) => {
                self.wait_until_well(&error, changes).await
            }
            StoreError::Corrupt(_) | StoreError::Fatal(_) => Err(self.fail(&error)),
        }
    }

    /// Hands what is durable to the fan-out.
    async fn pass_on(&self, done: impl Iterator<Item = Committed>) {
        let done = done.filter(|(_, outcome)| {
            use Outcome::{Applied, Marked, Noted, Revoked, Tagged};
            let marked = matches!(outcome, Marked { moved: true, .. });
            marked || matches!(outcome, Applied | Revoked(_) | Noted { .. } | Tagged(_))
        });
        // Waits when the fan-out is behind: backpressure, with a bound.
        let _ = self.committed.send(done.collect()).await;
    }

    /// One transaction, tried again while the store merely stalls, for a bounded time. It is
    /// `doubtful` from the first try on whose answer may have been lost.
    async fn apply(
        &self,
        changes: &[Change],
        doubtful: &mut bool,
    ) -> Result<Vec<Outcome>, StoreError> {
        let Parts {
            store,
            clock,
            timing,
            ..
        } = &self.parts;
        let begun = clock.monotonic();
        let tries = timing.store_stall.as_millis() / timing.store_retry.as_millis().max(1);
        self.pass(Place::BeforeCommit, speaks(changes));
        for _ in 0..=tries {
            let applied = match store.apply(changes).await {
                Ok(outcomes) if *doubtful => fate::told(&**store, changes, outcomes).await,
                Err(StoreError::Rejected(reason)) if *doubtful && changes.len() == 1 => {
                    // What exists cannot be made again: it may exist because we made it.
                    match fate::landed(&**store, changes).await {
                        Ok(landed) if landed == [true] => Ok(vec![Outcome::Applied]),
                        Ok(_) => Err(StoreError::Rejected(reason)),
                        Err(error) => Err(error),
                    }
                }
                other => other,
            };
            *doubtful |= matches!(applied, Err(StoreError::Retryable(_)));
            match applied {
                Err(StoreError::Retryable(reason))
                    if clock.monotonic() - begun < timing.store_stall =>
                {
                    tracing::debug!(reason, "the store stalls");
                    tokio::time::sleep(timing.store_retry).await;
                }
                Ok(outcomes) => {
                    let took = clock.monotonic() - begun;
                    metrics::histogram!("kefu_chat_commit_seconds").record(took.as_secs_f64());
                    metrics::histogram!("kefu_chat_batch_changes").record(changes.len() as f64);
                    return Ok(outcomes);
                }
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Retryable(
            "still busy after all tries".to_owned(),
        ))
    }

    /// Refuses everything until a small write succeeds. Of `changes`, whose callers know nothing
    /// for sure, those that did become durable are followed up then as any others.
    async fn wait_until_well(
        &mut self,
        error: &StoreError,
        changes: Vec<Change>,
    ) -> Result<(), Stop> {
        tracing::error!(%error, "changes are refused until the store is well again");
        self.health.set(Health::Stalled(error.to_string()));
        loop {
            while let Some(job) = self.intake.take() {
                let _ = job.reply.send(Err(refusal(error)));
            }
            tokio::time::sleep(self.parts.timing.store_retry).await;
            let well = match self.parts.store.probe().await {
                Ok(()) => fate::landed(&*self.parts.store, &changes).await,
                Err(error) => Err(error),
            };
            match well {
                Ok(landed) => {
                    tracing::info!("the store is well again");
                    self.health.set(Health::Well);
                    let landed = changes.into_iter().zip(landed);
                    let landed = landed.filter(|(_, landed)| *landed);
                    self.pass_on(landed.map(|(change, _)| (change, Outcome::Applied)))
                        .await;
                    return Ok(());
                }
                Err(StoreError::Retryable(_) | StoreError::Full(_) | StoreError::Rejected(_)) => {}
                Err(error) => return Err(self.fail(&error)),
            }
        }
    }

    fn fail(&self, error: &StoreError) -> Stop {
        tracing::error!(%error, "the writer stops: nothing more is acknowledged by this process");
        self.health.set(Health::Failed(error.to_string()));
        Stop
    }

    fn pass(&self, place: Place, speaks: bool) {
        if let Some(failpoint) = &self.failpoint
            && speaks
        {
            failpoint.hit(place);
        }
    }
}

/// What the checkers of clients' histories must catch; the test kills this process.
async fn lie(replies: Vec<Reply>) -> Result<(), Stop> {
    for reply in replies {
        let _ = reply.send(Ok(Outcome::Applied));
    }
    tracing::error!("the failpoint acknowledges what is not written");
    std::future::pending().await
}

/// Whether messages are among the changes.
fn speaks(changes: &[Change]) -> bool {
    changes
        .iter()
        .any(|change| matches!(change, Change::Advance(advance) if !advance.messages.is_empty()))
}

fn refusal(error: &StoreError) -> CoreError {
    metrics::counter!("kefu_chat_refused_total", "reason" => "store").increment(1);
    CoreError::Unavailable {
        message: match error {
            StoreError::Full(_) => "the store has no space left",
            StoreError::Retryable(_) => "the store stalls",
            StoreError::Rejected(_) => {
                return CoreError::Invalid("the store rejects this".to_owned());
            }
            StoreError::Corrupt(_) | StoreError::Fatal(_) => "the store failed",
        }
        .to_owned(),
        retry_after: Duration::from_secs(1),
    }
}
