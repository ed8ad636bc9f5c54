//! What agents file: tags of conversations, and replies kept ready.

use std::{cmp::Reverse, collections::BTreeMap};

use kefu_chat::store::{Change, Outcome, SavedReply, TagChange};
use kefu_proto::v1;
use kefu_types::{AgentId, TenantId};

use super::tables::{HeadKey, Tables};

pub(super) fn change(tables: &mut Tables, change: &Change) -> Outcome {
    match change {
        Change::ChangeTags(change) => tag(tables, change),
        Change::SaveCanned(saved) => save(tables, saved),
        Change::DeleteCanned { tenant, owner, id } => {
            let key = (*tenant, *id);
            let is_theirs = tables.canned.get(&key);
            if is_theirs.is_none_or(|reply| reply.owner_id != owner.0) {
                return Outcome::Missing;
            }
            tables.canned.remove(&key);
            Outcome::Applied
        }
        _ => Outcome::Missing,
    }
}

fn tag(tables: &mut Tables, change: &TagChange) -> Outcome {
    let key = (change.tenant, change.conversation);
    if !tables.heads.contains_key(&key) {
        return Outcome::Missing;
    }
    let before = tables.tags.get(&key).cloned().unwrap_or_default();
    match change.after(before) {
        Some(after) => {
            tables.tags.insert(key, after.clone());
            Outcome::Tagged(after)
        }
        None => Outcome::QuotaFull,
    }
}

pub(super) fn tags(tables: &Tables, key: HeadKey) -> Vec<String> {
    tables.tags.get(&key).cloned().unwrap_or_default()
}

pub(super) fn tag_names(
    tables: &Tables,
    tenant: TenantId,
    prefix: &str,
    limit: usize,
) -> Vec<String> {
    let mut used: BTreeMap<&String, usize> = BTreeMap::new();
    let own = tables
        .tags
        .iter()
        .filter(|((whose, _), _)| *whose == tenant);
    for tag in own.flat_map(|(_, tags)| tags) {
        if tag.starts_with(prefix) {
            *used.entry(tag).or_default() += 1;
        }
    }
    let mut names: Vec<_> = used.into_iter().collect();
    names.sort_by_key(|(tag, count)| (Reverse(*count), *tag));
    let names = names.into_iter().take(limit);
    names.map(|(tag, _)| tag.clone()).collect()
}

fn save(tables: &mut Tables, saved: &SavedReply) -> Outcome {
    let reply = &saved.reply;
    let key = (saved.tenant, reply.id);
    let known = tables.canned.get(&key);
    match known.filter(|known| known.owner_id == reply.owner_id) {
        None if reply.version != 1 => return Outcome::Missing,
        Some(known) if known.version + 1 != reply.version => return Outcome::VersionConflict,
        _ => {}
    }
    let others = tables.canned.iter().filter(|((tenant, id), other)| {
        (*tenant, other.owner_id) == (saved.tenant, reply.owner_id) && *id != reply.id
    });
    let others: Vec<_> = others.map(|(_, other)| &other.shortcut).collect();
    if others.contains(&&reply.shortcut) {
        return Outcome::Taken;
    }
    if known.is_none() && others.len() as u64 >= saved.replies_max {
        return Outcome::QuotaFull;
    }
    tables.canned.insert(key, reply.clone());
    Outcome::Applied
}

/// The shared ones, and one agent's own.
pub(super) fn canned(tables: &Tables, tenant: TenantId, agent: AgentId) -> Vec<v1::CannedReply> {
    let own = tables.canned.iter().filter(|((whose, _), reply)| {
        *whose == tenant && (reply.owner_id == 0 || reply.owner_id == agent.0)
    });
    let mut replies: Vec<_> = own.map(|(_, reply)| reply.clone()).collect();
    replies.sort_by(|a, b| (&a.shortcut, a.owner_id).cmp(&(&b.shortcut, b.owner_id)));
    replies
}
