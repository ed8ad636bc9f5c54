//! A group: who serves it, how it chooses, and its line.

use std::collections::{BTreeMap, BTreeSet};

use kefu_types::{AgentId, ConversationId, GroupId};

use super::{Time, estimate::Estimate, line::Line};

/// The best level of a skill; also that of everybody where nobody is listed.
pub const LEVEL_BEST: u8 = 1;
/// The least level of a skill.
pub const LEVEL_LEAST: u8 = 9;

/// Which of the agents who fit gets the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Strategy {
    /// Who owns the fewest, and of those the one idle longest.
    #[default]
    LeastLoaded,
    /// Who was given one of this group longest ago.
    RoundRobin,
    /// Who served the visitor last; else as the least loaded.
    LastAgent,
    /// Who has the best level, and of those the least loaded.
    SkillLevel,
}

/// After how long somebody else may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Overflow {
    /// Whose agents help.
    pub to: GroupId,
    /// Once somebody has waited this long, in milliseconds.
    pub after_ms: Time,
}

/// How a group works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rules {
    /// Who gets the next one.
    pub strategy: Strategy,
    /// Who helps when the wait is long. One step only: helpers of helpers do not come.
    pub overflow: Option<Overflow>,
    /// Conversations of the group that may be owned at once; 0: as many as its agents may.
    pub capacity: u32,
    /// Its conversations are offered, not given.
    pub manual: bool,
}

/// Who serves a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// All agents, each at [`LEVEL_BEST`].
    Everybody,
    /// These, with their levels: 1 is the best, 9 the least.
    Listed(BTreeMap<AgentId, u8>),
}

impl Members {
    pub(super) fn level(&self, agent: AgentId) -> Option<u8> {
        match self {
            Self::Everybody => Some(LEVEL_BEST),
            Self::Listed(levels) => levels.get(&agent).copied(),
        }
    }
}

/// A group as the desk keeps it.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) rules: Rules,
    pub(super) members: Members,
    pub(super) line: Line,
    /// Members who may be given one now.
    pub(super) open: BTreeSet<AgentId>,
    pub(super) owned: BTreeSet<ConversationId>,
    pub(super) reserved: BTreeSet<ConversationId>,
    /// When each was given one of this group last, as a count over the whole desk.
    pub(super) given: BTreeMap<AgentId, u64>,
    pub(super) estimate: Estimate,
}

impl Group {
    pub(super) fn new(vip_ahead_max: u32) -> Self {
        Self {
            rules: Rules::default(),
            members: Members::Everybody,
            line: Line::new(vip_ahead_max),
            open: BTreeSet::new(),
            owned: BTreeSet::new(),
            reserved: BTreeSet::new(),
            given: BTreeMap::new(),
            estimate: Estimate::default(),
        }
    }

    /// Owned and about to be owned.
    pub(super) fn load(&self) -> u32 {
        let coming = self.reserved.iter().filter(|id| !self.owned.contains(id));
        u32::try_from(self.owned.len() + coming.count()).unwrap_or(u32::MAX)
    }

    /// Whether one more of it may be owned.
    pub(super) fn has_room(&self) -> bool {
        self.rules.capacity == 0 || self.load() < self.rules.capacity
    }

    /// Who helps now, if somebody has waited long enough.
    pub(super) fn helpers(&self, now: Time) -> Option<GroupId> {
        let overflow = self.rules.overflow?;
        let since = self.line.longest()?;
        (now.saturating_sub(since) >= overflow.after_ms).then_some(overflow.to)
    }
}
