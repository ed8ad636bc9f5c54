//! Inside a transaction: load what the plan asks, decide, write what it ends with.

use kefu_chat::{
    Head,
    store::{Change, Outcome, Plan, Questions, StoreError},
};
use sqlx::PgConnection;

use super::{
    bulk::{self, Batch, Before, Written},
    catalogue,
    fresh::{self, Fresh},
    load, people,
};
use crate::ids::ceiling;

/// What a batch became, before its commit.
#[derive(Debug)]
pub(crate) enum Decided {
    /// To be committed.
    Write(Vec<Outcome>),
    /// Nothing was written, nothing is to be committed.
    Nothing(Vec<Outcome>),
    /// To be rolled back, and not [`Written::Whole`].
    Again(Written),
}

/// Decides all changes and writes what they become, in the open transaction.
pub(crate) async fn decide(
    connection: &mut PgConnection,
    changes: &[Change],
    writer: &str,
    number: i64,
) -> Result<Decided, StoreError> {
    let known = load::answers(connection, &Questions::of(changes)).await?;
    let before: Before = known.heads.clone();
    let mut plan = Plan::new(known);
    let outcomes = each(connection, changes, &mut plan).await?;
    if is_idle(changes, &outcomes) {
        return Ok(Decided::Nothing(outcomes));
    }
    let (heads, messages) = plan.rows();
    let (mut moved, mut begun): (_, Vec<&Head>) = (Vec::new(), Vec::new());
    for head in heads {
        match before.get(&(head.tenant, head.id)) {
            Some(old) => moved.push((head, *old)),
            None => begun.push(head),
        }
    }
    fresh::begin(connection, &begun).await?;
    let batch = Batch {
        moved,
        messages,
        writer,
        number,
        ceiling: ceiling(changes, &outcomes),
    };
    Ok(match bulk::write(connection, batch).await? {
        Written::Whole => Decided::Write(outcomes),
        other => Decided::Again(other),
    })
}

async fn each(
    connection: &mut PgConnection,
    changes: &[Change],
    plan: &mut Plan,
) -> Result<Vec<Outcome>, StoreError> {
    let mut fresh = Fresh::default();
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
                fresh.visitors.push(visitor);
                fresh.sessions.push(session);
                plan.create(head);
                Outcome::Applied
            }
            Change::CreateSession(session) => {
                fresh.sessions.push(session);
                Outcome::Applied
            }
            Change::PutPiece { .. } | Change::SealContent { .. } | Change::RecordVersion(_) => {
                catalogue::change(connection, change).await?
            }
            other => {
                // It may look at sessions that were made before it.
                fresh.write(connection).await?;
                people::change(connection, other).await?
            }
        });
    }
    fresh.write(connection).await?;
    Ok(outcomes)
}

/// Whether all was about conversations, and all was refused or merely asked.
fn is_idle(changes: &[Change], outcomes: &[Outcome]) -> bool {
    let mut pairs = changes.iter().zip(outcomes);
    pairs.all(|(change, outcome)| {
        matches!(change, Change::Advance(_) | Change::Probe { .. }) && *outcome != Outcome::Applied
    })
}
