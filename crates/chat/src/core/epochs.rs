//! Positions belong to an epoch. A store that was put back in time begins a new one before it is
//! served from, so that no sequence is given out twice in one (ADR 27).

use std::{sync::Weak, time::Duration};

use kefu_types::{Clock, Entropy, Snowflake};
use tokio_util::sync::CancellationToken;

use super::Core;
use crate::{
    error::CoreError,
    store::{
        Change, Lineage, Outcome, Reason, Seen, SharedStore, SharedWitness, StoreError, judge,
    },
    writer::Writer,
};

/// How often the store is looked at, and the witness told.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The witness's last word, when the core stops, may take this long.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// What was found of the store at the start.
pub(super) struct Found {
    lineage: Lineage,
    ceiling: u64,
    seen: Option<Seen>,
}

/// Looks at the store and asks the witness. Ids start above all that either has seen.
pub(super) async fn find(
    store: &SharedStore,
    witness: Option<&SharedWitness>,
    ids: &Snowflake,
) -> Result<Found, StoreError> {
    let (lineage, ceiling) = (store.lineage().await?, store.ceiling().await?);
    let seen = match witness {
        Some(witness) => witness.recall().await.unwrap_or_else(|reason| {
            tracing::warn!(
                reason,
                "nobody can say whether the store was put back in time; if it was, stop the \
                 service and run `kefu store restored`"
            );
            None
        }),
        None => None,
    };
    ids.raise_to(ceiling);
    if let Some(seen) = seen.filter(|seen| seen.lineage.identity == lineage.identity) {
        ids.raise_to(seen.ceiling);
    }
    Ok(Found {
        lineage,
        ceiling,
        seen,
    })
}

impl Found {
    /// The store's lineage to serve in: as it is, or after a new epoch is durable.
    pub(super) async fn settle(
        self,
        store: &SharedStore,
        writer: &Writer,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<Lineage, CoreError> {
        let Self {
            lineage,
            ceiling,
            seen,
        } = self;
        let Some(reason) = judge(lineage, ceiling, seen) else {
            return Ok(lineage);
        };
        let seen = seen.unwrap_or_default();
        let next = lineage.next(seen.lineage.epoch, clock.wall_ms(), entropy);
        writer.write(begins(next)).await?;
        if reason == Reason::PutBack {
            tracing::warn!(
                epoch = next.epoch,
                epoch_before = lineage.epoch.max(seen.lineage.epoch),
                store_until_ms = Snowflake::made_at_ms(ceiling),
                seen_until_ms = Snowflake::made_at_ms(seen.ceiling),
                "the store was put back in time, as by a restored backup: what came after \
                 store_until_ms is gone; a new epoch begins, and clients read their conversations anew"
            );
        }
        // Another core on the same store may have been quicker.
        Ok(store.lineage().await?)
    }
}

/// The change that makes it durable.
const fn begins(next: Lineage) -> Change {
    Change::BeginEpoch {
        identity: next.identity,
        epoch: next.epoch,
    }
}

/// Begins a new epoch in a store that nobody serves from, because an admin says that it was
/// restored. Returns it.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn begin_epoch(
    store: &SharedStore,
    witness: &SharedWitness,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<u64, StoreError> {
    let lineage = store.lineage().await?;
    // One that cannot be read knows nothing that the drawn bits would not tell apart.
    let seen = witness.recall().await.ok().flatten().unwrap_or_default();
    let next = lineage.next(seen.lineage.epoch, clock.wall_ms(), entropy);
    let outcomes = store.apply(&[begins(next)]).await?;
    if outcomes != [Outcome::Applied] {
        return Err(StoreError::Retryable(
            "another epoch has begun at the same time".to_owned(),
        ));
    }
    Ok(next.epoch)
}

impl Core {
    /// Compares the store with what was seen of it, and tells the witness of news. `Err` says that it
    /// is not the store any more that this core serves from.
    async fn look(&self, witness: &SharedWitness) -> Result<(), String> {
        // A store that is away is the writer's business.
        let (Ok(lineage), Ok(ceiling)) = (self.store.lineage().await, self.store.ceiling().await)
        else {
            return Ok(());
        };
        if lineage != self.lineage {
            return Err(format!(
                "the store is in epoch {} now and not in {}",
                lineage.epoch, self.lineage.epoch
            ));
        }
        let last = *self.seen.lock();
        if last.is_some_and(|last| last.is_ahead_of(lineage, ceiling)) {
            return Err("the store was put back in time while it was served from".to_owned());
        }
        let seen = Seen { lineage, ceiling };
        if last == Some(seen) {
            return Ok(());
        }
        match witness.note(seen).await {
            Ok(()) => *self.seen.lock() = Some(seen),
            // Tried again with the next look: nothing depends on it but what a restore would show.
            Err(reason) => tracing::warn!(reason, "what was seen of the store cannot be noted"),
        }
        Ok(())
    }

    /// The witness hears how far the store has come.
    pub(super) async fn last_look(&self) {
        if let Some(witness) = &self.witness {
            let _ = tokio::time::timeout(LAST_LOOK, self.look(witness)).await;
        }
    }
}

/// Looks until the core stops, or until the store is another: then the core has failed, and the
/// process that is started instead begins a new epoch.
pub(super) async fn watch(core: Weak<Core>, stopping: CancellationToken, witness: SharedWitness) {
    loop {
        let Some(core) = core.upgrade() else { return };
        let looked = stopping.run_until_cancelled(core.look(&witness));
        match looked.await {
            Some(Ok(())) => {}
            Some(Err(reason)) => return core.writer.fail(&reason),
            None => return,
        }
        drop(core);
        let pause = stopping.run_until_cancelled(tokio::time::sleep(LOOK_EVERY));
        if pause.await.is_none() {
            return;
        }
    }
}

/// The epoch that a client's position names, where it names one.
///
/// # Errors
/// `conflict` when it is over.
pub(super) fn current(named: u64, lineage: Lineage) -> Result<(), CoreError> {
    if named == 0 || named == lineage.epoch {
        return Ok(());
    }
    Err(CoreError::Conflict(
        "the place is in an epoch that is over: open the conversation anew".to_owned(),
    ))
}
