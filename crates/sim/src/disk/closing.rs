//! Ratings and summaries. The simulator's people give none; the port has them.

use kefu_chat::store::{Change, Outcome};
use kefu_proto::v1;
use kefu_types::{ConversationId, TenantId};

use super::{events, tables::Tables};

pub(super) fn change(tables: &mut Tables, change: &Change) -> Outcome {
    match change {
        Change::Rate {
            tenant,
            rating,
            event,
        } => {
            let ending = entry(tables, *tenant, rating.conversation_id, rating.ended_seq);
            if let Some(first) = &ending.rating {
                return Outcome::Rated(Box::new(first.clone()));
            }
            ending.rating = Some((**rating).clone());
            events::put(tables, [(*tenant, &**event)]);
            Outcome::Applied
        }
        Change::Summarize { tenant, summary } => {
            let ending = entry(tables, *tenant, summary.conversation_id, summary.ended_seq);
            ending.summary = Some((**summary).clone());
            Outcome::Applied
        }
        _ => Outcome::Missing,
    }
}

fn entry(tables: &mut Tables, tenant: TenantId, id: u64, ended_seq: u64) -> &mut v1::Ending {
    let key = (tenant, ConversationId(id), ended_seq);
    tables.endings.entry(key).or_insert_with(|| v1::Ending {
        ended_seq,
        ..v1::Ending::default()
    })
}

pub(super) fn endings(
    tables: &Tables,
    tenant: TenantId,
    id: ConversationId,
    limit: usize,
) -> Vec<v1::Ending> {
    let of_conversation = tables
        .endings
        .range((tenant, id, 0)..=(tenant, id, u64::MAX));
    let newest = of_conversation.rev().take(limit);
    newest.map(|(_, ending)| ending.clone()).collect()
}
