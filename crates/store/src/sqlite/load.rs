//! Answers to what a plan asks: one look-up by a key after the other, by statements that are
//! prepared once.

use std::collections::HashMap;

use kefu_chat::store::{ClientKey, Known, KnownHead, Questions, StoreError};
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, GroupId, TenantId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{error::failed, kept::kept, left};
use crate::{
    keys::is_plain,
    rows::{self, CURSOR, KNOWN, MEDIA, MESSAGE, signed, unsigned},
};

pub(crate) fn answers(connection: &Connection, asked: &Questions) -> Result<Known, StoreError> {
    let mut known = Known::default();
    heads(connection, asked, &mut known)?;
    owners(connection, asked, &mut known)?;
    rooms(connection, asked, &mut known)?;
    messages(connection, asked, &mut known)?;
    cursors(connection, asked, &mut known)?;
    media(connection, asked, &mut known)?;
    left::answers(connection, asked, &mut known)?;
    known.keys = keys(connection, asked)?;
    Ok(known)
}

fn heads(connection: &Connection, asked: &Questions, known: &mut Known) -> Result<(), StoreError> {
    let sql = "SELECT version, stamp, owner_id, group_id, last_seq FROM conversations \
               WHERE tenant_id = ? AND id = ?";
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    for (tenant, id) in &asked.heads {
        let found = statement.query_row([signed(tenant.0), signed(id.0)], |row| {
            let number = |index: usize| row.get::<_, i64>(index).map(unsigned);
            Ok(KnownHead {
                version: number(0)?,
                stamp: number(1)?,
                owner: Some(AgentId(number(2)?)).filter(|agent| agent.0 != 0),
                group: GroupId(number(3)?),
                last_seq: number(4)?,
            })
        });
        if let Some(head) = found.optional().map_err(failed)? {
            known.heads.insert((*tenant, *id), head);
        }
    }
    Ok(())
}

fn owners(connection: &Connection, asked: &Questions, known: &mut Known) -> Result<(), StoreError> {
    let sql = "SELECT count(*) FROM conversations \
               WHERE tenant_id = ? AND owner_id = ? AND owner_id <> 0";
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    for (tenant, agent) in &asked.owners {
        let keys = [signed(tenant.0), signed(agent.0)];
        let count = statement.query_row(keys, |row| row.get(0));
        known
            .owners
            .insert((*tenant, *agent), count.map_err(failed)?);
    }
    Ok(())
}

/// Conversations of a group that anybody owns.
pub(super) const OWNED_IN: &str = "SELECT count(*) FROM conversations \
     INDEXED BY conversations_by_group WHERE tenant_id = ? AND group_id = ? AND owner_id + 0 > 0";

fn rooms(connection: &Connection, asked: &Questions, known: &mut Known) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(OWNED_IN).map_err(failed)?;
    for (tenant, group) in &asked.rooms {
        let keys = [signed(tenant.0), signed(group.0)];
        let count = statement.query_row(keys, |row| row.get(0));
        known
            .rooms
            .insert((*tenant, *group), count.map_err(failed)?);
    }
    Ok(())
}

fn messages(
    connection: &Connection,
    asked: &Questions,
    known: &mut Known,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {KNOWN} FROM messages WHERE tenant_id = ? AND conversation_id = ? AND seq = ?"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
    for (tenant, id, seq) in &asked.messages {
        let keys = [signed(tenant.0), signed(id.0), signed(*seq)];
        let mut found = statement.query(keys).map_err(failed)?;
        if let Some(row) = found.next().map_err(failed)? {
            let message = rows::known_message(row)?;
            known.messages.insert((*tenant, *id, *seq), message);
        }
    }
    Ok(())
}

fn cursors(
    connection: &Connection,
    asked: &Questions,
    known: &mut Known,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {CURSOR} FROM cursors WHERE tenant_id = ? AND conversation_id = ? \
         AND sender = ? AND sender_id = ?"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
    for (tenant, id, who) in &asked.cursors {
        let keys = params![signed(tenant.0), signed(id.0), who.sender, signed(who.id)];
        let mut found = statement.query(keys).map_err(failed)?;
        while let Some(row) = found.next().map_err(failed)? {
            let (key, device, cursor) = rows::cursor(row)?;
            let devices = known.cursors.entry(key).or_default();
            devices.insert(device, cursor);
        }
    }
    Ok(())
}

fn media(connection: &Connection, asked: &Questions, known: &mut Known) -> Result<(), StoreError> {
    let sql = format!("SELECT {MEDIA} FROM media WHERE tenant_id = ? AND id = ?");
    for (tenant, id) in &asked.media {
        let found = kept(connection, &sql, [signed(tenant.0), signed(id.0)])?;
        if let Some(row) = found.first() {
            known.media.insert((*tenant, *id), rows::media(row)?);
        }
    }
    Ok(())
}

fn keys(
    connection: &Connection,
    asked: &Questions,
) -> Result<HashMap<ClientKey, v1::Message>, StoreError> {
    let mut known = HashMap::new();
    let sql = format!(
        "SELECT {MESSAGE} FROM messages WHERE tenant_id = ? AND conversation_id = ? \
         AND sender = ? AND sender_id = ? AND client_id = ? AND client_id <> ''"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
    for key in asked.keys.iter().filter(|key| is_plain(key)) {
        let (TenantId(tenant), ConversationId(conversation)) = (key.tenant, key.conversation);
        let mut found = statement
            .query(params![
                signed(tenant),
                signed(conversation),
                key.sender,
                signed(key.sender_id),
                key.client_id,
            ])
            .map_err(failed)?;
        if let Some(row) = found.next().map_err(failed)? {
            known.insert(key.clone(), rows::message(row)?);
        }
    }
    Ok(known)
}
