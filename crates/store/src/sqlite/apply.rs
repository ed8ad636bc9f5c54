//! One transaction: load what the plan asks, decide, write what it ends with.

use std::sync::{Arc, Mutex};

use kefu_chat::store::{Change, Outcome, Plan, Questions, StoreError};
use rusqlite::{Connection, TransactionBehavior};

use super::{
    SqliteStore, alerts, assist, bulk, canned, catalogue, closing, error::failed, events, identity,
    kept::execute, left, load, media, notes, people, search, tags,
};
use crate::{ids::ceiling, nul, rows::signed};

/// The one connection that writes.
///
/// Everything of a transaction happens on one thread, statement after statement: handing each of
/// them to another thread and back takes longer than SQLite takes for it.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    /// What is written is indexed for searches.
    pub(crate) search: bool,
    /// Why nothing may be written any more.
    pub(crate) ended: Option<String>,
}

/// Shared with the threads that wait for the disk.
pub(crate) type SharedWriter = Arc<Mutex<Writer>>;

impl Writer {
    /// All of `work`, or nothing.
    fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // IMMEDIATE takes the write lock first, so that what is loaded cannot change before the
        // commit, and another process's lock is met here, where waiting is free of harm.
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let done = work(&transaction)?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }

    fn apply(&mut self, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        let search = self.search;
        self.transaction(|connection| decide(connection, changes, search))
    }
}

impl SqliteStore {
    /// Runs `work` with the connection that writes, where waiting for the disk holds up nobody
    /// else. A caller that leaves does not stop it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (writer, watch) = (self.writer.clone(), self.checkpointer.watch.clone());
        let done = tokio::task::spawn_blocking(move || {
            let mut writer = writer
                .lock()
                .map_err(|_| StoreError::Fatal("an earlier write ended in a panic".to_owned()))?;
            if let Some(reason) = &writer.ended {
                return Err(StoreError::Fatal(reason.clone()));
            }
            let done = work(&mut writer);
            drop(writer);
            watch.committed();
            done
        });
        done.await
            .unwrap_or_else(|ended| Err(StoreError::Fatal(ended.to_string())))
    }

    pub(crate) async fn apply_all(&self, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        nul::refuse(changes)?;
        // What is large in them is shared.
        let changes = changes.to_vec();
        self.write(move |writer| writer.apply(&changes)).await
    }

    pub(crate) async fn probe_disk(&self) -> Result<(), StoreError> {
        let sql = "UPDATE marks SET value = value + 1 WHERE name = 'probe'";
        self.write(move |writer| {
            let moved = writer.connection.execute(sql, ());
            moved.map(drop).map_err(failed)
        })
        .await
    }
}

fn decide(
    connection: &Connection,
    changes: &[Change],
    search: bool,
) -> Result<Vec<Outcome>, StoreError> {
    let mut plan = Plan::new(load::answers(connection, &Questions::of(changes))?);
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        outcomes.push(match change {
            Change::Advance(advance) => plan.advance(advance),
            Change::Probe {
                key,
                body,
                quote_seq,
            } => plan.probe(key, body.as_ref(), *quote_seq),
            Change::Mark(mark) => plan.mark(mark),
            Change::MoveLeft(moved) => plan.move_left(moved),
            Change::CreateVisitor {
                visitor,
                head,
                session,
            } => {
                people::create_visitor(connection, visitor, session)?;
                plan.create(head);
                Outcome::Applied
            }
            Change::Identify(arrival) => {
                let outcome = identity::arrive(connection, arrival)?;
                if let (Outcome::Applied, Some((_, head))) = (&outcome, &arrival.fresh) {
                    plan.create(head);
                }
                outcome
            }
            Change::ReserveMedia { .. }
            | Change::SealMedia { .. }
            | Change::ExpireMedia(_)
            | Change::ForgetMedia { .. } => media::change(connection, change)?,
            Change::AddNote(_) | Change::ReadMentions { .. } => notes::change(connection, change)?,
            Change::SaveCanned(_) | Change::DeleteCanned { .. } => {
                canned::change(connection, change)?
            }
            Change::ChangeTags(change) => tags::change(connection, change)?,
            Change::Rate { .. } | Change::Summarize { .. } => closing::change(connection, change)?,
            Change::CountProposed(_) | Change::SeePage(_) => assist::change(connection, change)?,
            Change::SeeAlerts(seen) => alerts::see(connection, seen)?,
            Change::SetState(change) => people::set_state(connection, change)?,
            Change::Happened { .. } | Change::ForgetEvents { .. } => {
                events::change(connection, change)?
            }
            Change::PutPiece { .. } | Change::SealContent { .. } | Change::RecordVersion(_) => {
                catalogue::change(connection, change)?
            }
            Change::IndexOlder { messages_max } => Outcome::Indexed {
                whole: !search || search::index_older(connection, *messages_max)?,
            },
            other => people::change(connection, other)?,
        });
    }
    let rows = plan.rows();
    bulk::heads(connection, &rows.heads)?;
    bulk::messages(connection, &rows.messages)?;
    assist::taken(connection, &rows.messages)?;
    bulk::recalled(connection, &rows.recalled)?;
    bulk::cursors(connection, &rows.cursors)?;
    media::sent(connection, &rows.sent)?;
    media::gone(connection, &rows.gone)?;
    left::write(connection, &rows.left)?;
    events::put(connection, &rows.events)?;
    alerts::put(connection, &rows.alerts)?;
    if search {
        search::index(connection, &rows.messages)?;
        search::forget(connection, &rows.recalled)?;
    }
    raise(connection, ceiling(changes, &outcomes))?;
    Ok(outcomes)
}

fn raise(connection: &Connection, id: u64) -> Result<(), StoreError> {
    if id == 0 {
        return Ok(());
    }
    let sql = "UPDATE marks SET value = max(value, ?) WHERE name = 'ceiling'";
    execute(connection, sql, [signed(id)]).map(drop)
}
