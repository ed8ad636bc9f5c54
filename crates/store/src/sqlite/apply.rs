//! One transaction: load what the plan asks, decide, write what it ends with.

use kefu_chat::store::{Change, Outcome, Plan, Questions, StoreError};
use kefu_types::TenantId;
use sqlx::SqliteConnection;

use super::{SqliteStore, bulk, catalogue, error::sort, load, people, search};
use crate::{ids::ceiling, nul, rows::signed};

/// The one connection that writes.
///
/// Transactions are plain statements here and not `sqlx::Transaction`: when SQLite itself rolls
/// back (disk full, IO error), sqlx still counts a transaction and refuses every later one.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) connection: SqliteConnection,
    /// A transaction may be open: its call failed, or was dropped half way.
    unfinished: bool,
    /// What is written is indexed for searches.
    pub(crate) search: bool,
}

impl Writer {
    pub(crate) const fn new(connection: SqliteConnection, search: bool) -> Self {
        Self {
            connection,
            unfinished: false,
            search,
        }
    }

    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let done = sqlx::query(sql).execute(&mut self.connection).await;
        done.map(drop).map_err(sort)
    }

    /// Clears away what is left of a transaction. "None is active" is what one hopes to hear.
    async fn abandon(&mut self) {
        if self.unfinished && self.run("ROLLBACK").await.is_err() {
            tracing::debug!("the database had rolled back by itself");
        }
        self.unfinished = false;
    }

    async fn transaction(&mut self, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        self.abandon().await;
        // IMMEDIATE takes the write lock first, so that what is loaded cannot change before the
        // commit, and another process's lock is met here, where waiting is free of harm.
        self.unfinished = true;
        self.run("BEGIN IMMEDIATE").await?;
        let outcomes = decide(&mut self.connection, changes, self.search).await?;
        self.run("COMMIT").await?;
        self.unfinished = false;
        Ok(outcomes)
    }
}

impl SqliteStore {
    pub(crate) async fn apply_all(&self, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        nul::refuse(changes)?;
        let mut writer = self.writer.lock().await;
        let done = writer.transaction(changes).await;
        if done.is_err() {
            writer.abandon().await;
        }
        done
    }

    /// Takes messages of a tenant out of the index of searches, durably. Says how many were in it.
    ///
    /// # Errors
    /// As [`Store::apply`](kefu_chat::store::Store::apply).
    pub async fn unindex(&self, tenant: TenantId, ids: &[u64]) -> Result<usize, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.abandon().await;
        writer.unfinished = true;
        writer.run("BEGIN IMMEDIATE").await?;
        let done = search::unindex(&mut writer.connection, tenant, ids).await;
        let done = match done {
            Ok(gone) => writer.run("COMMIT").await.map(|()| gone),
            Err(error) => Err(error),
        };
        if done.is_err() {
            writer.abandon().await;
        }
        writer.unfinished = false;
        done
    }

    pub(crate) async fn probe_disk(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        writer.abandon().await;
        writer
            .run("UPDATE marks SET value = value + 1 WHERE name = 'probe'")
            .await
    }
}

async fn decide(
    connection: &mut SqliteConnection,
    changes: &[Change],
    search: bool,
) -> Result<Vec<Outcome>, StoreError> {
    let mut plan = Plan::new(load::answers(connection, Questions::of(changes)).await?);
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
            Change::CreateVisitor {
                visitor,
                head,
                session,
            } => {
                people::create_visitor(connection, visitor, session).await?;
                plan.create(head);
                Outcome::Applied
            }
            Change::PutPiece { .. } | Change::SealContent { .. } | Change::RecordVersion(_) => {
                catalogue::change(connection, change).await?
            }
            Change::IndexOlder { messages_max } => Outcome::Indexed {
                whole: !search || search::index_older(connection, *messages_max).await?,
            },
            other => people::change(connection, other).await?,
        });
    }
    let rows = plan.rows();
    bulk::heads(connection, &rows.heads).await?;
    bulk::messages(connection, &rows.messages).await?;
    bulk::recalled(connection, &rows.recalled).await?;
    bulk::cursors(connection, &rows.cursors).await?;
    if search {
        search::index(connection, &rows.messages).await?;
        search::forget(connection, &rows.recalled).await?;
    }
    raise(connection, ceiling(changes, &outcomes)).await?;
    Ok(outcomes)
}

async fn raise(connection: &mut SqliteConnection, id: u64) -> Result<(), StoreError> {
    if id == 0 {
        return Ok(());
    }
    sqlx::query("UPDATE marks SET value = max(value, ?) WHERE name = 'ceiling'")
        .bind(signed(id))
        .execute(connection)
        .await
        .map(drop)
        .map_err(sort)
}
