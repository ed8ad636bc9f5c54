//! What can be changed.

use std::sync::Arc;

use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, MediaId, Millis, SessionId, TenantId};

use super::{
    Arrival, Expiry, GroupGuard, LeftMove, Mark, NewNote, NewPage, OwnerGuard, ProposedCount,
    Reference, SavedReply, SeenAlerts, StateChange, TagChange,
};
use crate::model::{
    ContentHash, Group, Head, Media, RecordVersion, Session, TokenHash, User, Visitor,
};

/// Which message of which sender: the key of idempotency.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientKey {
    /// Whose.
    pub tenant: TenantId,
    /// Where.
    pub conversation: ConversationId,
    /// `v1::Sender` as a number.
    pub sender: i32,
    /// Visitor's or agent's id.
    pub sender_id: u64,
    /// The sender's own id of the message.
    pub client_id: String,
}

/// A conversation moves on by one version, with the messages that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Advance {
    /// Only if it still has this version …
    pub expected_version: u64,
    /// … made by this change.
    pub expected_stamp: u64,
    /// What it becomes; its `version` is one more.
    pub head: Arc<Head>,
    /// The row is written whole. Otherwise the head differs from the one before only in what every
    /// message moves ([`Head::is_moved_by`]), and only that is written.
    pub whole: bool,
    /// New messages, consecutive, ending at `head.last_seq`.
    pub messages: Arc<[v1::Message]>,
    /// When the message comes from a client: stored once for this key.
    pub key: Option<ClientKey>,
    /// The agent's capacity, on assignment.
    pub guard: Option<OwnerGuard>,
    /// The group's, on assignment, where it has one.
    pub room: Option<GroupGuard>,
    /// The earlier message that the keyed one quotes or recalls.
    pub reference: Option<Reference>,
    /// What supervisors hear of it, stored with it.
    pub alert: Option<v1::WordAlert>,
    /// The keyed message is one left for later, or answers one.
    pub left: Option<Box<LeftMove>>,
    /// What the history tells of it. Most messages have none.
    pub events: Arc<[v1::HistoryEvent]>,
}

impl Advance {
    /// The message that [`Advance::key`] is the key of: the one that carries a client id.
    #[must_use]
    pub fn keyed(&self) -> Option<&v1::Message> {
        self.key.as_ref()?;
        self.messages
            .iter()
            .find(|message| !message.client_id.is_empty())
    }
}

/// A change. Each stands for itself: one that is refused does not harm its neighbours.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A tenant, unless the name exists.
    CreateTenant {
        /// Its id.
        id: TenantId,
        /// Its name.
        name: String,
    },
    /// A visitor with the one conversation and the first session.
    CreateVisitor {
        /// Who.
        visitor: Visitor,
        /// The conversation, at version 1 without messages.
        head: Arc<Head>,
        /// The anonymous token.
        session: Session,
    },
    /// See [`Arrival`].
    Identify(Box<Arrival>),
    /// See [`Advance`].
    Advance(Advance),
    /// Changes nothing: says whether this key is stored, in order with the changes before it.
    Probe {
        /// Which.
        key: ClientKey,
        /// To compare the body.
        body: Option<v1::Body>,
        /// To compare the quote.
        quote_seq: u64,
    },
    /// See [`Mark`].
    Mark(Mark),
    /// A user, unless the login exists.
    CreateUser(User),
    /// A user's row as a whole, if it still has the version before `user.version`. Refused when
    /// the tenant would be left without an admin.
    UpdateUser(User),
    /// As [`Change::UpdateUser`], with the event that tells of the state chosen.
    SetState(Box<StateChange>),
    /// Events of their own. One that is stored already is left as it is.
    Happened {
        /// Whose.
        tenant: TenantId,
        /// Ascending by id.
        events: Arc<[v1::HistoryEvent]>,
    },
    /// Events with ids below this one go, the oldest first, so many at most.
    ForgetEvents {
        /// Whose.
        tenant: TenantId,
        /// The first id that stays.
        below: u64,
        /// How many may go in this transaction.
        events_max: u32,
    },
    /// A group with all its members: a new one at version 1, unless its id or key exists; else the
    /// row, if it still has the version before `group.version`.
    PutGroup(Box<Group>),
    /// A login.
    CreateSession(Session),
    /// Ends sessions.
    RevokeSessions {
        /// Whose.
        tenant: TenantId,
        /// One session, …
        session: Option<SessionId>,
        /// … and those of this user but `except`.
        user: Option<AgentId>,
        /// Stays valid.
        except: Option<SessionId>,
        /// UTC milliseconds.
        at_ms: Millis,
    },
    /// A new setup link instead of all older ones, while the tenant has no user.
    OpenSetup {
        /// Whose.
        tenant: TenantId,
        /// Hash of its token.
        token: TokenHash,
        /// UTC milliseconds.
        expires_at_ms: Millis,
    },
    /// Uses the link up and creates the first admin with a session, while there is no user.
    CompleteSetup {
        /// Hash of the link's token.
        token: TokenHash,
        /// UTC milliseconds, to see whether it expired.
        at_ms: Millis,
        /// The first admin.
        user: User,
        /// Their session.
        session: Session,
    },
    /// A piece of a file's contents. The same piece again replaces the first.
    PutPiece {
        /// Whose.
        tenant: TenantId,
        /// Of the whole contents.
        content: ContentHash,
        /// From 0.
        piece: u32,
        /// At most [`PIECE_BYTES`](crate::PIECE_BYTES).
        data: Arc<[u8]>,
        /// UTC milliseconds.
        at_ms: Millis,
    },
    /// All pieces of these contents are stored and make the hash: versions may name them now.
    SealContent {
        /// Whose.
        tenant: TenantId,
        /// Of the whole contents.
        content: ContentHash,
        /// Of all pieces together.
        bytes: u64,
        /// UTC milliseconds.
        at_ms: Millis,
    },
    /// Room for an upload, unless its client's key has one already or the tenant has too much.
    ReserveMedia {
        /// The row: neither sealed, sent nor gone.
        media: Box<Media>,
        /// What the tenant may store, this upload included.
        tenant_bytes_max: u64,
    },
    /// The bytes of an upload are durable.
    SealMedia {
        /// Whose.
        tenant: TenantId,
        /// Which.
        media: MediaId,
    },
    /// Uploads of all tenants whose time is over are gone from now on.
    ExpireMedia(Expiry),
    /// The bytes of an upload that is gone are removed: so is its row, and the tenant has room again.
    ForgetMedia {
        /// Whose.
        tenant: TenantId,
        /// Which.
        media: MediaId,
    },
    /// A note, unless its author's key has one already or the conversation has too many.
    AddNote(Box<NewNote>),
    /// Tags of a conversation come and go.
    ChangeTags(Box<TagChange>),
    /// See [`SavedReply`].
    SaveCanned(Box<SavedReply>),
    /// A canned reply goes.
    DeleteCanned {
        /// Whose tenant.
        tenant: TenantId,
        /// Only if it is theirs; 0 for a shared one.
        owner: AgentId,
        /// Which.
        id: u64,
    },
    /// An agent has seen mentions.
    ReadMentions {
        /// Whose tenant.
        tenant: TenantId,
        /// Who.
        agent: AgentId,
        /// Where.
        conversation: ConversationId,
        /// Those of notes up to this one.
        number: u64,
    },
    /// See [`RecordVersion`].
    RecordVersion(Box<RecordVersion>),
    /// What a visitor thought of a talk, unless they said so before.
    Rate {
        /// Whose.
        tenant: TenantId,
        /// Whole.
        rating: Box<v1::Rating>,
        /// What the history tells of it, if it is the first.
        event: Box<v1::HistoryEvent>,
    },
    /// What a talk was about, in place of what was said of it before.
    Summarize {
        /// Whose.
        tenant: TenantId,
        /// Whole.
        summary: Box<v1::Summary>,
    },
    /// Who works on a message left, or that it is done without an answer.
    MoveLeft(Box<LeftMove>),
    /// What intents proposed since the last time, on top of what they had. Counted again where the
    /// answer to a write was lost.
    CountProposed(Vec<ProposedCount>),
    /// See [`NewPage`].
    SeePage(Box<NewPage>),
    /// See [`SeenAlerts`].
    SeeAlerts(Box<SeenAlerts>),
    /// A new epoch, if it is above the one of now. The store's identity stays where it has one.
    BeginEpoch {
        /// Of the store.
        identity: u64,
        /// Above 0.
        epoch: u64,
    },
    /// Makes some more of the messages searchable that were written while nothing was indexed, of
    /// all tenants.
    IndexOlder {
        /// Messages looked at.
        messages_max: u32,
    },
}

impl Change {
    /// The largest id that it stores, 0 when it stores none: what a generator must start above.
    #[must_use]
    pub fn largest_id(&self) -> u64 {
        match self {
            Self::Advance(advance) => {
                let message = advance.messages.iter().map(|message| message.id).max();
                let ticket = advance.head.rank.map_or(0, |rank| rank.ticket);
                let left = advance.left.as_ref().map_or(0, |left| left.row.id);
                let event = advance.events.last().map_or(0, |event| event.id);
                let alert = advance.alert.as_ref().map_or(0, |alert| alert.id);
                let own = advance.head.stamp.max(message.unwrap_or(0));
                own.max(ticket).max(left).max(event).max(alert)
            }
            Self::CreateTenant {
                id: TenantId(id), ..
            } => *id,
            Self::CreateVisitor {
                visitor,
                head,
                session,
            } => {
                let talk = head.stamp.max(head.id.0);
                session.id.0.max(visitor.id.0).max(talk)
            }
            Self::Identify(arrival) => {
                let fresh = arrival.fresh.as_ref().map_or(0, |(visitor, head)| {
                    visitor.id.0.max(head.id.0).max(head.stamp)
                });
                arrival.session.id.0.max(fresh)
            }
            Self::CreateUser(user) => user.id.0,
            Self::SetState(change) => change.event.id,
            Self::Happened { events, .. } => events.last().map_or(0, |event| event.id),
            Self::Rate { event, .. } => event.id,
            Self::PutGroup(group) => group.id.0,
            Self::CreateSession(session) => session.id.0,
            Self::ReserveMedia { media, .. } => media.id.0,
            Self::AddNote(new) => new.note.id,
            Self::SaveCanned(saved) => saved.reply.id,
            Self::SeePage(new) => new.page.id,
            Self::CompleteSetup { user, session, .. } => user.id.0.max(session.id.0),
            Self::Probe { .. }
            | Self::Mark(_)
            | Self::ForgetEvents { .. }
            | Self::Summarize { .. }
            | Self::MoveLeft(_)
            | Self::CountProposed(_)
            | Self::SeeAlerts(_)
            | Self::BeginEpoch { .. }
            | Self::IndexOlder { .. }
            | Self::ReadMentions { .. }
            | Self::DeleteCanned { .. }
            | Self::ChangeTags(_)
            | Self::SealMedia { .. }
            | Self::ExpireMedia(_)
            | Self::ForgetMedia { .. }
            | Self::PutPiece { .. }
            | Self::SealContent { .. }
            | Self::RecordVersion(_)
            | Self::UpdateUser(_)
            | Self::RevokeSessions { .. }
            | Self::OpenSetup { .. } => 0,
        }
    }
}
