//! Answers to what a plan asks, in two statements whatever the number of changes, two more where
//! somebody is assigned, and two more where their group has a bound.

use std::collections::HashMap;

use kefu_chat::{
    Media,
    store::{
        ClientKey, CursorKey, Devices, Known, KnownHead, KnownLeft, KnownMessage, LeftKey,
        MediaKey, MessageKey, Questions, StoreError,
    },
};
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, GroupId, TenantId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::{
    columns::{Columns, Parameters},
    error::sort,
};
use crate::{
    keys::is_plain,
    left::{WAITING, known as known_left},
    rows::{self, CURSOR, Cells as _, KNOWN, MEDIA, MESSAGE, signed, unsigned},
};

type Pairs = Vec<(u64, u64)>;

pub(crate) async fn answers(
    connection: &mut PgConnection,
    asked: &Questions,
) -> Result<Known, StoreError> {
    let mut known = Known::default();
    if !asked.owners.is_empty() {
        let mut pairs: Pairs = asked
            .owners
            .iter()
            .map(|(tenant, id)| (tenant.0, id.0))
            .collect();
        pairs.sort_unstable();
        hold(connection, "users", &pairs).await?;
        known.owners = owners(connection, &pairs).await?;
    }
    if !asked.rooms.is_empty() {
        let mut pairs: Pairs = asked
            .rooms
            .iter()
            .map(|(tenant, id)| (tenant.0, id.0))
            .collect();
        pairs.sort_unstable();
        hold(connection, "agent_groups", &pairs).await?;
        known.rooms = rooms(connection, &pairs).await?;
    }
    if !asked.heads.is_empty() {
        let pairs: Pairs = asked
            .heads
            .iter()
            .map(|(tenant, id)| (tenant.0, id.0))
            .collect();
        known.heads = heads(connection, &pairs).await?;
    }
    if !asked.messages.is_empty() {
        known.messages = messages(connection, asked).await?;
    }
    if !asked.cursors.is_empty() {
        known.cursors = cursors(connection, asked).await?;
    }
    if !asked.media.is_empty() {
        known.media = media(connection, asked).await?;
    }
    if !asked.left.is_empty() {
        known.left = left(connection, asked).await?;
        known.left_waiting = left_waiting(connection, asked).await?;
    }
    let keys: Vec<&ClientKey> = asked.keys.iter().filter(|key| is_plain(key)).collect();
    if !keys.is_empty() {
        known.keys = stored(connection, &keys).await?;
    }
    Ok(known)
}

fn pair_columns(pairs: &[(u64, u64)]) -> Columns<'static> {
    Columns::default()
        .ints("tenant_id", pairs.iter().map(|(tenant, _)| signed(*tenant)))
        .ints("id", pairs.iter().map(|(_, id)| signed(*id)))
}

async fn ask(
    connection: &mut PgConnection,
    columns: Columns<'_>,
    sql: impl FnOnce(&str) -> String,
) -> Result<Vec<PgRow>, StoreError> {
    let mut parameters = Parameters::default();
    let asked = parameters.unnest("asked", columns);
    let query = parameters.bind(sql(&asked));
    query.fetch_all(connection).await.map_err(sort)
}

/// Until the end of the transaction nobody else counts what these agents own, or what of these groups
/// is owned: two cores that assign to one at once would both find room. All hold in one order, agents
/// before groups, so that they never wait for each other in a circle.
async fn hold(
    connection: &mut PgConnection,
    table: &str,
    pairs: &[(u64, u64)],
) -> Result<(), StoreError> {
    let held = ask(connection, pair_columns(pairs), |asked| {
        format!(
            "SELECT u.id FROM {table} AS u JOIN {asked} ON u.tenant_id = asked.tenant_id \
             AND u.id = asked.id ORDER BY u.tenant_id, u.id FOR NO KEY UPDATE OF u"
        )
    });
    held.await.map(drop)
}

async fn heads(
    connection: &mut PgConnection,
    pairs: &[(u64, u64)],
) -> Result<HashMap<(TenantId, ConversationId), KnownHead>, StoreError> {
    let rows = ask(connection, pair_columns(pairs), |asked| {
        format!(
            "SELECT c.tenant_id, c.id, c.version, c.stamp, c.owner_id, c.group_id, c.last_seq FROM {asked} \
             JOIN conversations AS c ON c.tenant_id = asked.tenant_id AND c.id = asked.id"
        )
    });
    let read = |row: &PgRow| {
        let number = |index: usize| row.try_get(index).map(unsigned).map_err(sort);
        let owner = Some(AgentId(number(4)?)).filter(|agent| agent.0 != 0);
        let known = KnownHead {
            version: number(2)?,
            stamp: number(3)?,
            owner,
            group: GroupId(number(5)?),
            last_seq: number(6)?,
        };
        Ok(((TenantId(number(0)?), ConversationId(number(1)?)), known))
    };
    rows.await?.iter().map(read).collect()
}

async fn owners(
    connection: &mut PgConnection,
    pairs: &[(u64, u64)],
) -> Result<HashMap<(TenantId, AgentId), u32>, StoreError> {
    let rows = ask(connection, pair_columns(pairs), |asked| {
        format!(
            "SELECT c.tenant_id, c.owner_id, count(*) FROM {asked} JOIN conversations AS c \
             ON c.tenant_id = asked.tenant_id AND c.owner_id = asked.id AND c.owner_id <> 0 \
             GROUP BY c.tenant_id, c.owner_id"
        )
    });
    let read = |row: &PgRow| {
        let number = |index: usize| row.try_get(index).map(unsigned).map_err(sort);
        let count = u32::try_from(number(2)?).unwrap_or(u32::MAX);
        Ok(((TenantId(number(0)?), AgentId(number(1)?)), count))
    };
    rows.await?.iter().map(read).collect()
}

async fn rooms(
    connection: &mut PgConnection,
    pairs: &[(u64, u64)],
) -> Result<HashMap<(TenantId, GroupId), u32>, StoreError> {
    let rows = ask(connection, pair_columns(pairs), |asked| {
        format!(
            "SELECT c.tenant_id, c.group_id, count(*) FROM {asked} JOIN conversations AS c \
             ON c.tenant_id = asked.tenant_id AND c.group_id = asked.id AND c.owner_id + 0 > 0 \
             GROUP BY c.tenant_id, c.group_id"
        )
    });
    let read = |row: &PgRow| {
        let number = |index: usize| row.try_get(index).map(unsigned).map_err(sort);
        let count = u32::try_from(number(2)?).unwrap_or(u32::MAX);
        Ok(((TenantId(number(0)?), GroupId(number(1)?)), count))
    };
    rows.await?.iter().map(read).collect()
}

/// After the heads: what another core has written since then moved its head, too.
async fn messages(
    connection: &mut PgConnection,
    asked: &Questions,
) -> Result<HashMap<MessageKey, KnownMessage>, StoreError> {
    let keys: Vec<&MessageKey> = asked.messages.iter().collect();
    let columns = Columns::default()
        .ints("asked_tenant", keys.iter().map(|key| signed(key.0.0)))
        .ints("asked_conversation", keys.iter().map(|key| signed(key.1.0)))
        .ints("asked_seq", keys.iter().map(|key| signed(key.2)));
    let rows = ask(connection, columns, |asked| {
        format!(
            "SELECT tenant_id, conversation_id, seq, {KNOWN} FROM {asked} JOIN messages \
             ON tenant_id = asked_tenant AND conversation_id = asked_conversation AND seq = asked_seq"
        )
    });
    let read = |row| Ok((rows::message_key(row)?, rows::known_message(row)?));
    rows.await?.iter().map(read).collect()
}

async fn cursors(
    connection: &mut PgConnection,
    asked: &Questions,
) -> Result<HashMap<CursorKey, Devices>, StoreError> {
    let keys: Vec<&CursorKey> = asked.cursors.iter().collect();
    let columns = Columns::default()
        .ints("asked_tenant", keys.iter().map(|key| signed(key.0.0)))
        .ints("asked_conversation", keys.iter().map(|key| signed(key.1.0)))
        .ints("asked_sender", keys.iter().map(|key| key.2.sender.into()))
        .ints("asked_person", keys.iter().map(|key| signed(key.2.id)));
    let rows = ask(connection, columns, |asked| {
        format!(
            "SELECT {CURSOR} FROM {asked} JOIN cursors ON tenant_id = asked_tenant \
             AND conversation_id = asked_conversation AND sender = asked_sender \
             AND sender_id = asked_person"
        )
    });
    let mut known: HashMap<CursorKey, Devices> = HashMap::new();
    for row in &rows.await? {
        let (key, device, cursor) = rows::cursor(row)?;
        known.entry(key).or_default().insert(device, cursor);
    }
    Ok(known)
}

async fn media(
    connection: &mut PgConnection,
    asked: &Questions,
) -> Result<HashMap<MediaKey, Media>, StoreError> {
    let pairs: Pairs = asked.media.iter().map(|key| (key.0.0, key.1.0)).collect();
    let names: Vec<String> = MEDIA.split(", ").map(|name| format!("m.{name}")).collect();
    let rows = ask(connection, pair_columns(&pairs), |asked| {
        format!(
            "SELECT {} FROM {asked} JOIN media AS m ON m.tenant_id = asked.tenant_id AND m.id = asked.id",
            names.join(", ")
        )
    });
    let read = |row: &PgRow| {
        let media = rows::media(row)?;
        Ok(((media.tenant, media.id), media))
    };
    rows.await?.iter().map(read).collect()
}

async fn left(
    connection: &mut PgConnection,
    asked: &Questions,
) -> Result<HashMap<LeftKey, KnownLeft>, StoreError> {
    let pairs: Pairs = asked.left.iter().map(|key| (key.0.0, key.1)).collect();
    let rows = ask(connection, pair_columns(&pairs), |asked| {
        format!(
            "SELECT l.tenant_id, l.id, l.version, l.state FROM {asked} \
             JOIN left_messages AS l ON l.tenant_id = asked.tenant_id AND l.id = asked.id"
        )
    });
    let read = |row: &PgRow| {
        let key = (
            TenantId(unsigned(row.int("tenant_id")?)),
            unsigned(row.int("id")?),
        );
        let known = known_left(unsigned(row.int("version")?), row.int("state")?)?;
        Ok((key, known))
    };
    rows.await?.iter().map(read).collect()
}

async fn left_waiting(
    connection: &mut PgConnection,
    asked: &Questions,
) -> Result<HashMap<(TenantId, ConversationId), u32>, StoreError> {
    let pairs = asked.left_waiting.iter();
    let pairs: Pairs = pairs.map(|(tenant, id)| (tenant.0, id.0)).collect();
    let rows = ask(connection, pair_columns(&pairs), |asked| {
        format!(
            "SELECT l.tenant_id, l.conversation_id, count(*) FROM {asked} JOIN left_messages AS l \
             ON l.tenant_id = asked.tenant_id AND l.conversation_id = asked.id AND l.{WAITING} \
             GROUP BY l.tenant_id, l.conversation_id"
        )
    });
    let read = |row: &PgRow| {
        let number = |index: usize| row.try_get(index).map(unsigned).map_err(sort);
        let count = u32::try_from(number(2)?).unwrap_or(u32::MAX);
        Ok(((TenantId(number(0)?), ConversationId(number(1)?)), count))
    };
    rows.await?.iter().map(read).collect()
}

async fn stored(
    connection: &mut PgConnection,
    keys: &[&ClientKey],
) -> Result<HashMap<ClientKey, v1::Message>, StoreError> {
    let columns = Columns::default()
        .ints("tenant_id", keys.iter().map(|key| signed(key.tenant.0)))
        .ints(
            "conversation_id",
            keys.iter().map(|key| signed(key.conversation.0)),
        )
        .ints("sender", keys.iter().map(|key| key.sender.into()))
        .ints("sender_id", keys.iter().map(|key| signed(key.sender_id)))
        .texts("client_id", keys.iter().map(|key| key.client_id.as_str()));
    let names: Vec<String> = MESSAGE
        .split(", ")
        .map(|name| format!("m.{name}"))
        .collect();
    let rows = ask(connection, columns, |asked| {
        format!(
            "SELECT {} FROM {asked} JOIN messages AS m ON m.tenant_id = asked.tenant_id \
             AND m.conversation_id = asked.conversation_id AND m.sender = asked.sender \
             AND m.sender_id = asked.sender_id AND m.client_id = asked.client_id AND m.client_id <> ''",
            names.join(", ")
        )
    });
    let read = |row: &PgRow| {
        let message = rows::message(row)?;
        let key = ClientKey {
            tenant: TenantId(unsigned(row.int("tenant_id")?)),
            conversation: ConversationId(message.conversation_id),
            sender: message.sender,
            sender_id: message.sender_id,
            client_id: message.client_id.clone(),
        };
        Ok((key, message))
    };
    rows.await?.iter().map(read).collect()
}
