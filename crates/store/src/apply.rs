//! One transaction: load what the plan asks, decide, write what it ends with.

use kefu_chat::store::{Change, Outcome, Plan, Questions, StoreError};
use kefu_types::TenantId;
use sqlx::{Connection as _, SqliteConnection};

use crate::{SqliteStore, bulk, error::sort, load, people, rows::signed};

impl SqliteStore {
    pub(crate) async fn apply_all(&self, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        let mut writer = self.writer.lock().await;
        // IMMEDIATE takes the write lock first, so that what is loaded cannot change before the
        // commit, and another process's lock is met here, where waiting is free of harm.
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(sort)?;
        let outcomes = decide(&mut transaction, changes).await?;
        transaction.commit().await.map_err(sort)?;
        Ok(outcomes)
    }

    pub(crate) async fn probe_disk(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let moved = sqlx::query("UPDATE marks SET value = value + 1 WHERE name = 'probe'");
        moved.execute(&mut *writer).await.map(drop).map_err(sort)
    }
}

async fn decide(
    connection: &mut SqliteConnection,
    changes: &[Change],
) -> Result<Vec<Outcome>, StoreError> {
    let mut plan = Plan::new(load::answers(connection, Questions::of(changes)).await?);
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        outcomes.push(match change {
            Change::Advance(advance) => plan.advance(advance),
            Change::Probe { key, body } => plan.probe(key, body.as_ref()),
            Change::CreateVisitor {
                visitor,
                head,
                session,
            } => {
                people::create_visitor(connection, visitor, session).await?;
                plan.create(head);
                Outcome::Applied
            }
            other => people::change(connection, other).await?,
        });
    }
    let (heads, messages) = plan.rows();
    bulk::heads(connection, &heads).await?;
    bulk::messages(connection, &messages).await?;
    let applied = changes
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Applied);
    raise(
        connection,
        applied
            .map(|(change, _)| largest_id(change))
            .max()
            .unwrap_or(0),
    )
    .await?;
    Ok(outcomes)
}

/// The largest id that a change stores. Ids are drawn in order, so the newest of each kind is enough.
fn largest_id(change: &Change) -> u64 {
    match change {
        Change::Advance(advance) => {
            let message = advance.messages.last().map_or(0, |message| message.id);
            advance
                .head
                .stamp
                .max(message)
                .max(advance.head.rank.map_or(0, |rank| rank.ticket))
        }
        Change::CreateTenant {
            id: TenantId(id), ..
        } => *id,
        Change::CreateVisitor { head, session, .. } => session.id.0.max(head.stamp),
        Change::CreateUser(user) => user.id.0,
        Change::CreateSession(session) => session.id.0,
        Change::CompleteSetup { user, session, .. } => user.id.0.max(session.id.0),
        Change::Probe { .. }
        | Change::UpdateUser(_)
        | Change::RevokeSessions { .. }
        | Change::OpenSetup { .. } => 0,
    }
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
