//! Inside a transaction: load what the plan asks, decide, write what it ends with.

use kefu_chat::{
    Head,
    store::{Change, MovedHead, Outcome, Plan, Questions, StoreError, taken_in},
};
use sqlx::PgConnection;

use super::{
    alerts, assist,
    bulk::{self, Batch, Before, Written},
    canned, catalogue, closing, events,
    fresh::{self, Fresh},
    identity, left, load, marks, media, notes, people, search, tags,
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
    (writer, number): (&str, i64),
    search: bool,
) -> Result<Decided, StoreError> {
    let known = load::answers(connection, &Questions::of(changes)).await?;
    let before: Before = known.heads.clone();
    let mut plan = Plan::new(known);
    let outcomes = each(connection, changes, &mut plan, search).await?;
    let rows = plan.rows();
    if is_idle(changes, &outcomes) && rows.cursors.is_empty() {
        return Ok(Decided::Nothing(outcomes));
    }
    let (mut moved, mut begun): (_, Vec<&Head>) = (Vec::new(), Vec::new());
    // One statement for all, so all are written whole when one must be.
    let whole = rows.heads.iter().any(|moved| moved.whole);
    for MovedHead { head, .. } in rows.heads {
        match before.get(&(head.tenant, head.id)) {
            Some(old) => moved.push((head, *old)),
            None => begun.push(head),
        }
    }
    fresh::begin(connection, &begun).await?;
    let taken = taken_in(rows.messages.iter().copied());
    let batch = Batch {
        moved,
        whole,
        messages: rows.messages,
        writer,
        number,
        ceiling: ceiling(changes, &outcomes),
        search,
    };
    match bulk::write(connection, batch).await? {
        Written::Whole => {}
        other => return Ok(Decided::Again(other)),
    }
    assist::taken(connection, &taken).await?;
    marks::recall(connection, &rows.recalled).await?;
    if search {
        search::forget(connection, &rows.recalled).await?;
    }
    marks::cursors(connection, &rows.cursors).await?;
    media::sent(connection, &rows.sent).await?;
    media::gone(connection, &rows.gone).await?;
    if !left::write(connection, &rows.left).await? {
        return Ok(Decided::Again(Written::Moved));
    }
    events::put(connection, &rows.events).await?;
    alerts::put(connection, &rows.alerts).await?;
    Ok(Decided::Write(outcomes))
}

async fn each(
    connection: &mut PgConnection,
    changes: &[Change],
    plan: &mut Plan,
    search: bool,
) -> Result<Vec<Outcome>, StoreError> {
    let mut fresh = Fresh::default();
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
                fresh.visitors.push(visitor);
                fresh.sessions.push(session);
                plan.create(head);
                Outcome::Applied
            }
            Change::CreateSession(session) => {
                fresh.sessions.push(session);
                Outcome::Applied
            }
            Change::Identify(arrival) => {
                let outcome = identity::arrive(connection, arrival, &mut fresh).await?;
                if let (Outcome::Applied, Some((_, head))) = (&outcome, &arrival.fresh) {
                    plan.create(head);
                }
                outcome
            }
            Change::ReserveMedia { .. }
            | Change::SealMedia { .. }
            | Change::ExpireMedia(_)
            | Change::ForgetMedia { .. } => media::change(connection, change).await?,
            Change::AddNote(_) | Change::ReadMentions { .. } => {
                notes::change(connection, change).await?
            }
            Change::SaveCanned(_) | Change::DeleteCanned { .. } => {
                canned::change(connection, change).await?
            }
            Change::ChangeTags(change) => tags::change(connection, change).await?,
            Change::Rate { .. } | Change::Summarize { .. } => {
                closing::change(connection, change).await?
            }
            Change::CountProposed(_) | Change::SeePage(_) => {
                assist::change(connection, change).await?
            }
            Change::SeeAlerts(seen) => alerts::see(connection, seen).await?,
            Change::SetState(change) => people::set_state(connection, change).await?,
            Change::Happened { .. } | Change::ForgetEvents { .. } => {
                events::change(connection, change).await?
            }
            Change::PutPiece { .. } | Change::SealContent { .. } | Change::RecordVersion(_) => {
                catalogue::change(connection, change).await?
            }
            Change::IndexOlder { messages_max } => Outcome::Indexed {
                whole: !search || search::index_older(connection, *messages_max).await?,
            },
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

/// Whether all was about conversations, and all was refused or merely asked, but for cursors.
fn is_idle(changes: &[Change], outcomes: &[Outcome]) -> bool {
    let mut pairs = changes.iter().zip(outcomes);
    pairs.all(|(change, outcome)| {
        let moves = matches!(
            change,
            Change::Advance(_) | Change::Probe { .. } | Change::Mark(_) | Change::MoveLeft(_)
        );
        moves && *outcome != Outcome::Applied
    })
}
