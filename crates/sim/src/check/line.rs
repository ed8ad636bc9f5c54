//! Who is given what: groups have room, who is to be asked was asked, the longest wait goes first,
//! and who lost their agent stands at the front.

use kefu_proto::v1::{Phase, notice};

use super::{Checker, SETTLE_MS, Verdict, broken, commits::owner_of};
use crate::{
    log::{Row, Version},
    process::AGENT_GRACE,
};

/// After this long, simulated, no call of before can make a change any more.
const CALL_MS: u64 = 20_000;

/// A group as the run set it up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Team {
    /// Conversations of it that may be owned at once; 0: any number.
    pub(crate) capacity: usize,
    /// Its agents are asked before they are given one.
    pub(crate) manual: bool,
    /// Somebody who serves it, or helps, may be asked first: who waits may be passed over for
    /// declining, which nobody but the agent need hear of.
    pub(crate) asks: bool,
}

/// Somebody who waits, by what was committed when they began to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiter {
    tenant: u64,
    group: u64,
    lane: u8,
    /// Not served before, and the ticket. Smaller goes first.
    place: (bool, u64),
    /// Since when in this lane of this group.
    since_ms: u64,
}

/// What people did to a conversation by hand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hand {
    open: u64,
    last_ms: u64,
}

/// Whether an agent's workspace is connected, as the agent sees it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Presence {
    online: bool,
    /// Since when it is so.
    since_ms: u64,
    /// How long the absence before it was.
    away_ms: u64,
}

impl Checker {
    /// Something failed: what is promised for quiet times begins anew.
    pub(crate) fn troubled(&mut self) {
        self.trouble_ms = Some(self.now_ms);
    }

    /// When something failed last, simulated milliseconds.
    pub(crate) fn troubled_ms(&self) -> Option<u64> {
        self.trouble_ms
    }

    /// An agent claims, accepts, declines or gives away this conversation, or has an answer.
    pub(crate) fn by_hand(&mut self, conversation: u64, begins: bool) {
        let hand = self.hands.entry(conversation).or_default();
        hand.last_ms = self.now_ms;
        hand.open = if begins {
            hand.open + 1
        } else {
            hand.open.saturating_sub(1)
        };
    }

    /// An agent's workspace is connected, or is not.
    pub(crate) fn presence(&mut self, agent: u64, online: bool) {
        let now_ms = self.now_ms;
        let presence = self.presence.entry(agent).or_default();
        if presence.online == online {
            return;
        }
        if online {
            presence.away_ms = now_ms - presence.since_ms;
        }
        (presence.online, presence.since_ms) = (online, now_ms);
    }

    /// How many conversations of a group are owned.
    pub(crate) fn load_of_group(&self, tenant: u64, group: u64) -> usize {
        let owned = self.owned_in.get(&(tenant, group));
        owned.map_or(0, std::collections::BTreeSet::len)
    }

    /// How long somebody has been where they wait, simulated milliseconds.
    pub(crate) fn waited_ms(&self, conversation: u64) -> u64 {
        let waiter = self.waiting.get(&conversation);
        waiter.map_or(0, |waiter| self.now_ms.saturating_sub(waiter.since_ms))
    }

    /// A version was stored: who waits, who is served, and was it right?
    pub(super) fn lines(
        &mut self,
        tenant: u64,
        conversation: u64,
        (before, after): (Option<Version>, Version),
        rows: &[Row],
    ) -> Verdict {
        self.judged()?;
        self.crowded(tenant, conversation, (before, after))?;
        let says = |kind: notice::Kind| rows.iter().any(|row| row.notice == i32::from(kind));
        if says(notice::Kind::Requeued) {
            self.requeued(conversation, before, after)?;
        }
        let waited = self.waiting.get(&conversation).copied();
        let queued = i32::from(Phase::Queued);
        let rank = after.rank.filter(|_| after.phase == queued);
        let Some((lane, fresh, ticket)) = rank else {
            self.waiting.remove(&conversation);
            self.passed.remove(&conversation);
            return match (waited, owner_of(after)) {
                (Some(waited), Some(agent)) => self.given(conversation, waited, agent),
                _ => Ok(()),
            };
        };
        let again = says(notice::Kind::Queued) || says(notice::Kind::Requeued);
        let known = waited.filter(|_| !again);
        let waiter = Waiter {
            tenant,
            group: after.group,
            lane,
            // The ticket of the beginning, whatever is stored later.
            place: known.map_or((fresh, ticket), |known| known.place),
            since_ms: self.now_ms,
        };
        let stays = known.is_some_and(|known| (known.group, known.lane) == (after.group, lane));
        if !stays {
            self.waiting.insert(conversation, waiter);
            self.passed.remove(&conversation);
        }
        Ok(())
    }

    /// Never more of a group than it may have, whatever happens to the store.
    fn crowded(
        &mut self,
        tenant: u64,
        conversation: u64,
        (before, after): (Option<Version>, Version),
    ) -> Verdict {
        let of = |version: Version| owner_of(version).map(|_| (tenant, version.group));
        let (was, is) = (before.and_then(of), of(after));
        if was == is {
            return Ok(());
        }
        if let Some(owned) = was.and_then(|was| self.owned_in.get_mut(&was)) {
            owned.remove(&conversation);
        }
        let Some(is) = is else { return Ok(()) };
        let owned = self.owned_in.entry(is).or_default();
        owned.insert(conversation);
        let count = owned.len();
        let most = self.teams.get(&is).map_or(0, |team| team.capacity);
        if most != 0 && count > most {
            broken!(
                HandOff,
                "group {} owns {count} conversations, {most} are allowed",
                is.1
            );
        }
        Ok(())
    }

    /// Who lost an agent goes to the front, and loses them only after the grace, or by hand.
    fn requeued(&self, conversation: u64, before: Option<Version>, after: Version) -> Verdict {
        if let Some((_, true, _)) = after.rank {
            broken!(
                InLine,
                "{conversation} lost its agent and waits behind those who had none"
            );
        }
        let Some(agent) = before.and_then(owner_of) else {
            return Ok(());
        };
        if self.is_by_hand(conversation, CALL_MS) {
            return Ok(());
        }
        let presence = self.presence.get(&agent).copied().unwrap_or_default();
        let lasts_ms = self.now_ms - presence.since_ms;
        let away_ms = match (presence.online, lasts_ms <= SETTLE_MS) {
            (false, _) => lasts_ms,
            (true, true) => presence.away_ms,
            (true, false) => 0,
        };
        // Clocks drift by some percent.
        let grace_ms = u64::try_from(AGENT_GRACE.as_millis()).unwrap_or(0) * 9 / 10;
        // While the store suffers, a workspace that is shown may not be in force yet.
        let quiet = !self.troubled_after(self.now_ms.saturating_sub(grace_ms + SETTLE_MS));
        if away_ms < grace_ms && quiet {
            broken!(
                HandOff,
                "agent {agent} lost {conversation} after {away_ms} ms of absence"
            );
        }
        Ok(())
    }

    /// Somebody who waited has an owner now.
    fn given(&mut self, conversation: u64, waited: Waiter, agent: u64) -> Verdict {
        if self.is_by_hand(conversation, CALL_MS) {
            return Ok(());
        }
        let key = (waited.tenant, waited.group);
        let team = self.teams.get(&key).copied().unwrap_or_default();
        let asked = team.manual || self.staff.get(&agent).is_some_and(|staff| staff.manual);
        if asked {
            broken!(
                HandOff,
                "agent {agent} was given {conversation} and had to be asked"
            );
        }
        if team.asks {
            return Ok(());
        }
        let now_ms = self.now_ms;
        let ahead = self.waiting.iter().filter(|(_, other)| {
            (other.tenant, other.group, other.lane) == (waited.tenant, waited.group, waited.lane)
                && other.place < waited.place
                // Who came to the front this moment came after the decision.
                && other.since_ms + SETTLE_MS < now_ms
        });
        let ahead: Vec<u64> = ahead.map(|(id, _)| *id).collect();
        for id in ahead {
            if !self.is_by_hand(id, SETTLE_MS) {
                self.passed.entry(id).or_insert((now_ms, conversation));
            }
        }
        Ok(())
    }

    /// Several are given at once and stored in any order; whoever was passed then has an agent,
    /// too, within the settle time, unless something failed.
    fn judged(&mut self) -> Verdict {
        let now_ms = self.now_ms;
        let over = |at_ms: u64| at_ms + SETTLE_MS < now_ms;
        let due = self.passed.iter().filter(|(_, (at_ms, _))| over(*at_ms));
        let due: Vec<(u64, (u64, u64))> = due.map(|(id, passed)| (*id, *passed)).collect();
        for (id, (at_ms, by)) in due {
            self.passed.remove(&id);
            let quiet = !self.troubled_after(at_ms.saturating_sub(SETTLE_MS));
            if quiet && !self.is_by_hand(id, now_ms - at_ms) {
                broken!(
                    InLine,
                    "{id} waited longer in the same line, and {by} was served before it"
                );
            }
        }
        Ok(())
    }

    fn troubled_after(&self, ms: u64) -> bool {
        self.trouble_ms.is_some_and(|trouble_ms| trouble_ms >= ms)
    }

    fn is_by_hand(&self, conversation: u64, within_ms: u64) -> bool {
        let hand = self.hands.get(&conversation);
        hand.is_some_and(|hand| hand.open > 0 || hand.last_ms + within_ms >= self.now_ms)
    }
}
