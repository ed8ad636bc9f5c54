//! The head of a conversation: everything about it but its messages.

use kefu_dialog::{Phase, State};
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, GroupId, Lang, Millis, TenantId, VisitorId};

use crate::{
    lanes::Lane,
    model::{Rank, Visitor},
};

/// One row of `conversations`. Changed only as a whole, by comparing `version` and `stamp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub id: ConversationId,
    /// Whose it is.
    pub visitor: VisitorId,
    /// May be empty.
    pub visitor_name: String,
    /// Grows by one with every change.
    pub version: u64,
    /// Unique to the change that made this version: two nodes that both computed a next
    /// version differ here, so a change built on one can never land on the other.
    pub stamp: u64,
    /// Sequence of the newest message; 0 when there is none.
    pub last_seq: u64,
    /// The bot has answered, or need not answer, everything up to here.
    pub answered_seq: u64,
    /// Version at which the current turn was handed out; commits older than it are stale.
    pub turn_version: u64,
    /// The dialog's memory.
    pub state: State,
    /// Owner, from assignment to the end of the wrap-up.
    pub agent: Option<AgentId>,
    /// The owner's name then.
    pub agent_name: String,
    /// Which lane it waits in, wherever it waits.
    pub priority: v1::Priority,
    /// Place in the queue, when queued.
    pub rank: Option<Rank>,
    /// Why a human was wanted last.
    pub handoff_reason: String,
    /// UTC milliseconds.
    pub created_at_ms: Millis,
    /// UTC milliseconds of the newest change.
    pub updated_at_ms: Millis,
    /// UTC milliseconds since when it waits; 0 when not queued.
    pub queued_at_ms: Millis,
    /// UTC milliseconds since when the owner owns it; 0 when nobody does.
    pub assigned_at_ms: Millis,
    /// First characters of the newest text; empty when that was recalled.
    pub preview: String,
    /// Sequence of the message that the preview shows; 0 in rows from before it was kept.
    pub preview_seq: u64,
    /// Who wrote last.
    pub last_sender: v1::Sender,
    /// What the bot speaks.
    pub language: Lang,
    /// What the visitor's page showed last.
    pub page_language: Lang,
    /// In whose line it waits, or for whom it is served; 0 is the default group.
    pub group: GroupId,
    /// Who owned it last and should again, when it comes back to the queue.
    pub last_agent: Option<AgentId>,
    /// UTC milliseconds since when this talk wants a person; 0 when none was wanted since it began or
    /// was closed last. What is promised to visitors is counted from here.
    pub wanted_at_ms: Millis,
    /// UTC milliseconds of an agent's first words since then; 0 when there are none.
    pub replied_at_ms: Millis,
    /// UTC milliseconds until when those words are promised, as it was promised; 0: they are not.
    pub reply_due_at_ms: Millis,
    /// The same of the end of the talk.
    pub resolution_due_at_ms: Millis,
}

impl Head {
    /// Of a conversation that begins when its visitor does, in the language of their page.
    #[must_use]
    pub fn begun(visitor: &Visitor, id: ConversationId, stamp: u64, language: Lang) -> Self {
        Self {
            tenant: visitor.tenant,
            id,
            visitor: visitor.id,
            visitor_name: visitor.name.clone(),
            version: 1,
            stamp,
            last_seq: 0,
            answered_seq: 0,
            turn_version: 0,
            state: State::default(),
            agent: None,
            agent_name: String::new(),
            priority: v1::Priority::Normal,
            rank: None,
            handoff_reason: String::new(),
            created_at_ms: visitor.created_at_ms,
            updated_at_ms: visitor.created_at_ms,
            queued_at_ms: 0,
            assigned_at_ms: 0,
            preview: String::new(),
            preview_seq: 0,
            last_sender: v1::Sender::Unspecified,
            language,
            page_language: language,
            group: GroupId(0),
            last_agent: None,
            wanted_at_ms: 0,
            replied_at_ms: 0,
            reply_due_at_ms: 0,
            resolution_due_at_ms: 0,
        }
    }

    /// Whether `next` differs from it at most in what every message moves: the counters, the
    /// preview, the time, and the dialog's state within one phase.
    #[must_use]
    pub fn is_moved_by(&self, next: &Self) -> bool {
        // Every field by name: a new one must be put on one side or the other.
        let Self {
            tenant,
            id,
            visitor,
            visitor_name,
            version: _,
            stamp: _,
            last_seq: _,
            answered_seq: _,
            turn_version: _,
            state: _,
            agent,
            agent_name,
            priority,
            rank,
            handoff_reason,
            created_at_ms,
            updated_at_ms: _,
            queued_at_ms,
            assigned_at_ms,
            preview: _,
            preview_seq: _,
            last_sender: _,
            language,
            page_language,
            group,
            last_agent,
            wanted_at_ms,
            replied_at_ms,
            reply_due_at_ms,
            resolution_due_at_ms,
        } = self;
        let place = (self.phase(), self.is_processing(), self.owner());
        place == (next.phase(), next.is_processing(), next.owner())
            && (*tenant, *id, *visitor) == (next.tenant, next.id, next.visitor)
            && (*agent, *priority, *rank) == (next.agent, next.priority, next.rank)
            && (*created_at_ms, *queued_at_ms, *assigned_at_ms)
                == (next.created_at_ms, next.queued_at_ms, next.assigned_at_ms)
            && (*language, *page_language) == (next.language, next.page_language)
            && (*group, *last_agent) == (next.group, next.last_agent)
            && (*wanted_at_ms, *replied_at_ms) == (next.wanted_at_ms, next.replied_at_ms)
            && (*reply_due_at_ms, *resolution_due_at_ms)
                == (next.reply_due_at_ms, next.resolution_due_at_ms)
            && *visitor_name == next.visitor_name
            && *agent_name == next.agent_name
            && *handoff_reason == next.handoff_reason
    }

    /// The lane that its priority stands for.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        Lane::of(self.priority)
    }

    /// Where it stands, as people see it.
    #[must_use]
    pub fn phase(&self) -> v1::Phase {
        phase_of(&self.state.phase)
    }

    /// Whether a bot owes an answer.
    #[must_use]
    pub const fn is_processing(&self) -> bool {
        matches!(self.state.phase, Phase::Processing { .. })
    }

    /// Whether an agent's capacity is taken by it.
    #[must_use]
    pub const fn owner(&self) -> Option<AgentId> {
        match self.state.phase {
            Phase::Serving | Phase::WrapUp => self.agent,
            _ => None,
        }
    }
}

/// The dialog's phase as people see it.
#[must_use]
pub const fn phase_of(phase: &Phase) -> v1::Phase {
    match phase {
        Phase::Idle
        | Phase::Processing { .. }
        | Phase::Acting { .. }
        | Phase::WaitingReply { .. }
        | Phase::WaitingApproval { .. }
        | Phase::WaitingConfirm { .. } => v1::Phase::Bot,
        Phase::Queued => v1::Phase::Queued,
        Phase::Serving => v1::Phase::Serving,
        Phase::WrapUp => v1::Phase::WrapUp,
        Phase::Closed => v1::Phase::Closed,
    }
}
