//! What is promised to visitors who want a person: the first words within a time, a resolution within
//! another, counted in open hours where there are hours. A promise is made once, and until when stands
//! in the conversation's row from then on, so that neither a restart nor a setting changes it. Pure.

use std::time::Duration;

use jiff::Timestamp;
use kefu_hours::{Hours, State};
use kefu_proto::v1::{Phase, SlaState, history_event::Kind};
use kefu_types::Millis;

use crate::model::{Group, Head};

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
    /// In the order in which they are told.
    pub const ALL: [Self; 2] = [Self::FirstReply, Self::Resolution];

    /// As an event says it.
    #[must_use]
    pub const fn value(self) -> i64 {
        match self {
            Self::FirstReply => 1,
            Self::Resolution => 2,
        }
    }

    /// The event that says until when.
    #[must_use]
    pub const fn told_by(self) -> Kind {
        match self {
            Self::FirstReply => Kind::ReplyDue,
            Self::Resolution => Kind::ResolutionDue,
        }
    }

    /// Until when it was promised, UTC milliseconds, fulfilled or not; 0: it was not.
    #[must_use]
    pub const fn due(self, head: &Head) -> Millis {
        match self {
            Self::FirstReply => head.reply_due_at_ms,
            Self::Resolution => head.resolution_due_at_ms,
        }
    }

    /// Until when it is still to be fulfilled, UTC milliseconds; 0: nothing is left of it.
    #[must_use]
    pub fn open(self, head: &Head) -> Millis {
        let replied = matches!(self, Self::FirstReply) && head.replied_at_ms != 0;
        if replied || !is_owed(head) {
            return 0;
        }
        self.due(head)
    }
}

/// Whether somebody still has to do something for its visitor.
pub(crate) fn is_owed(head: &Head) -> bool {
    head.wanted_at_ms != 0 && matches!(head.phase(), Phase::Queued | Phase::Serving)
}

/// Whether a promise until then is broken now. Due exactly now is kept still.
pub(crate) const fn is_broken(due_at_ms: Millis, now_ms: Millis) -> bool {
    due_at_ms != 0 && now_ms > due_at_ms
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
    /// How it stands at this time.
    #[must_use]
    pub const fn state(&self, now_ms: Millis) -> SlaState {
        if is_broken(self.due_at_ms, now_ms) {
            SlaState::Broken
        } else if now_ms >= self.warn_at_ms {
            SlaState::Warned
        } else {
            SlaState::Running
        }
    }
}

impl Sla {
    /// The same with what a group promises of its own.
    #[must_use]
    pub fn in_group(self, group: &Group) -> Self {
        let first_reply = group.first_reply_s.map(|s| Duration::from_secs(s.into()));
        let resolution = group.resolution_minutes;
        let resolution = resolution.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
        Self {
            first_reply: first_reply.unwrap_or(self.first_reply),
            resolution: resolution.unwrap_or(self.resolution),
            ..self
        }
    }

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

    /// The promise that is due next; `None` when none is open.
    #[must_use]
    pub fn next(&self, head: &Head, hours: Option<&Hours>) -> Option<Deadline> {
        let open = Promise::ALL.into_iter().map(|promise| promise.open(head));
        let due_at_ms = open.filter(|due_at_ms| *due_at_ms != 0).min()?;
        let since_ms = head.wanted_at_ms;
        let percent = i64::from(self.warn_percent.min(100));
        let share_ms = between(since_ms, due_at_ms, hours).saturating_mul(percent) / 100;
        Some(Deadline {
            warn_at_ms: after(since_ms, share_ms, hours).unwrap_or(due_at_ms),
            due_at_ms,
        })
    }

    /// What lists show of it at this time.
    #[must_use]
    pub fn shown(&self, head: &Head, hours: Option<&Hours>, now_ms: Millis) -> (Millis, SlaState) {
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

/// Open milliseconds from one instant to another.
fn between(from_ms: Millis, until_ms: Millis, hours: Option<&Hours>) -> i64 {
    let Some(hours) = hours else {
        return until_ms.saturating_sub(from_ms).max(0);
    };
    let (mut at_ms, mut open_ms) = (from_ms, 0);
    for _ in 0..STRETCHES_MAX {
        let Ok(at) = Timestamp::from_millisecond(at_ms) else {
            break;
        };
        if at_ms >= until_ms {
            break;
        }
        match hours.at(at) {
            State::Open { until } => {
                let end_ms = until.map_or(until_ms, |end| end.as_millisecond().min(until_ms));
                open_ms += end_ms - at_ms;
                at_ms = end_ms;
            }
            State::Closed { opens: Some(opens) } => at_ms = opens.as_millisecond(),
            State::Closed { opens: None } => break,
        }
    }
    open_ms
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
