//! One transaction: answer what the plan asks, decide, write what it ends with.

use std::{collections::BTreeMap, sync::Arc};

use kefu_chat::{
    Head,
    store::{
        Advance, Change, ClientKey, Known, KnownHead, LeftMove, MovedHead, Outcome, Plan,
        Questions, Rows, StoreError,
    },
};
use kefu_proto::v1;
use kefu_types::TenantId;

use super::{
    alerts, assist, catalogue, closing, events, filed, identity, left, media, notes, people,
    tables::{HeadKey, Tables, key_of},
};

/// What a transaction did, one after the other.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A conversation moved on, or began.
    Moved(Moved),
    /// What became of a message left, and whose tenant it is.
    Left(TenantId, Box<v1::LeftMessage>),
}

/// A conversation moved on, or began.
#[derive(Debug, Clone)]
pub(crate) struct Moved {
    pub(crate) before: Option<Arc<Head>>,
    pub(crate) after: Arc<Head>,
    pub(crate) messages: Arc<[v1::Message]>,
}

pub(super) fn apply(
    tables: &mut Tables,
    changes: &[Change],
) -> Result<(Vec<Outcome>, Vec<Step>), StoreError> {
    // Everything that can be rejected is looked at before the first row is written.
    changes
        .iter()
        .try_for_each(|change| people::acceptable(tables, change))?;
    let mut plan = Plan::new(answers(tables, changes));
    let mut outcomes = Vec::with_capacity(changes.len());
    let mut steps = Vec::new();
    let mut newest: BTreeMap<HeadKey, Arc<Head>> = BTreeMap::new();
    for change in changes {
        let outcome = match change {
            Change::Advance(advance) => {
                let outcome = plan.advance(advance);
                if outcome == Outcome::Applied {
                    steps.push(step(tables, &mut newest, advance));
                    steps.extend(advance.left.as_deref().map(left_step));
                }
                outcome
            }
            Change::Probe {
                key,
                body,
                quote_seq,
            } => plan.probe(key, body.as_ref(), *quote_seq),
            Change::Mark(mark) => plan.mark(mark),
            Change::MoveLeft(moved) => {
                let outcome = plan.move_left(moved);
                if outcome == Outcome::Applied {
                    steps.push(left_step(moved));
                }
                outcome
            }
            Change::CreateVisitor {
                visitor,
                head,
                session,
            } => {
                people::create_visitor(tables, visitor, session);
                plan.create(head);
                newest.insert((head.tenant, head.id), head.clone());
                steps.push(begun(head));
                Outcome::Applied
            }
            Change::Identify(arrival) => {
                let outcome = identity::arrive(tables, arrival);
                if let (Outcome::Applied, Some((_, head))) = (&outcome, &arrival.fresh) {
                    plan.create(head);
                    newest.insert((head.tenant, head.id), head.clone());
                    steps.push(begun(head));
                }
                outcome
            }
            Change::ReserveMedia { .. }
            | Change::SealMedia { .. }
            | Change::ExpireMedia(_)
            | Change::ForgetMedia { .. } => media::change(tables, change),
            Change::AddNote(_) | Change::ReadMentions { .. } => notes::change(tables, change),
            Change::ChangeTags(_) | Change::SaveCanned(_) | Change::DeleteCanned { .. } => {
                filed::change(tables, change)
            }
            Change::Rate { .. } | Change::Summarize { .. } => closing::change(tables, change),
            Change::CountProposed(_) | Change::SeePage(_) => assist::change(tables, change),
            Change::SeeAlerts(seen) => alerts::see(tables, seen),
            Change::SetState(_) | Change::Happened { .. } | Change::ForgetEvents { .. } => {
                events::change(tables, change)
            }
            Change::PutPiece { .. } | Change::SealContent { .. } | Change::RecordVersion(_) => {
                catalogue::change(tables, change)?
            }
            // Nothing is indexed here: everything is searchable at once.
            Change::IndexOlder { .. } => Outcome::Indexed { whole: true },
            other => people::change(tables, other),
        };
        if matches!(
            outcome,
            Outcome::Applied | Outcome::Noted { .. } | Outcome::Tagged(_)
        ) {
            tables.ceiling = tables.ceiling.max(change.largest_id());
        }
        outcomes.push(outcome);
    }
    write(tables, &plan);
    Ok((outcomes, steps))
}

pub(super) fn foresee(tables: &Tables, changes: &[Change]) -> Vec<Outcome> {
    let mut plan = Plan::new(answers(tables, changes));
    let decide = |change: &Change| match change {
        Change::Advance(advance) => plan.advance(advance),
        Change::Probe {
            key,
            body,
            quote_seq,
        } => plan.probe(key, body.as_ref(), *quote_seq),
        Change::Mark(mark) => plan.mark(mark),
        Change::MoveLeft(moved) => plan.move_left(moved),
        _ => Outcome::Missing,
    };
    changes.iter().map(decide).collect()
}

fn step(tables: &Tables, newest: &mut BTreeMap<HeadKey, Arc<Head>>, advance: &Advance) -> Step {
    let key = (advance.head.tenant, advance.head.id);
    let before = newest.insert(key, advance.head.clone());
    Step::Moved(Moved {
        before: before.or_else(|| tables.heads.get(&key).cloned()),
        after: advance.head.clone(),
        messages: advance.messages.clone(),
    })
}

fn begun(head: &Arc<Head>) -> Step {
    Step::Moved(Moved {
        before: None,
        after: head.clone(),
        messages: [].into(),
    })
}

fn left_step(moved: &LeftMove) -> Step {
    Step::Left(moved.tenant, Box::new(moved.row.clone()))
}

fn answers(tables: &Tables, changes: &[Change]) -> Known {
    let asked = Questions::of(changes);
    let mut known = Known::default();
    for key in asked.heads {
        if let Some(head) = tables.heads.get(&key) {
            known.heads.insert(key, KnownHead::from(&**head));
        }
    }
    for key in asked.keys {
        if let Some(message) = tables.keys.get(&key_of(&key)) {
            known.keys.insert(key, message.clone());
        }
    }
    for (tenant, agent) in asked.owners {
        let owned = tables.owned(tenant, agent);
        known.owners.insert((tenant, agent), owned);
    }
    for (tenant, group) in asked.rooms {
        let owned = tables.owned_in(tenant, group);
        known.rooms.insert((tenant, group), owned);
    }
    for (tenant, id, seq) in asked.messages {
        let rows = tables.messages.get(&(tenant, id));
        if let Some(row) = rows.and_then(|rows| rows.iter().find(|row| row.seq == seq)) {
            known.messages.insert((tenant, id, seq), row.into());
        }
    }
    for key in asked.media {
        if let Some(media) = tables.media.get(&key) {
            known.media.insert(key, media.clone());
        }
    }
    for key in asked.cursors {
        if let Some(devices) = tables.cursors.get(&key) {
            known.cursors.insert(key, devices.clone());
        }
    }
    left::answers(tables, &asked.left, &asked.left_waiting, &mut known);
    known
}

fn write(tables: &mut Tables, plan: &Plan) {
    let Rows {
        heads,
        messages,
        recalled,
        cursors,
        sent,
        gone,
        left,
        events: told,
        alerts: found,
    } = plan.rows();
    left::write(tables, &left);
    events::put(tables, told);
    alerts::put(tables, &found);
    media::sent(tables, &sent);
    media::gone(tables, &gone);
    for MovedHead { head, whole } in heads {
        let before = tables
            .heads
            .insert((head.tenant, head.id), Arc::new(head.clone()));
        // A database would have kept the columns that are not written.
        assert!(
            whole || before.is_some_and(|before| before.is_moved_by(head)),
            "more of a head moved than is written"
        );
    }
    assist::taken(tables, &messages);
    for (tenant, message) in messages {
        let conversation = kefu_types::ConversationId(message.conversation_id);
        let rows = tables.messages.entry((tenant, conversation)).or_default();
        rows.push(message.clone());
        if !message.client_id.is_empty() {
            let key = ClientKey {
                tenant,
                conversation,
                sender: message.sender,
                sender_id: message.sender_id,
                client_id: message.client_id.clone(),
            };
            tables.keys.insert(key_of(&key), message.clone());
        }
    }
    for ((tenant, conversation, seq), fact_seq) in recalled {
        let rows = tables.messages.get_mut(&(tenant, conversation));
        let mut rows = rows.into_iter().flatten();
        if let Some(row) = rows.find(|row| row.seq == seq) {
            row.recalled_seq = fact_seq;
        }
    }
    for (key, device, row) in cursors {
        let devices = tables.cursors.entry(*key).or_default();
        match row {
            Some(row) => devices.insert(device.to_owned(), row),
            None => devices.remove(device),
        };
    }
}
