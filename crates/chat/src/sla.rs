//! What is promised to visitors who want a person: the first words within a time, a resolution within
//! another. Counted in open hours where there are hours, from what is stored with the conversation, so
//! that a restart changes nothing. Pure.

use std::time::Duration;

use jiff::Timestamp;
use kefu_hours::{Hours, State};
use kefu_proto::v1::{self, Phase, SlaState};
use kefu_types::Millis;

use crate::model::Head;

/// Stretches of open hours that are looked at; a promise beyond them is never due.
const STRETCHES_MAX: u32 = 1_000;

/// The promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sla {
    /// A person's first words come within this; zero: nothing is promised.
    pub first_reply: Duration,
    /// The talk with a person ends within this; zero: nothing is promised.
    pub resolution: Duration,
    /// Percent of the time after which its people are warned.
    pub warn_percent: u32,
}

impl Default for Sla {
    fn default() -> Self {
        Self {
            first_reply: Duration::from_secs(60),
            resolution: Duration::from_secs(30 * 60),
            warn_percent: 80,
        }
    }
}

/// What is promised, as events count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// 1 in an event's value.
    FirstReply,
    /// 2.
    Resolution,
}

impl Promise {
    /// As an event says it.
    #[must_use]
    pub const fn value(self) -> i64 {
        match self {
            Self::FirstReply => 1,
            Self::Resolution => 2,
        }
    }
}

/// The next promise of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// UTC milliseconds.
    pub warn_at_ms: Millis,
    /// UTC milliseconds.
    pub due_at_ms: Millis,
}

impl Deadline {
    /// How it stands at this time. Due exactly now is kept still.
    #[must_use]
    pub const fn state(&self, now_ms: Millis) -> SlaState {
        if now_ms > self.due_at_ms {
            SlaState::Broken
        } else if now_ms >= self.warn_at_ms {
            SlaState::Warned
        } else {
            SlaState::Running
        }
    }
}

impl Sla {
    const fn within(&self, promise: Promise) -> Duration {
        match promise {
            Promise::FirstReply => self.first_reply,
            Promise::Resolution => self.resolution,
        }
    }

    /// When a promise of this time is due; `None` where nothing is promised, or nobody comes any more.
    #[must_use]
    pub fn due_at(
        &self,
        promise: Promise,
        since_ms: Millis,
        hours: Option<&Hours>,
    ) -> Option<Millis> {
        let within = millis(self.within(promise));
        (within > 0)
            .then(|| after(since_ms, within, hours))
            .flatten()
    }

    /// Whether a promise is kept by what is done now; `None` where nothing is promised.
    #[must_use]
    pub fn kept(
        &self,
        promise: Promise,
        (since_ms, now_ms): (Millis, Millis),
        hours: Option<&Hours>,
    ) -> Option<bool> {
        let due_at_ms = self.due_at(promise, since_ms, hours)?;
        Some(now_ms <= due_at_ms)
    }

    /// The promise that is due next; `None` when none is open.
    #[must_use]
    pub fn next(&self, head: &Head, hours: Option<&Hours>) -> Option<Deadline> {
        let waits = matches!(head.phase(), Phase::Queued | Phase::Serving);
        if !waits || head.wanted_at_ms == 0 {
            return None;
        }
        let first = (head.replied_at_ms == 0).then_some(Promise::FirstReply);
        let promises = first.into_iter().chain([Promise::Resolution]);
        let deadlines = promises.filter_map(|promise| {
            let since_ms = head.wanted_at_ms;
            let due_at_ms = self.due_at(promise, since_ms, hours)?;
            let percent = i64::from(self.warn_percent.min(100));
            let share = millis(self.within(promise)).saturating_mul(percent) / 100;
            let warn_at_ms = after(since_ms, share, hours).unwrap_or(due_at_ms);
            Some(Deadline {
                warn_at_ms,
                due_at_ms,
            })
        });
        deadlines.min_by_key(|deadline| deadline.due_at_ms)
    }

    /// What lists show of it at this time.
    #[must_use]
    pub fn shown(
        &self,
        head: &Head,
        hours: Option<&Hours>,
        now_ms: Millis,
    ) -> (Millis, v1::SlaState) {
        self.next(head, hours)
            .map_or((0, SlaState::Unspecified), |deadline| {
                (deadline.due_at_ms, deadline.state(now_ms))
            })
    }
}

/// So many open milliseconds after an instant.
fn after(since_ms: Millis, open_ms: i64, hours: Option<&Hours>) -> Option<Millis> {
    match hours {
        None => since_ms.checked_add(open_ms),
        Some(hours) => open_after(hours, since_ms, open_ms),
    }
}

fn open_after(hours: &Hours, since_ms: Millis, open_ms: i64) -> Option<Millis> {
    let (mut at_ms, mut left_ms) = (since_ms, open_ms);
    for _ in 0..STRETCHES_MAX {
        match hours.at(Timestamp::from_millisecond(at_ms).ok()?) {
            State::Open { until: None } => return at_ms.checked_add(left_ms),
            State::Open { until: Some(until) } => {
                let stretch_ms = until.as_millisecond() - at_ms;
                if left_ms <= stretch_ms {
                    return at_ms.checked_add(left_ms);
                }
                left_ms -= stretch_ms;
                at_ms = until.as_millisecond();
            }
            State::Closed { opens } => at_ms = opens?.as_millisecond(),
        }
    }
    None
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
