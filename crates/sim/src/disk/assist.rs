//! Counts of proposals and pages of visitors. The simulator's people have neither; the port has them.

use kefu_chat::store::{Change, Outcome, taken_in};
use kefu_proto::v1;
use kefu_types::{TenantId, VisitorId};

use super::tables::Tables;

pub(super) fn change(tables: &mut Tables, change: &Change) -> Outcome {
    match change {
        Change::CountProposed(counts) => {
            for row in counts {
                let key = (row.tenant, row.day, row.intent.clone());
                tables.assist.entry(key).or_default().0 += row.count;
            }
            Outcome::Applied
        }
        Change::SeePage(new) => {
            let pages = tables.pages.entry((new.tenant, new.visitor)).or_default();
            pages.push(new.page.clone());
            let most = usize::try_from(new.pages_max).unwrap_or(usize::MAX);
            let old = pages.len().saturating_sub(most);
            pages.drain(..old);
            Outcome::Applied
        }
        _ => Outcome::Missing,
    }
}

pub(super) fn taken(tables: &mut Tables, messages: &[(TenantId, &v1::Message)]) {
    let messages = messages.iter().map(|(tenant, message)| (*tenant, *message));
    for (key, (taken, edited)) in taken_in(messages) {
        let row = tables.assist.entry(key).or_default();
        row.1 += taken;
        row.2 += edited;
    }
}

pub(super) fn counts(tables: &Tables, tenant: TenantId, from_day: i64) -> Vec<v1::AssistCount> {
    let days = tables
        .assist
        .range((tenant, from_day, String::new())..)
        .take_while(|((whose, ..), _)| *whose == tenant);
    let row =
        |((_, day, intent), (proposed, taken, edited)): (&(_, i64, String), &(u64, u64, u64))| {
            v1::AssistCount {
                intent: intent.clone(),
                day: *day,
                proposed: *proposed,
                taken: *taken,
                edited: *edited,
            }
        };
    let mut counts: Vec<_> = days.map(row).collect();
    counts.sort_by(|a, b| (&a.intent, a.day).cmp(&(&b.intent, b.day)));
    counts
}

pub(super) fn pages(
    tables: &Tables,
    tenant: TenantId,
    visitor: VisitorId,
    limit: usize,
) -> Vec<v1::PageSeen> {
    let pages = tables.pages.get(&(tenant, visitor)).into_iter().flatten();
    pages.rev().take(limit).cloned().collect()
}
