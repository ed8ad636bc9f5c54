//! Notes beside conversations, and whom they mention.

use kefu_chat::store::{Change, NewNote, Outcome, Page, StoreError};
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, TenantId};
use prost::Message as _;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{error::sort, people::hold_tenant, read::read_all, readers::Readers};
use crate::rows::{self, NOTE, signed, unsigned};

/// What a change of notes becomes.
pub(crate) async fn change(
    connection: &mut PgConnection,
    change: &Change,
) -> Result<Outcome, StoreError> {
    match change {
        Change::AddNote(new) => add(connection, new).await,
        Change::ReadMentions {
            tenant,
            agent,
            conversation,
            number,
        } => {
            let sql = "DELETE FROM unread_mentions WHERE tenant_id = $1 AND agent_id = $2 \
                       AND conversation_id = $3 AND number <= $4";
            let query = sqlx::query(sql)
                .bind(signed(tenant.0))
                .bind(signed(agent.0))
                .bind(signed(conversation.0))
                .bind(signed(*number));
            query.execute(connection).await.map_err(sort)?;
            Ok(Outcome::Applied)
        }
        _ => Ok(Outcome::Missing),
    }
}

async fn add(connection: &mut PgConnection, new: &NewNote) -> Result<Outcome, StoreError> {
    let (tenant, note) = (signed(new.tenant.0), &new.note);
    let conversation = signed(note.conversation_id);
    let sql = "SELECT id FROM conversations WHERE tenant_id = $1 AND id = $2";
    let query = sqlx::query(sql).bind(tenant).bind(conversation);
    let there = query.fetch_optional(&mut *connection).await.map_err(sort)?;
    if there.is_none() {
        return Ok(Outcome::Missing);
    }
    // From here to the commit this tenant's notes are one after the other: of two cores each sees
    // the other's last number, and of two with one key the second finds the first.
    hold_tenant(connection, new.tenant).await?;
    let sql = format!(
        "SELECT {NOTE} FROM conversation_notes WHERE tenant_id = $1 AND conversation_id = $2 \
         AND author_id = $3 AND client_id = $4"
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant)
        .bind(conversation)
        .bind(signed(note.author_id))
        .bind(&note.client_id);
    let first = query.fetch_optional(&mut *connection).await.map_err(sort)?;
    if let Some(first) = first {
        return Ok(Outcome::Noted {
            note: Box::new(rows::note(&first)?),
            new: false,
        });
    }
    // Numbers have no gaps, so the last one is how many there are.
    let sql = "SELECT coalesce(max(number), 0) FROM conversation_notes \
               WHERE tenant_id = $1 AND conversation_id = $2";
    let query = sqlx::query_scalar(sql).bind(tenant).bind(conversation);
    let last: i64 = query.fetch_one(&mut *connection).await.map_err(sort)?;
    if unsigned(last) >= new.notes_max {
        return Ok(Outcome::QuotaFull);
    }
    let note = v1::Note {
        number: unsigned(last) + 1,
        ..note.clone()
    };
    insert(connection, tenant, &note).await?;
    Ok(Outcome::Noted {
        note: Box::new(note),
        new: true,
    })
}

async fn insert(
    connection: &mut PgConnection,
    tenant: i64,
    note: &v1::Note,
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO conversation_notes ({NOTE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let body = note.body.clone().unwrap_or_default();
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant)
        .bind(signed(note.conversation_id))
        .bind(signed(note.number))
        .bind(signed(note.id))
        .bind(signed(note.author_id))
        .bind(&note.author_name)
        .bind(&note.client_id)
        .bind(note.created_at_ms)
        .bind(signed(note.after_seq))
        .bind(body.encode_to_vec());
    query.execute(&mut *connection).await.map_err(sort)?;
    let agents: Vec<i64> = body.mentioned_ids.iter().map(|id| signed(*id)).collect();
    if agents.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO unread_mentions (tenant_id, agent_id, note_id, conversation_id, number) \
               SELECT $1, agent, $2, $3, $4 FROM unnest($5::BIGINT[]) AS agent ON CONFLICT DO NOTHING";
    let query = sqlx::query(sql)
        .bind(tenant)
        .bind(signed(note.id))
        .bind(signed(note.conversation_id))
        .bind(signed(note.number))
        .bind(agents);
    query.execute(connection).await.map(drop).map_err(sort)
}

/// A page of notes, ascending.
pub(crate) async fn page(
    readers: &Readers,
    tenant: TenantId,
    id: ConversationId,
    page: Page,
    limit: u32,
) -> Result<Vec<v1::Note>, StoreError> {
    let (bound, order, from) = match page {
        Page::After(number) => (">", "ASC", number),
        Page::Before(number) => ("<", "DESC", number),
    };
    let question = || {
        let sql = format!(
            "SELECT {NOTE} FROM conversation_notes WHERE tenant_id = $1 AND conversation_id = $2 \
             AND number {bound} $3 ORDER BY number {order} LIMIT $4"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(signed(tenant.0))
            .bind(signed(id.0))
            .bind(i64::try_from(from).unwrap_or(i64::MAX))
            .bind(i64::from(limit))
    };
    let mut notes = read_all(&readers.rows(question).await?, rows::note)?;
    notes.sort_by_key(|note| note.number);
    Ok(notes)
}

/// Notes that mention an agent who has not opened them, newest first.
pub(crate) async fn mentions(
    readers: &Readers,
    tenant: TenantId,
    agent: AgentId,
    limit: u32,
) -> Result<Vec<v1::Note>, StoreError> {
    let names: Vec<String> = NOTE.split(", ").map(|name| format!("n.{name}")).collect();
    let names = names.join(", ");
    let question = || {
        let sql = format!(
            "SELECT {names} FROM unread_mentions AS u JOIN conversation_notes AS n \
             ON n.tenant_id = u.tenant_id AND n.conversation_id = u.conversation_id \
             AND n.number = u.number WHERE u.tenant_id = $1 AND u.agent_id = $2 \
             ORDER BY u.note_id DESC LIMIT $3"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(signed(tenant.0))
            .bind(signed(agent.0))
            .bind(i64::from(limit))
    };
    read_all(&readers.rows(question).await?, rows::note)
}
