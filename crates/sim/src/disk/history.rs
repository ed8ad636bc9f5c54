//! Messages of one conversation, and how far people are in it.

use kefu_chat::{
    Person, Reach,
    store::{ALL_DEVICES, Page, kind_of, shown},
};
use kefu_proto::v1;
use prost::Message as _;

use super::{
    port::size,
    tables::{HeadKey, Tables},
};
use crate::planted::Planted;

/// A row as readers may have it, or as the planted bug has it.
fn given(row: &v1::Message, planted: Option<Planted>) -> v1::Message {
    match planted {
        Some(Planted::RecalledBody) => row.clone(),
        _ => shown(row.clone()),
    }
}

pub(super) fn page(
    tables: &Tables,
    place: HeadKey,
    page: Page,
    limit: u32,
    planted: Option<Planted>,
) -> Vec<v1::Message> {
    let off_by_one = planted == Some(Planted::ResumeOffByOne);
    let none = Vec::new();
    let rows = tables.messages.get(&place).unwrap_or(&none);
    let (from, to) = match page {
        Page::After(seq) if off_by_one && seq > 0 => (seq.saturating_add(1), u64::MAX),
        Page::After(seq) => (seq, u64::MAX),
        Page::Before(seq) => (0, seq),
    };
    let wanted = |message: &&v1::Message| message.seq > from && message.seq < to;
    let limit = size(limit);
    let mut found: Vec<&v1::Message> = match page {
        Page::After(_) => rows.iter().filter(wanted).take(limit).collect(),
        Page::Before(_) => rows.iter().rev().filter(wanted).take(limit).collect(),
    };
    found.sort_by_key(|message| message.seq);
    found.into_iter().map(|row| given(row, planted)).collect()
}

/// What a message is without its body.
pub(super) fn metadata(mut message: v1::Message) -> v1::Message {
    message.body_kind = kind_of(message.body.as_ref()).into();
    let bytes = message.body.take().map_or(0, |body| body.encoded_len());
    message.body_bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    message
}

pub(super) fn by_id(
    tables: &Tables,
    place: HeadKey,
    ids: &[u64],
    planted: Option<Planted>,
) -> Vec<v1::Message> {
    let rows = tables.messages.get(&place).into_iter().flatten();
    let found = rows.filter(|row| ids.contains(&row.id));
    found.map(|row| given(row, planted)).collect()
}

pub(super) fn cursors(
    tables: &Tables,
    (tenant, id): HeadKey,
    limit: usize,
) -> Vec<(Person, Reach)> {
    let nobody = Person { sender: 0, id: 0 };
    let from = tables.cursors.range((tenant, id, nobody)..);
    let here = from.take_while(|((of, place, _), _)| (*of, *place) == (tenant, id));
    let people = here.filter_map(|((_, _, person), devices)| {
        devices.get(ALL_DEVICES).map(|all| (*person, all.reach))
    });
    people.take(limit).collect()
}
