//! Talks that visitors left without a word: a reminder, then the end.
//!
//! The reminder and the end are changes like any other: they land on the version that they were
//! made for, and only while nothing was said since. A core that dies in between reads the last
//! messages when it starts (`silence.rs`), so nothing comes twice and nothing is forgotten.

use std::{collections::HashMap, sync::Arc, time::Duration};

use kefu_dialog::{Event, Phase};
use kefu_proto::v1::{self, Sender, body, notice};
use kefu_types::{ConversationId, TenantId};

use super::{Core, draft::Draft, timers::Due};
use crate::{
    error::CoreError,
    model::Head,
    silence::{self, Silence},
};

type Key = (TenantId, ConversationId);

/// Messages read of a talk when a core starts: enough to find who spoke last.
const LAST_MESSAGES: u32 = 32;

/// Conversations in which an agent waits for the visitor.
#[derive(Default)]
pub(crate) struct Idle {
    waiting: HashMap<Key, Waiting>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Waiting {
    silence: Silence,
    /// Nothing was said after this one.
    last_seq: u64,
    /// When something is to be done, by the monotonic clock.
    due: Duration,
}

impl Core {
    const fn idles(&self) -> bool {
        !self.settings.closing.remind_after.is_zero()
    }

    /// Brings memory in line with what was committed.
    pub(crate) fn watch_silence(&self, head: &Head, messages: &[v1::Message]) {
        if !self.idles() {
            return;
        }
        let key = (head.tenant, head.id);
        let mut idle = self.idle.lock();
        let before = idle.waiting.get(&key).copied();
        let silence = before.map(|waiting| waiting.silence);
        let silence = messages.iter().fold(silence, silence::after);
        let Some(silence) = silence.filter(|_| matches!(head.state.phase, Phase::Serving)) else {
            idle.waiting.remove(&key);
            return;
        };
        let now = self.clock.monotonic();
        let same = before.filter(|waiting| waiting.silence == silence);
        let due = same.map_or_else(|| self.due_at(silence), |waiting| waiting.due);
        let waiting = Waiting {
            silence,
            last_seq: head.last_seq,
            due,
        };
        idle.waiting.insert(key, waiting);
        // What is overdue was tried, and something was in its way.
        if same.is_none() || due <= now {
            self.timers.set(due.max(now), Due::Silence(key.0, key.1));
        }
    }

    /// When something is to be done about it, by the monotonic clock. The wall clock only says how
    /// much of the delay had passed before this process knew of it, and never that it is overdue by
    /// more than the delay.
    fn due_at(&self, silence: Silence) -> Duration {
        let rules = &self.settings.closing;
        let delay = if silence.reminded {
            rules.close_after
        } else {
            rules.remind_after
        };
        let passed = self.clock.wall_ms().saturating_sub(silence.since_ms);
        let passed = Duration::from_millis(u64::try_from(passed).unwrap_or(0));
        self.clock.monotonic() + delay.saturating_sub(passed)
    }

    /// After a start: what was going on before.
    pub(crate) async fn find_silence(&self, head: &Head) -> Result<(), CoreError> {
        if !self.idles() || !matches!(head.state.phase, Phase::Serving) {
            return Ok(());
        }
        let page = crate::store::Page::Before(head.last_seq + 1);
        let messages = self
            .store
            .messages(head.tenant, head.id, page, LAST_MESSAGES)
            .await?;
        self.watch_silence(head, &messages);
        Ok(())
    }

    /// The visitor may have been silent for too long.
    pub(crate) fn silence_due(self: &Arc<Self>, tenant: TenantId, id: ConversationId) {
        if self.stopping.is_cancelled() {
            return;
        }
        let Some(waiting) = self.idle.lock().waiting.get(&(tenant, id)).copied() else {
            return;
        };
        if waiting.due > self.clock.monotonic() {
            // Somebody spoke since this timer was set; theirs is set, too.
            return;
        }
        let core = self.clone();
        self.tasks.spawn(async move {
            let done = core.break_silence(tenant, id, waiting).await;
            if let Err(error) = done {
                tracing::warn!(%error, conversation = %id, "a silent visitor could not be reminded; again later");
                let again = core.clock.monotonic() + core.settings.timing.turn_deadline;
                core.timers.set(again, Due::Silence(tenant, id));
            }
        });
    }

    async fn break_silence(
        &self,
        tenant: TenantId,
        id: ConversationId,
        waiting: Waiting,
    ) -> Result<(), CoreError> {
        let reminded = waiting.silence.reminded;
        let silent = |head: &Head| {
            let same = head.last_seq == waiting.last_seq;
            same && matches!(head.state.phase, Phase::Serving)
        };
        let mut met = false;
        let written = self.advance(tenant, id, |draft| {
            met = silent(&draft.head);
            if !met {
                return Ok(());
            }
            if reminded {
                end(draft);
            } else {
                remind(
                    draft,
                    self.settings.closing.reminder(draft.head.page_language),
                );
            }
            Ok(())
        });
        let written = written.await?;
        if !met {
            // What was said meanwhile may never be stored.
            let due = Due::Silence(tenant, id);
            self.look_again((tenant, id), due, silent).await;
        }
        if let super::advance::Moved::Done(done) = written
            && !done.messages.is_empty()
        {
            let what = if reminded { "closed" } else { "reminded" };
            metrics::counter!("kefu_chat_silences_total", "outcome" => what).increment(1);
        }
        Ok(())
    }
}

fn remind(draft: &mut Draft<'_>, words: &str) {
    let text = v1::Text {
        text: words.to_owned(),
        ..Default::default()
    };
    let body = v1::Body {
        kind: Some(body::Kind::Text(text)),
    };
    draft.say(Sender::System, body);
}

/// As if its agent had ended it, who then tidies up.
fn end(draft: &mut Draft<'_>) {
    let (agent, name) = (draft.head.agent, draft.head.agent_name.clone());
    if !draft.step(&Event::Ended) {
        return;
    }
    draft.drop_notices();
    draft.fact(v1::Notice {
        kind: notice::Kind::Closed.into(),
        agent_id: agent.map_or(0, |agent| agent.0),
        agent_name: name,
        reason: IDLE.to_owned(),
    });
}

/// Why a talk ended that nobody ended; a word for pages to put into words.
const IDLE: &str = "idle";
