//! Tags of conversations.

use kefu_chat::store::{Outcome, StoreError, TagChange};
use kefu_types::{ConversationId, TenantId};
use sqlx::{PgConnection, Row as _};

use super::{error::sort, people::hold_tenant, readers::Readers};
use crate::rows::signed;

/// What a change of tags becomes.
pub(crate) async fn change(
    connection: &mut PgConnection,
    change: &TagChange,
) -> Result<Outcome, StoreError> {
    let (tenant, id) = (signed(change.tenant.0), signed(change.conversation.0));
    let sql = "SELECT id FROM conversations WHERE tenant_id = $1 AND id = $2";
    let query = sqlx::query(sql).bind(tenant).bind(id);
    let there = query.fetch_optional(&mut *connection).await.map_err(sort)?;
    if there.is_none() {
        return Ok(Outcome::Missing);
    }
    // Of two cores that take the last place the second sees what the first did.
    hold_tenant(connection, change.tenant).await?;
    let sql = "SELECT tag FROM conversation_tags WHERE tenant_id = $1 AND conversation_id = $2";
    let query = sqlx::query_scalar(sql).bind(tenant).bind(id);
    let before: Vec<String> = query.fetch_all(&mut *connection).await.map_err(sort)?;
    let Some(after) = change.after(before.iter().cloned()) else {
        return Ok(Outcome::QuotaFull);
    };
    for tag in after.iter().filter(|tag| !before.contains(tag)) {
        let sql =
            "INSERT INTO conversation_tags (tenant_id, conversation_id, tag) VALUES ($1, $2, $3)";
        let query = sqlx::query(sql).bind(tenant).bind(id).bind(tag);
        query.execute(&mut *connection).await.map_err(sort)?;
    }
    for tag in before.iter().filter(|tag| !after.contains(tag)) {
        let sql = "DELETE FROM conversation_tags WHERE tenant_id = $1 AND conversation_id = $2 AND tag = $3";
        let query = sqlx::query(sql).bind(tenant).bind(id).bind(tag);
        query.execute(&mut *connection).await.map_err(sort)?;
    }
    Ok(Outcome::Tagged(after))
}

/// Sorted here: databases sort texts as they like.
pub(crate) async fn of(
    readers: &Readers,
    tenant: TenantId,
    id: ConversationId,
) -> Result<Vec<String>, StoreError> {
    let question = || {
        let sql = "SELECT tag FROM conversation_tags WHERE tenant_id = $1 AND conversation_id = $2";
        sqlx::query(sql).bind(signed(tenant.0)).bind(signed(id.0))
    };
    let rows = readers.rows(question).await?;
    let tags = rows.iter().map(|row| row.try_get(0).map_err(sort));
    let mut tags: Vec<String> = tags.collect::<Result<_, _>>()?;
    tags.sort();
    Ok(tags)
}

/// Tags that begin so, the most used first.
pub(crate) async fn names(
    readers: &Readers,
    tenant: TenantId,
    prefix: &str,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let question = || {
        let sql = "SELECT tag FROM conversation_tags WHERE tenant_id = $1 AND starts_with(tag, $2) \
                   GROUP BY tag ORDER BY count(*) DESC, tag COLLATE \"C\" LIMIT $3";
        sqlx::query(sql)
            .bind(signed(tenant.0))
            .bind(prefix)
            .bind(i64::from(limit))
    };
    let rows = readers.rows(question).await?;
    let names = rows.iter().map(|row| row.try_get(0).map_err(sort));
    names.collect()
}
