//! Rows to values and back, whatever the database. Integers are signed there; ids have 63 bits.

use kefu_chat::{
    ContentHash, Head, Media, Person, Rank, Reach, Session, Subject, TokenHash, User,
    store::{CursorKey, DeviceCursor, Identity, KnownMessage, MessageKey, StoreError},
};
use kefu_dialog::State;
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, GroupId, Lang, MediaId, SessionId, TenantId, VisitorId};
use prost::Message as _;
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

/// An id or a counter as it is stored.
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

/// Columns of a row, by name.
pub(crate) trait Cells {
    fn int(&self, column: &str) -> Result<i64, StoreError>;
    fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError>;
    fn flag(&self, column: &str) -> Result<bool, StoreError>;
    fn maybe_flag(&self, column: &str) -> Result<Option<bool>, StoreError>;
    fn text(&self, column: &str) -> Result<String, StoreError>;
    fn bytes(&self, column: &str) -> Result<&[u8], StoreError>;
    fn maybe_bytes(&self, column: &str) -> Result<Option<&[u8]>, StoreError>;
}

/// Both drivers have the same methods on types of their own.
macro_rules! cells {
    ($row:ty, $sort:path) => {
        impl Cells for $row {
            fn int(&self, column: &str) -> Result<i64, StoreError> {
                self.try_get(column).map_err($sort)
            }
            fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
                self.try_get(column).map_err($sort)
            }
            fn flag(&self, column: &str) -> Result<bool, StoreError> {
                self.try_get(column).map_err($sort)
            }
            fn maybe_flag(&self, column: &str) -> Result<Option<bool>, StoreError> {
                self.try_get(column).map_err($sort)
            }
            fn text(&self, column: &str) -> Result<String, StoreError> {
                self.try_get(column).map_err($sort)
            }
            fn bytes(&self, column: &str) -> Result<&[u8], StoreError> {
                self.try_get(column).map_err($sort)
            }
            fn maybe_bytes(&self, column: &str) -> Result<Option<&[u8]>, StoreError> {
                self.try_get(column).map_err($sort)
            }
        }
    };
}

cells!(SqliteRow, crate::sqlite::sort);
cells!(PgRow, crate::postgres::sort);

fn id(row: &impl Cells, column: &str) -> Result<u64, StoreError> {
    row.int(column).map(unsigned)
}

/// A number that is small by its meaning.
fn small<T: TryFrom<i64>>(row: &impl Cells, column: &str) -> Result<T, StoreError> {
    let value = row.int(column)?;
    T::try_from(value).map_err(|_| unreadable(column, format!("{value} is out of range")))
}

pub(crate) const HEAD: &str = "tenant_id, id, visitor_id, visitor_name, version, stamp, last_seq, answered_seq, \
    turn_version, phase, needs_care, state, agent_id, agent_name, owner_id, priority, rank_lane, rank_fresh, rank_ticket, \
    handoff_reason, created_at_ms, updated_at_ms, queued_at_ms, assigned_at_ms, preview, last_sender, language, \
    page_language, preview_seq, group_id, last_agent_id, wanted_at_ms, replied_at_ms, reply_due_at_ms, \
    resolution_due_at_ms";

pub(crate) fn head(row: &impl Cells) -> Result<Head, StoreError> {
    let state = row.text("state")?;
    let language = |column| -> Result<Lang, StoreError> {
        let code = row.text(column)?;
        Lang::parse(&code).ok_or_else(|| unreadable("conversations", format!("language {code:?}")))
    };
    let (agent, last) = (id(row, "agent_id")?, id(row, "last_agent_id")?);
    Ok(Head {
        tenant: TenantId(id(row, "tenant_id")?),
        id: ConversationId(id(row, "id")?),
        visitor: VisitorId(id(row, "visitor_id")?),
        visitor_name: row.text("visitor_name")?,
        version: id(row, "version")?,
        stamp: id(row, "stamp")?,
        last_seq: id(row, "last_seq")?,
        answered_seq: id(row, "answered_seq")?,
        turn_version: id(row, "turn_version")?,
        state: State::from_json(&state).map_err(|error| unreadable("conversations", error))?,
        agent: (agent != 0).then_some(AgentId(agent)),
        agent_name: row.text("agent_name")?,
        priority: v1::Priority::try_from(small::<i32>(row, "priority")?)
            .map_err(|error| unreadable("conversations", error))?,
        rank: rank(row)?,
        handoff_reason: row.text("handoff_reason")?,
        created_at_ms: row.int("created_at_ms")?,
        updated_at_ms: row.int("updated_at_ms")?,
        queued_at_ms: row.int("queued_at_ms")?,
        assigned_at_ms: row.int("assigned_at_ms")?,
        preview: row.text("preview")?,
        preview_seq: id(row, "preview_seq")?,
        last_sender: v1::Sender::try_from(small::<i32>(row, "last_sender")?)
            .map_err(|error| unreadable("conversations", error))?,
        language: language("language")?,
        page_language: language("page_language")?,
        group: GroupId(id(row, "group_id")?),
        last_agent: (last != 0).then_some(AgentId(last)),
        wanted_at_ms: row.int("wanted_at_ms")?,
        replied_at_ms: row.int("replied_at_ms")?,
        reply_due_at_ms: row.int("reply_due_at_ms")?,
        resolution_due_at_ms: row.int("resolution_due_at_ms")?,
    })
}

fn rank(row: &impl Cells) -> Result<Option<Rank>, StoreError> {
    let (Some(_), Some(fresh)) = (row.maybe_int("rank_lane")?, row.maybe_flag("rank_fresh")?)
    else {
        return Ok(None);
    };
    Ok(Some(Rank {
        lane: small(row, "rank_lane")?,
        fresh,
        ticket: id(row, "rank_ticket")?,
    }))
}

/// Whether a restart must look at it.
pub(crate) fn needs_care(head: &Head) -> bool {
    let settled = matches!(head.phase(), v1::Phase::Bot | v1::Phase::Closed);
    head.is_processing() || !settled
}

pub(crate) const MESSAGE: &str = "tenant_id, conversation_id, seq, id, sender, sender_id, sender_name, client_id, \
    created_at_ms, body, trace, utc_offset_minutes, quote_seq, recalled_seq";

/// As [`MESSAGE`], with what the body is instead of it: its first byte is the tag of its only field.
pub(crate) const METADATA: &str = "tenant_id, conversation_id, seq, id, sender, sender_id, sender_name, client_id, \
    created_at_ms, trace, utc_offset_minutes, quote_seq, recalled_seq, substr(body, 1, 1) AS tag, \
    CAST(length(body) AS BIGINT) AS body_bytes";

/// A message as readers may have it.
pub(crate) fn shown(row: &impl Cells) -> Result<v1::Message, StoreError> {
    message(row).map(kefu_chat::store::shown)
}

/// A message without its body, as readers may have it.
pub(crate) fn metadata(row: &impl Cells) -> Result<v1::Message, StoreError> {
    let message = v1::Message {
        body_kind: kind(row)?.into(),
        body_bytes: small(row, "body_bytes")?,
        ..without_body(row)?
    };
    Ok(kefu_chat::store::shown(message))
}

/// What a body is, by its tag: the field's number above three bits of its wire type.
pub(crate) fn kind(row: &impl Cells) -> Result<v1::BodyKind, StoreError> {
    let tag = row.bytes("tag")?.first().copied().unwrap_or(0);
    v1::BodyKind::try_from(i32::from(tag >> 3)).map_err(|error| unreadable("messages", error))
}

/// A message as it is stored, recalled or not.
pub(crate) fn message(row: &impl Cells) -> Result<v1::Message, StoreError> {
    let body = row.bytes("body")?;
    Ok(v1::Message {
        body: Some(v1::Body::decode(body).map_err(|error| unreadable("messages", error))?),
        ..without_body(row)?
    })
}

fn without_body(row: &impl Cells) -> Result<v1::Message, StoreError> {
    let trace = row.maybe_bytes("trace")?;
    let trace = trace
        .map(v1::Trace::decode)
        .transpose()
        .map_err(|error| unreadable("messages", error))?;
    Ok(v1::Message {
        id: id(row, "id")?,
        conversation_id: id(row, "conversation_id")?,
        seq: id(row, "seq")?,
        sender: small(row, "sender")?,
        sender_id: id(row, "sender_id")?,
        sender_name: row.text("sender_name")?,
        client_id: row.text("client_id")?,
        created_at_ms: row.int("created_at_ms")?,
        trace,
        utc_offset_minutes: row
            .maybe_int("utc_offset_minutes")?
            .map(i32::try_from)
            .transpose()
            .map_err(|error| unreadable("messages", error))?,
        quote_seq: id(row, "quote_seq")?,
        recalled_seq: id(row, "recalled_seq")?,
        ..v1::Message::default()
    })
}

/// What references look at.
pub(crate) const KNOWN: &str =
    "sender, sender_id, created_at_ms, recalled_seq, substr(body, 1, 1) AS tag";

pub(crate) fn known_message(row: &impl Cells) -> Result<KnownMessage, StoreError> {
    Ok(KnownMessage {
        sender: small(row, "sender")?,
        sender_id: id(row, "sender_id")?,
        kind: kind(row)?,
        created_at_ms: row.int("created_at_ms")?,
        recalled_seq: id(row, "recalled_seq")?,
    })
}

/// Where a message is.
pub(crate) fn message_key(row: &impl Cells) -> Result<MessageKey, StoreError> {
    Ok((
        TenantId(id(row, "tenant_id")?),
        ConversationId(id(row, "conversation_id")?),
        id(row, "seq")?,
    ))
}

pub(crate) const MEDIA: &str = "tenant_id, id, conversation_id, sender, sender_id, client_id, source_sha256, body, \
    stored_bytes, sealed, seq, created_at_ms, sent_at_ms, gone_at_ms";

pub(crate) fn media(row: &impl Cells) -> Result<Media, StoreError> {
    let bad = |error: &dyn std::fmt::Display| unreadable("media", error);
    let source = row.bytes("source_sha256")?.try_into();
    Ok(Media {
        tenant: TenantId(id(row, "tenant_id")?),
        id: MediaId(id(row, "id")?),
        conversation: ConversationId(id(row, "conversation_id")?),
        uploader: Person {
            sender: small(row, "sender")?,
            id: id(row, "sender_id")?,
        },
        client_id: row.text("client_id")?,
        source: ContentHash(source.map_err(|error| bad(&error))?),
        body: v1::Body::decode(row.bytes("body")?).map_err(|error| bad(&error))?,
        stored_bytes: id(row, "stored_bytes")?,
        sealed: row.flag("sealed")?,
        seq: id(row, "seq")?,
        created_at_ms: row.int("created_at_ms")?,
        sent_at_ms: row.int("sent_at_ms")?,
        gone_at_ms: row.int("gone_at_ms")?,
    })
}

pub(crate) const IDENTITY: &str = "tenant_id, subject, visitor_id, conversation_id, created_at_ms";

pub(crate) fn identity(row: &impl Cells) -> Result<Identity, StoreError> {
    Ok(Identity {
        tenant: TenantId(id(row, "tenant_id")?),
        subject: row.text("subject")?,
        visitor: VisitorId(id(row, "visitor_id")?),
        conversation: ConversationId(id(row, "conversation_id")?),
        created_at_ms: row.int("created_at_ms")?,
    })
}

pub(crate) const CANNED: &str =
    "tenant_id, id, owner_id, shortcut, title, text_zh, text_en, version, updated_at_ms";

pub(crate) fn canned(row: &impl Cells) -> Result<v1::CannedReply, StoreError> {
    Ok(v1::CannedReply {
        id: id(row, "id")?,
        owner_id: id(row, "owner_id")?,
        shortcut: row.text("shortcut")?,
        title: row.text("title")?,
        text_zh: row.text("text_zh")?,
        text_en: row.text("text_en")?,
        version: id(row, "version")?,
        updated_at_ms: row.int("updated_at_ms")?,
    })
}

/// By shortcut, then by owner: in one order, however a database sorts texts.
pub(crate) fn by_shortcut(mut replies: Vec<v1::CannedReply>) -> Vec<v1::CannedReply> {
    replies.sort_by(|a, b| (&a.shortcut, a.owner_id).cmp(&(&b.shortcut, b.owner_id)));
    replies
}

/// The body, which is encoded, comes last.
pub(crate) const NOTE: &str = "tenant_id, conversation_id, number, id, author_id, author_name, client_id, \
    created_at_ms, after_seq, body";

pub(crate) fn note(row: &impl Cells) -> Result<v1::Note, StoreError> {
    let body = v1::NoteBody::decode(row.bytes("body")?);
    Ok(v1::Note {
        id: id(row, "id")?,
        conversation_id: id(row, "conversation_id")?,
        number: id(row, "number")?,
        author_id: id(row, "author_id")?,
        author_name: row.text("author_name")?,
        client_id: row.text("client_id")?,
        created_at_ms: row.int("created_at_ms")?,
        after_seq: id(row, "after_seq")?,
        body: Some(body.map_err(|error| unreadable("conversation_notes", error))?),
    })
}

pub(crate) const CURSOR: &str = "tenant_id, conversation_id, sender, sender_id, device_id, delivered_seq, read_seq, moved_at_ms";

pub(crate) fn reach(row: &impl Cells) -> Result<Reach, StoreError> {
    Ok(Reach {
        delivered_seq: id(row, "delivered_seq")?,
        read_seq: id(row, "read_seq")?,
    })
}

pub(crate) fn person(row: &impl Cells) -> Result<Person, StoreError> {
    Ok(Person {
        sender: small(row, "sender")?,
        id: id(row, "sender_id")?,
    })
}

/// A whole row of a cursor.
pub(crate) fn cursor(row: &impl Cells) -> Result<(CursorKey, String, DeviceCursor), StoreError> {
    let (tenant, conversation) = (id(row, "tenant_id")?, id(row, "conversation_id")?);
    let key = (TenantId(tenant), ConversationId(conversation), person(row)?);
    let row_of = DeviceCursor {
        reach: reach(row)?,
        moved_at_ms: row.int("moved_at_ms")?,
    };
    Ok((key, row.text("device_id")?, row_of))
}

pub(crate) fn user(row: &impl Cells) -> Result<User, StoreError> {
    let bad = |error: prost::UnknownEnumValue| unreadable("users", error);
    Ok(User {
        tenant: TenantId(id(row, "tenant_id")?),
        id: AgentId(id(row, "id")?),
        login: row.text("login")?,
        name: row.text("name")?,
        password_hash: row.text("password_hash")?,
        role: v1::Role::try_from(small::<i32>(row, "role")?).map_err(bad)?,
        capacity: small(row, "capacity")?,
        status: v1::AgentStatus::try_from(small::<i32>(row, "status")?).map_err(bad)?,
        away_reason: row.text("away_reason")?,
        manual_accept: row.flag("manual_accept")?,
        disabled: row.flag("disabled")?,
        version: id(row, "version")?,
        created_at_ms: row.int("created_at_ms")?,
    })
}

pub(crate) fn token(row: &impl Cells) -> Result<TokenHash, StoreError> {
    let hash = row.bytes("token_hash")?;
    hash.try_into()
        .map(TokenHash)
        .map_err(|error| unreadable("sessions", error))
}

pub(crate) fn session(row: &impl Cells) -> Result<Session, StoreError> {
    let subject = id(row, "subject_id")?;
    Ok(Session {
        id: SessionId(id(row, "id")?),
        tenant: TenantId(id(row, "tenant_id")?),
        token: token(row)?,
        subject: if row.flag("is_visitor")? {
            Subject::Visitor(
                VisitorId(subject),
                ConversationId(id(row, "conversation_id")?),
            )
        } else {
            Subject::User(AgentId(subject))
        },
        created_at_ms: row.int("created_at_ms")?,
        expires_at_ms: row.int("expires_at_ms")?,
        revoked_at_ms: row.int("revoked_at_ms")?,
    })
}
