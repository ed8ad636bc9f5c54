//! Notes beside conversations, and whom they mention.

use kefu_chat::store::{Change, NewNote, Outcome, Page, StoreError};
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, TenantId};
use prost::Message as _;
use rusqlite::{Connection, params};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{
    error::sort,
    kept::{execute, kept},
    read::read_all,
};
use crate::rows::{self, Cells as _, NOTE, signed, unsigned};

/// What a change of notes becomes.
pub(crate) fn change(connection: &Connection, change: &Change) -> Result<Outcome, StoreError> {
    match change {
        Change::AddNote(new) => add(connection, new),
        Change::ReadMentions {
            tenant,
            agent,
            conversation,
            number,
        } => {
            let sql = "DELETE FROM unread_mentions WHERE tenant_id = ? AND agent_id = ? \
                       AND conversation_id = ? AND number <= ?";
            let (tenant, agent) = (signed(tenant.0), signed(agent.0));
            let values = [tenant, agent, signed(conversation.0), signed(*number)];
            execute(connection, sql, values)?;
            Ok(Outcome::Applied)
        }
        _ => Ok(Outcome::Missing),
    }
}

fn add(connection: &Connection, new: &NewNote) -> Result<Outcome, StoreError> {
    let (tenant, note) = (signed(new.tenant.0), &new.note);
    let place = [tenant, signed(note.conversation_id)];
    let sql = format!(
        "SELECT {NOTE} FROM conversation_notes WHERE tenant_id = ? AND conversation_id = ? \
         AND author_id = ? AND client_id = ?"
    );
    let key = params![place[0], place[1], signed(note.author_id), note.client_id];
    if let Some(first) = kept(connection, &sql, key)?.first() {
        return Ok(Outcome::Noted {
            note: Box::new(rows::note(first)?),
            new: false,
        });
    }
    let sql = "SELECT id FROM conversations WHERE tenant_id = ? AND id = ?";
    if kept(connection, sql, place)?.is_empty() {
        return Ok(Outcome::Missing);
    }
    // Numbers have no gaps, so the last one is how many there are.
    let sql = "SELECT coalesce(max(number), 0) AS last FROM conversation_notes \
               WHERE tenant_id = ? AND conversation_id = ?";
    let last = kept(connection, sql, place)?;
    let last = last.first().map_or(Ok(0), |row| row.int("last"))?;
    if unsigned(last) >= new.notes_max {
        return Ok(Outcome::QuotaFull);
    }
    let note = v1::Note {
        number: unsigned(last) + 1,
        ..note.clone()
    };
    insert(connection, tenant, &note)?;
    Ok(Outcome::Noted {
        note: Box::new(note),
        new: true,
    })
}

fn insert(connection: &Connection, tenant: i64, note: &v1::Note) -> Result<(), StoreError> {
    let sql =
        format!("INSERT INTO conversation_notes ({NOTE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    let body = note.body.clone().unwrap_or_default();
    let values = params![
        tenant,
        signed(note.conversation_id),
        signed(note.number),
        signed(note.id),
        signed(note.author_id),
        note.author_name,
        note.client_id,
        note.created_at_ms,
        signed(note.after_seq),
        body.encode_to_vec(),
    ];
    execute(connection, &sql, values)?;
    let sql = "INSERT INTO unread_mentions (tenant_id, agent_id, note_id, conversation_id, number) \
               VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    for agent in body.mentioned_ids {
        let (id, number) = (signed(note.id), signed(note.number));
        let values = [
            tenant,
            signed(agent),
            id,
            signed(note.conversation_id),
            number,
        ];
        execute(connection, sql, values)?;
    }
    Ok(())
}

/// A page of notes, ascending.
pub(crate) async fn page(
    readers: &SqlitePool,
    tenant: TenantId,
    id: ConversationId,
    page: Page,
    limit: u32,
) -> Result<Vec<v1::Note>, StoreError> {
    let (bound, order, from) = match page {
        Page::After(number) => (">", "ASC", number),
        Page::Before(number) => ("<", "DESC", number),
    };
    let sql = format!(
        "SELECT {NOTE} FROM conversation_notes WHERE tenant_id = ? AND conversation_id = ? \
         AND number {bound} ? ORDER BY number {order} LIMIT ?"
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(signed(tenant.0))
        .bind(signed(id.0))
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .bind(limit);
    let found = query.fetch_all(readers).await.map_err(sort)?;
    let mut notes = read_all(&found, rows::note)?;
    notes.sort_by_key(|note| note.number);
    Ok(notes)
}

/// Notes that mention an agent who has not opened them, newest first.
pub(crate) async fn mentions(
    readers: &SqlitePool,
    tenant: TenantId,
    agent: AgentId,
    limit: u32,
) -> Result<Vec<v1::Note>, StoreError> {
    let names: Vec<String> = NOTE.split(", ").map(|name| format!("n.{name}")).collect();
    let sql = format!(
        "SELECT {} FROM unread_mentions AS u JOIN conversation_notes AS n ON n.tenant_id = u.tenant_id \
         AND n.conversation_id = u.conversation_id AND n.number = u.number \
         WHERE u.tenant_id = ? AND u.agent_id = ? ORDER BY u.note_id DESC LIMIT ?",
        names.join(", ")
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(signed(tenant.0))
        .bind(signed(agent.0))
        .bind(limit);
    read_all(&query.fetch_all(readers).await.map_err(sort)?, rows::note)
}
