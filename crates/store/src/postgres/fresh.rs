//! New visitors, conversations and sessions of a batch, gathered and written together.

use kefu_chat::{Head, Session, Subject, Visitor, store::StoreError};
use sqlx::PgConnection;

use super::{
    bulk::head_columns,
    columns::{Columns, Parameters, Values},
    error::sort,
};
use crate::rows::signed;

/// Rows that nothing in the batch has looked at yet.
#[derive(Debug, Default)]
pub(crate) struct Fresh<'a> {
    pub(crate) visitors: Vec<&'a Visitor>,
    pub(crate) sessions: Vec<&'a Session>,
}

impl Fresh<'_> {
    /// Writes what has gathered. An id that exists already is an error: ids are drawn once.
    pub(crate) async fn write(&mut self, connection: &mut PgConnection) -> Result<(), StoreError> {
        if !self.visitors.is_empty() {
            insert(connection, "visitors", visitor_columns(&self.visitors)).await?;
            self.visitors.clear();
        }
        if !self.sessions.is_empty() {
            insert(connection, "sessions", session_columns(&self.sessions)).await?;
            self.sessions.clear();
        }
        Ok(())
    }
}

/// Inserts heads of conversations that begin with this batch.
pub(crate) async fn begin(
    connection: &mut PgConnection,
    heads: &[&Head],
) -> Result<(), StoreError> {
    if heads.is_empty() {
        return Ok(());
    }
    insert(connection, "conversations", head_columns(heads)).await
}

async fn insert(
    connection: &mut PgConnection,
    table: &'static str,
    columns: Columns<'_>,
) -> Result<(), StoreError> {
    let mut parameters = Parameters::default();
    let names = columns.names();
    let rows = parameters.unnest("n", columns);
    let sql = format!("INSERT INTO {table} ({names}) SELECT {names} FROM {rows}");
    let query = parameters.bind(sql);
    query.execute(connection).await.map(drop).map_err(sort)
}

fn visitor_columns<'a>(visitors: &[&'a Visitor]) -> Columns<'a> {
    let ints = |read: fn(&Visitor) -> i64| visitors.iter().map(move |visitor| read(visitor));
    Columns::default()
        .ints("tenant_id", ints(|visitor| signed(visitor.tenant.0)))
        .ints("id", ints(|visitor| signed(visitor.id.0)))
        .texts("name", visitors.iter().map(|visitor| visitor.name.as_str()))
        .ints("created_at_ms", ints(|visitor| visitor.created_at_ms))
}

fn session_columns<'a>(sessions: &[&'a Session]) -> Columns<'a> {
    let ints = |read: fn(&Session) -> i64| sessions.iter().map(move |session| read(session));
    let visitor = |session: &Session| matches!(session.subject, Subject::Visitor(..));
    let hashes = sessions.iter().map(|session| session.token.0.to_vec());
    Columns::default()
        .ints("tenant_id", ints(|session| signed(session.tenant.0)))
        .ints("id", ints(|session| signed(session.id.0)))
        .with("token_hash", Values::Bytes(hashes.collect()))
        .with(
            "is_visitor",
            Values::Flag(sessions.iter().map(|session| visitor(session)).collect()),
        )
        .ints("subject_id", ints(subject))
        .ints("conversation_id", ints(conversation))
        .ints("created_at_ms", ints(|session| session.created_at_ms))
        .ints("expires_at_ms", ints(|session| session.expires_at_ms))
        .ints("revoked_at_ms", ints(|session| session.revoked_at_ms))
}

fn subject(session: &Session) -> i64 {
    match session.subject {
        Subject::Visitor(id, _) => signed(id.0),
        Subject::User(id) => signed(id.0),
    }
}

/// 0 for users.
fn conversation(session: &Session) -> i64 {
    match session.subject {
        Subject::Visitor(_, conversation) => signed(conversation.0),
        Subject::User(_) => 0,
    }
}
