//! What became of changes whose answer was lost.
//!
//! A store that says "try again" may have committed: the connection can break between the commit
//! and its answer. The same changes then look like conflicts and duplicates of themselves, and
//! whoever believes that forgets to fan them out, to hand out their turns, to tell their callers.
//! Ids and stamps are unique to one change, so the rows say whose they are.

use std::collections::HashSet;

use kefu_types::{AgentId, ConversationId, TenantId};

use crate::store::{Advance, Change, LeftAt, Mark, Outcome, Page, Store, StoreError};

/// The outcomes of a try, where an earlier one may have been committed: what that one did is
/// `Applied`, whatever this one found.
pub(super) async fn told(
    store: &dyn Store,
    changes: &[Change],
    outcomes: Vec<Outcome>,
) -> Result<Vec<Outcome>, StoreError> {
    let marked = |outcome: Outcome| match outcome {
        // The lost try may have moved it already; to be told twice harms nobody.
        Outcome::Marked { reach, .. } => Outcome::Marked { reach, moved: true },
        other => other,
    };
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(marked).collect();
    let clear = |outcome: &Outcome| {
        use Outcome::{Applied, Marked, Noted, Revoked, Tagged};
        matches!(
            outcome,
            Applied | Revoked(_) | Marked { .. } | Noted { .. } | Tagged(_)
        )
    };
    if outcomes.iter().all(clear) {
        return Ok(outcomes);
    }
    let landed = landed(store, changes).await?;
    let settle = |(outcome, landed): (Outcome, bool)| match outcome {
        clear @ (Outcome::Revoked(_)
        | Outcome::Marked { .. }
        | Outcome::Noted { .. }
        | Outcome::Tagged(_)) => clear,
        _ if landed => Outcome::Applied,
        other => other,
    };
    Ok(outcomes.into_iter().zip(landed).map(settle).collect())
}

/// Which of the changes are durable, each as this very change.
pub(super) async fn landed(store: &dyn Store, changes: &[Change]) -> Result<Vec<bool>, StoreError> {
    let mut landed = vec![false; changes.len()];
    // From the last one back: what a durable change was built on is durable, too, although its
    // own head has been overwritten.
    let mut built_on: HashSet<(TenantId, ConversationId, u64)> = HashSet::new();
    for (change, landed) in changes.iter().zip(&mut landed).rev() {
        *landed = match change {
            Change::Advance(advance) => {
                let head = &advance.head;
                built_on.contains(&(head.tenant, head.id, head.stamp))
                    || moved(store, advance).await?
            }
            Change::CreateVisitor { head, .. } => store.head(head.tenant, head.id).await?.is_some(),
            Change::Identify(arrival) => store.session(arrival.session.token).await?.is_some(),
            Change::CreateSession(session) => store.session(session.token).await?.is_some(),
            Change::CreateUser(user)
            | Change::UpdateUser(user)
            | Change::CompleteSetup { user, .. } => {
                store.user(user.tenant, user.id).await?.as_ref() == Some(user)
            }
            Change::SetState(change) => {
                let user = &change.user;
                store.user(user.tenant, user.id).await?.as_ref() == Some(user)
            }
            Change::PutGroup(group) => {
                let stored = store.groups(Some(group.tenant)).await?;
                stored.contains(group)
            }
            Change::Mark(mark) => reached(store, mark).await?,
            Change::BeginEpoch { epoch, .. } => store.lineage().await?.epoch >= *epoch,
            Change::SaveCanned(saved) => {
                let owner = AgentId(saved.reply.owner_id);
                let kept = store.canned(saved.tenant, owner).await?;
                kept.contains(&saved.reply)
            }
            Change::DeleteCanned { tenant, owner, id } => {
                let kept = store.canned(*tenant, *owner).await?;
                kept.iter().all(|reply| reply.id != *id)
            }
            Change::MoveLeft(moved) => {
                let stored = store.left(moved.tenant, LeftAt::Id(moved.row.id)).await?;
                stored.as_ref() == Some(&moved.row)
            }
            // Said by their answers, whoever caused them; those of notes are passed on at every retry.
            Change::CreateTenant { .. }
            | Change::Probe { .. }
            | Change::RevokeSessions { .. }
            | Change::OpenSetup { .. }
            | Change::Rate { .. }
            | Change::Happened { .. }
            | Change::ForgetEvents { .. }
            | Change::Summarize { .. }
            | Change::CountProposed(_)
            | Change::SeePage(_)
            | Change::SeeAlerts(_)
            | Change::ReserveMedia { .. }
            | Change::SealMedia { .. }
            | Change::ExpireMedia(_)
            | Change::ForgetMedia { .. }
            | Change::AddNote(_)
            | Change::ChangeTags(_)
            | Change::ReadMentions { .. }
            | Change::PutPiece { .. }
            | Change::SealContent { .. }
            | Change::RecordVersion(_)
            | Change::IndexOlder { .. } => false,
        };
        if *landed && let Change::Advance(advance) = change {
            let head = &advance.head;
            built_on.insert((head.tenant, head.id, advance.expected_stamp));
        }
    }
    Ok(landed)
}

/// Whether the person is as far as the mark says.
async fn reached(store: &dyn Store, mark: &Mark) -> Result<bool, StoreError> {
    let cursors = store.cursors(mark.tenant, mark.conversation, u32::MAX);
    let found = cursors
        .await?
        .into_iter()
        .find(|(who, _)| *who == mark.person);
    Ok(found.is_some_and(|(_, reach)| {
        reach.delivered_seq >= mark.delivered_seq && reach.read_seq >= mark.read_seq
    }))
}

async fn moved(store: &dyn Store, advance: &Advance) -> Result<bool, StoreError> {
    let head = &advance.head;
    let Some(first) = advance.messages.first() else {
        let now = store.head(head.tenant, head.id).await?;
        return Ok(now.is_some_and(|now| now.stamp == head.stamp));
    };
    let page = Page::After(first.seq.saturating_sub(1));
    let found = store.messages(head.tenant, head.id, page, 1).await?;
    Ok(found.first().is_some_and(|message| message.id == first.id))
}
