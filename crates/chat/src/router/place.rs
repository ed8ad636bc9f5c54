//! Where conversations are, and the numbers and refusals around it.

use kefu_types::{AgentId, GroupId};

use super::Time;
use crate::model::Rank;

/// The group into which everything falls by default. It is always there.
pub(super) const DEFAULT: GroupId = GroupId(0);

/// Numbers that shape a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskLimits {
    /// While somebody waits, at most so many of the first lane pass.
    pub vip_ahead_max: u32,
    /// How long an agent has to answer an offer.
    pub offer_ms: Time,
    /// Who declined or missed a conversation is not asked about it again before this.
    pub offer_again_ms: Time,
    /// Offers in a row that an agent may leave unanswered before they are taken to be away.
    pub offers_missed_max: u32,
}

/// How a conversation waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Where in the line.
    pub rank: Rank,
    /// In which line. One that is unknown or closed is the default one.
    pub group: GroupId,
    /// Since when.
    pub since: Time,
    /// Who served it last and should again, where that matters.
    pub last: Option<AgentId>,
}

/// Where a committed conversation is, as far as routing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// It waits.
    Queued(Waiting),
    /// It takes room of an agent and of a group.
    Owned {
        /// Whose it is.
        agent: AgentId,
        /// Of which group.
        group: GroupId,
    },
    /// With the bot, or closed.
    #[default]
    Elsewhere,
}

impl Place {
    pub(super) const fn group(&self) -> GroupId {
        match self {
            Self::Queued(waiting) => waiting.group,
            Self::Owned { group, .. } => *group,
            Self::Elsewhere => DEFAULT,
        }
    }
}

/// Why a reservation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The agent owns as many as they may.
    #[error("the agent owns as many conversations as they may")]
    Full,
    /// The group has as many as it may.
    #[error("the group has as many conversations as it may")]
    GroupFull,
    /// The router is giving it to somebody at this moment.
    #[error("the conversation is being assigned at this moment")]
    Reserved,
    /// An agent is being asked at this moment.
    #[error("the conversation is being offered to another agent")]
    Offered,
    /// There is no such offer any more.
    #[error("the offer has ended")]
    Ended,
}
