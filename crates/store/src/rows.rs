//! Rows to values and back. SQLite's integers are signed; ids have 63 bits.

use kefu_chat::{Head, Rank, Session, Subject, TokenHash, User, store::StoreError};
use kefu_dialog::State;
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, Lang, SessionId, TenantId, VisitorId};
use prost::Message as _;
use sqlx::{Row as _, sqlite::SqliteRow};

/// An id or a counter as SQLite stores it.
#[allow(
    clippy::cast_possible_wrap,
    reason = "ids have 63 bits; a larger one finds nothing"
)]
pub(crate) const fn signed(value: u64) -> i64 {
    value as i64
}

/// An id or a counter as it was stored.
#[allow(clippy::cast_sign_loss, reason = "what was stored by `signed`")]
pub(crate) const fn unsigned(value: i64) -> u64 {
    value as u64
}

/// A row that this version cannot read.
pub(crate) fn unreadable(what: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("a row of {what} cannot be read: {why}"))
}

fn get<'r, T>(row: &'r SqliteRow, column: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(column).map_err(crate::error::sort)
}

fn id(row: &SqliteRow, column: &str) -> Result<u64, StoreError> {
    get(row, column).map(unsigned)
}

pub(crate) const HEAD: &str = "tenant_id, id, visitor_id, visitor_name, version, stamp, last_seq, answered_seq, \
    turn_version, phase, needs_care, state, agent_id, agent_name, owner_id, rank_lane, rank_fresh, rank_ticket, \
    handoff_reason, created_at_ms, updated_at_ms, queued_at_ms, assigned_at_ms, preview, last_sender, language, \
    page_language";

pub(crate) fn head(row: &SqliteRow) -> Result<Head, StoreError> {
    let state: String = get(row, "state")?;
    let language = |column| -> Result<Lang, StoreError> {
        let code: String = get(row, column)?;
        Lang::parse(&code).ok_or_else(|| unreadable("conversations", format!("language {code:?}")))
    };
    let agent = id(row, "agent_id")?;
    Ok(Head {
        tenant: TenantId(id(row, "tenant_id")?),
        id: ConversationId(id(row, "id")?),
        visitor: VisitorId(id(row, "visitor_id")?),
        visitor_name: get(row, "visitor_name")?,
        version: id(row, "version")?,
        stamp: id(row, "stamp")?,
        last_seq: id(row, "last_seq")?,
        answered_seq: id(row, "answered_seq")?,
        turn_version: id(row, "turn_version")?,
        state: State::from_json(&state).map_err(|error| unreadable("conversations", error))?,
        agent: (agent != 0).then_some(AgentId(agent)),
        agent_name: get(row, "agent_name")?,
        rank: rank(row)?,
        handoff_reason: get(row, "handoff_reason")?,
        created_at_ms: get(row, "created_at_ms")?,
        updated_at_ms: get(row, "updated_at_ms")?,
        queued_at_ms: get(row, "queued_at_ms")?,
        assigned_at_ms: get(row, "assigned_at_ms")?,
        preview: get(row, "preview")?,
        last_sender: v1::Sender::try_from(get::<i32>(row, "last_sender")?)
            .map_err(|error| unreadable("conversations", error))?,
        language: language("language")?,
        page_language: language("page_language")?,
    })
}

fn rank(row: &SqliteRow) -> Result<Option<Rank>, StoreError> {
    let Some(lane) = get::<Option<u8>>(row, "rank_lane")? else {
        return Ok(None);
    };
    Ok(Some(Rank {
        lane,
        fresh: get(row, "rank_fresh")?,
        ticket: id(row, "rank_ticket")?,
    }))
}

/// Whether a restart must look at it.
pub(crate) fn needs_care(head: &Head) -> bool {
    let settled = matches!(head.phase(), v1::Phase::Bot | v1::Phase::Closed);
    head.is_processing() || !settled
}

pub(crate) const MESSAGE: &str = "tenant_id, conversation_id, seq, id, sender, sender_id, sender_name, client_id, \
    created_at_ms, body, trace";

pub(crate) fn message(row: &SqliteRow) -> Result<v1::Message, StoreError> {
    let body: &[u8] = get(row, "body")?;
    let trace: Option<&[u8]> = get(row, "trace")?;
    let trace = trace
        .map(v1::Trace::decode)
        .transpose()
        .map_err(|error| unreadable("messages", error))?;
    Ok(v1::Message {
        id: id(row, "id")?,
        conversation_id: id(row, "conversation_id")?,
        seq: id(row, "seq")?,
        sender: get(row, "sender")?,
        sender_id: id(row, "sender_id")?,
        sender_name: get(row, "sender_name")?,
        client_id: get(row, "client_id")?,
        created_at_ms: get(row, "created_at_ms")?,
        body: Some(v1::Body::decode(body).map_err(|error| unreadable("messages", error))?),
        trace,
    })
}

pub(crate) fn user(row: &SqliteRow) -> Result<User, StoreError> {
    let bad = |error: prost::UnknownEnumValue| unreadable("users", error);
    Ok(User {
        tenant: TenantId(id(row, "tenant_id")?),
        id: AgentId(id(row, "id")?),
        login: get(row, "login")?,
        name: get(row, "name")?,
        password_hash: get(row, "password_hash")?,
        role: v1::Role::try_from(get::<i32>(row, "role")?).map_err(bad)?,
        capacity: get(row, "capacity")?,
        status: v1::AgentStatus::try_from(get::<i32>(row, "status")?).map_err(bad)?,
        disabled: get(row, "disabled")?,
        version: id(row, "version")?,
        created_at_ms: get(row, "created_at_ms")?,
    })
}

pub(crate) fn token(row: &SqliteRow) -> Result<TokenHash, StoreError> {
    let hash: &[u8] = get(row, "token_hash")?;
    hash.try_into()
        .map(TokenHash)
        .map_err(|error| unreadable("sessions", error))
}

pub(crate) fn session(row: &SqliteRow) -> Result<Session, StoreError> {
    let subject = id(row, "subject_id")?;
    Ok(Session {
        id: SessionId(id(row, "id")?),
        tenant: TenantId(id(row, "tenant_id")?),
        token: token(row)?,
        subject: if get(row, "is_visitor")? {
            Subject::Visitor(
                VisitorId(subject),
                ConversationId(id(row, "conversation_id")?),
            )
        } else {
            Subject::User(AgentId(subject))
        },
        created_at_ms: get(row, "created_at_ms")?,
        expires_at_ms: get(row, "expires_at_ms")?,
        revoked_at_ms: get(row, "revoked_at_ms")?,
    })
}
