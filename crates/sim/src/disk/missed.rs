//! What a device missed.

use kefu_chat::{
    Head, Reach,
    store::{ALL_DEVICES, Missed, MissedAsk, Page, is_unread},
};
use kefu_types::{AgentId, ConversationId};

use super::{history, port::size, tables::Tables};
use crate::planted::Planted;

pub(super) fn missed(tables: &Tables, ask: &MissedAsk, planted: Option<Planted>) -> Vec<Missed> {
    let from = tables.heads.range((ask.tenant, ConversationId(0))..);
    let own = from.take_while(|((tenant, _), _)| *tenant == ask.tenant);
    let wanted = own.filter(|(_, head)| is_wanted(tables, ask, head));
    let page = wanted.take(size(ask.limit));
    page.map(|(_, head)| one(tables, ask, head, planted))
        .collect()
}

fn is_wanted(tables: &Tables, ask: &MissedAsk, head: &Head) -> bool {
    if let Some(only) = ask.only {
        return head.id == only;
    }
    let devices = tables.cursors.get(&(head.tenant, head.id, ask.person));
    let all = devices.and_then(|devices| devices.get(ALL_DEVICES));
    let behind = all.is_some_and(|all| all.reach.read_seq < head.last_seq);
    head.id > ask.after && (behind || head.owner() == Some(AgentId(ask.person.id)))
}

fn one(tables: &Tables, ask: &MissedAsk, head: &Head, planted: Option<Planted>) -> Missed {
    let place = (head.tenant, head.id);
    let devices = tables.cursors.get(&(head.tenant, head.id, ask.person));
    let reach_of = |device: &str| {
        let row = devices.and_then(|devices| devices.get(device));
        row.map_or(Reach::default(), |row| row.reach)
    };
    let delivered_seq = reach_of(&ask.device).delivered_seq;
    let reach = reach_of(ALL_DEVICES);
    let after = ask.unread_after(head.last_seq, reach.read_seq);
    let rows = tables.messages.get(&place).into_iter().flatten();
    let later = rows.filter(|row| row.seq > after);
    let unread = match planted {
        // Facts and own words are counted, too.
        Some(Planted::MiscountedUnread) => later.count(),
        _ => later.filter(|row| is_unread(ask.person, row)).count(),
    };
    let messages = history::page(
        tables,
        place,
        Page::After(delivered_seq),
        ask.messages_max,
        planted,
    );
    Missed {
        head: head.clone(),
        delivered_seq,
        reach,
        unread: u32::try_from(unread)
            .unwrap_or(u32::MAX)
            .min(ask.unread_max),
        messages,
    }
}
