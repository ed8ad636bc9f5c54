//! Of the agents who fit, the one who gets it.

use std::collections::BTreeSet;

use kefu_types::{AgentId, ConversationId, GroupId};

use super::{Desk, LEVEL_LEAST, Place, Strategy, Time, group::Group};
use crate::model::Rank;

/// Smaller is chosen: what the strategy looks at, then the load, then who is idle longest.
type Key = (u64, u32, u64);

impl Desk {
    /// Who helps a group now and is open.
    pub(super) fn helpers(&self, group: &Group, now: Time) -> Option<&BTreeSet<AgentId>> {
        let helpers = self.groups.get(&group.helpers(now)?)?;
        Some(&helpers.open)
    }

    /// Agents who fit, own ones before those who help.
    pub(super) fn fitting<'a>(
        &'a self,
        conversation: ConversationId,
        group: &'a Group,
        helpers: Option<&'a BTreeSet<AgentId>>,
        now: Time,
    ) -> impl Iterator<Item = AgentId> + 'a {
        let declined = self.declines.get(&conversation);
        let declined = declined.map_or(&[][..], Vec::as_slice);
        let open = group.open.iter().chain(helpers.into_iter().flatten());
        open.copied().filter(move |agent| {
            let no = declined
                .iter()
                .any(|(who, until)| who == agent && *until > now);
            !no
        })
    }

    /// The one who gets the next of a group. Whoever served it last goes before all others where
    /// the strategy says so, and where an agent was lost and is back.
    pub(super) fn choose(
        &self,
        id: GroupId,
        conversation: ConversationId,
        rank: Rank,
        now: Time,
    ) -> Option<AgentId> {
        let group = self.groups.get(&id)?;
        let helpers = self.helpers(group, now);
        let returns = group.rules.strategy == Strategy::LastAgent || !rank.fresh;
        let last = match self.talks.get(&conversation)?.place {
            Place::Queued(waiting) if returns => waiting.last,
            _ => None,
        };
        if let Some(last) = last
            && self
                .fitting(conversation, group, helpers, now)
                .any(|agent| agent == last)
        {
            return Some(last);
        }
        let best = |helpers| {
            self.fitting(conversation, group, helpers, now)
                .min_by_key(|agent| self.key(group, *agent))
        };
        best(None).or_else(|| best(helpers))
    }

    fn key(&self, group: &Group, agent: AgentId) -> Key {
        let (load, touched) = self
            .seats
            .get(&agent)
            .map_or((u32::MAX, u64::MAX), |seat| (seat.load(), seat.touched));
        let first = match group.rules.strategy {
            Strategy::LeastLoaded | Strategy::LastAgent => 0,
            Strategy::RoundRobin => group.given.get(&agent).copied().unwrap_or(0),
            // Who helps has no level here.
            Strategy::SkillLevel => group.members.level(agent).unwrap_or(LEVEL_LEAST).into(),
        };
        (first, load, touched)
    }
}
