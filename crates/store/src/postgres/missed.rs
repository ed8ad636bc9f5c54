//! What a device missed: five statements for a page, however many conversations it has.

use std::collections::HashMap;

use kefu_chat::{
    Head,
    store::{Missed, MissedAsk, StoreError},
};
use kefu_proto::v1;
use sqlx::{AssertSqlSafe, query};

use super::{
    read::{bound, read_all},
    readers::Readers,
};
use crate::{
    missed::{Places, assemble, page},
    rows::{self, Cells as _, HEAD, MESSAGE, signed, unsigned},
};

pub(super) async fn missed(readers: &Readers, ask: &MissedAsk) -> Result<Vec<Missed>, StoreError> {
    let heads = heads(readers, ask).await?;
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    let places = places(readers, ask, &heads).await?;
    let messages = messages(readers, ask, &heads, &places).await?;
    let unread = unread(readers, ask, &heads, &places).await?;
    Ok(assemble(heads, &places, &unread, messages))
}

async fn heads(readers: &Readers, ask: &MissedAsk) -> Result<Vec<Head>, StoreError> {
    let tenant = signed(ask.tenant.0);
    if let Some(only) = ask.only {
        let question = || {
            let sql = format!("SELECT {HEAD} FROM conversations WHERE tenant_id = $1 AND id = $2");
            query(AssertSqlSafe(sql)).bind(tenant).bind(signed(only.0))
        };
        return read_all(&readers.rows(question).await?, rows::head);
    }
    let question = || {
        query(AssertSqlSafe(owned()))
            .bind(tenant)
            .bind(signed(ask.person.id))
            .bind(bound(ask.after.0))
            .bind(i64::from(ask.limit))
    };
    let owned = read_all(&readers.rows(question).await?, rows::head)?;
    let question = || {
        query(AssertSqlSafe(behind()))
            .bind(tenant)
            .bind(i64::from(ask.person.sender))
            .bind(signed(ask.person.id))
            .bind(bound(ask.after.0))
            .bind(i64::from(ask.limit))
    };
    let behind = read_all(&readers.rows(question).await?, rows::head)?;
    Ok(page(owned, behind, ask.limit))
}

/// Conversations that the person owns, a few: sorted, and not looked for in the order of all the tenant's ids.
pub(super) fn owned() -> String {
    format!(
        "SELECT {HEAD} FROM conversations WHERE tenant_id = $1 AND owner_id = $2 \
         AND owner_id <> 0 AND id > $3 ORDER BY id + 0 LIMIT $4"
    )
}

/// Conversations where the person's cursor is behind the end.
pub(super) fn behind() -> String {
    let columns: Vec<String> = HEAD
        .split(", ")
        .map(|name| format!("c.{}", name.trim()))
        .collect();
    format!(
        "SELECT {} FROM cursors AS k JOIN conversations AS c \
         ON c.tenant_id = k.tenant_id AND c.id = k.conversation_id \
         WHERE k.tenant_id = $1 AND k.sender = $2 AND k.sender_id = $3 AND k.device_id = '' \
         AND k.conversation_id > $4 AND k.read_seq < c.last_seq ORDER BY k.conversation_id LIMIT $5",
        columns.join(", ")
    )
}

fn ids(heads: &[Head]) -> Vec<i64> {
    heads.iter().map(|head| signed(head.id.0)).collect()
}

async fn places(readers: &Readers, ask: &MissedAsk, heads: &[Head]) -> Result<Places, StoreError> {
    let question = || {
        let sql = "SELECT k.conversation_id, k.device_id, k.delivered_seq, k.read_seq \
                   FROM UNNEST($1::bigint[]) AS asked (id) JOIN cursors AS k \
                   ON k.tenant_id = $2 AND k.conversation_id = asked.id AND k.sender = $3 \
                   AND k.sender_id = $4 AND k.device_id IN ('', $5)";
        query(sql)
            .bind(ids(heads))
            .bind(signed(ask.tenant.0))
            .bind(i64::from(ask.person.sender))
            .bind(signed(ask.person.id))
            .bind(ask.device.clone())
    };
    Places::read(&readers.rows(question).await?)
}

async fn messages(
    readers: &Readers,
    ask: &MissedAsk,
    heads: &[Head],
    places: &Places,
) -> Result<Vec<v1::Message>, StoreError> {
    let after: Vec<i64> = heads
        .iter()
        .map(|head| bound(places.delivered_seq(head)))
        .collect();
    let question = || {
        let sql = format!(
            "SELECT found.* FROM UNNEST($1::bigint[], $2::bigint[]) AS asked (asked_id, asked_seq) \
             CROSS JOIN LATERAL (SELECT {MESSAGE} FROM messages WHERE tenant_id = $3 \
             AND conversation_id = asked_id AND seq > asked_seq ORDER BY seq LIMIT $4) AS found"
        );
        query(AssertSqlSafe(sql))
            .bind(ids(heads))
            .bind(after.clone())
            .bind(signed(ask.tenant.0))
            .bind(i64::from(ask.messages_max))
    };
    read_all(&readers.rows(question).await?, rows::shown)
}

/// Others' messages after what the person has read: [`kefu_chat::store::is_unread`] by the rows.
async fn unread(
    readers: &Readers,
    ask: &MissedAsk,
    heads: &[Head],
    places: &Places,
) -> Result<HashMap<u64, u32>, StoreError> {
    let after: Vec<i64> = heads
        .iter()
        .map(|head| bound(places.unread_after(ask, head)))
        .collect();
    let question = || {
        let sql = "SELECT asked_id, (SELECT count(*) FROM (SELECT 1 FROM messages \
                   WHERE tenant_id = $3 AND conversation_id = asked_id AND seq > asked_seq \
                   AND NOT (sender = $4 AND sender_id = $5) AND recalled_seq = 0 \
                   AND substr(body, 1, 1) NOT IN ('\\x22'::bytea, '\\x2a'::bytea) LIMIT $6) AS few) AS unread \
                   FROM UNNEST($1::bigint[], $2::bigint[]) AS asked (asked_id, asked_seq)";
        query(sql)
            .bind(ids(heads))
            .bind(after.clone())
            .bind(signed(ask.tenant.0))
            .bind(i64::from(ask.person.sender))
            .bind(signed(ask.person.id))
            .bind(i64::from(ask.unread_max))
    };
    let mut counts = HashMap::new();
    for row in &readers.rows(question).await? {
        let unread = u32::try_from(row.int("unread")?).unwrap_or(ask.unread_max);
        counts.insert(unsigned(row.int("asked_id")?), unread);
    }
    Ok(counts)
}
