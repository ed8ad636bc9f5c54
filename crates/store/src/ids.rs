//! The largest id that was ever stored, so that a generator whose clock was set back starts above.

use kefu_chat::store::{Change, Outcome};
use kefu_types::TenantId;

/// The largest id among the changes that applied; 0 when none stores any.
pub(crate) fn ceiling(changes: &[Change], outcomes: &[Outcome]) -> u64 {
    let applied = changes
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Applied);
    applied
        .map(|(change, _)| largest_id(change))
        .max()
        .unwrap_or(0)
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
        | Change::PutPiece { .. }
        | Change::SealContent { .. }
        | Change::RecordVersion(_)
        | Change::UpdateUser(_)
        | Change::RevokeSessions { .. }
        | Change::OpenSetup { .. } => 0,
    }
}
