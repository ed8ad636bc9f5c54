//! Bots propose, agents decide: while a person serves, no bot has any other voice.
//!
//! An answer of a bot touches the screens of those who have the conversation open and nothing that is
//! stored: there is no path from here to a message (ADR 52).

use std::sync::{Arc, Weak};

use kefu_dialog::Phase;
use kefu_proto::v1::{self, Sender, link_down::Body};
use kefu_types::{ConversationId, TenantId};
use tokio::sync::mpsc;

use super::{Core, check, timers::Due};
use crate::{
    assist::{AssistKey, Said, day_of},
    error::CoreError,
    model::Head,
    people::Who,
    store::{Change, Page},
};

/// Characters of an intent's id and of a version of the catalogue, as they come from outside.
const ID_CHARS_MAX: usize = 128;
/// Days that are counted when a request names no number.
const DAYS_DEFAULT: u32 = 30;

/// What one bot is asked, for as long as it lives.
pub struct AssistStream {
    asks: mpsc::Receiver<v1::AssistAsk>,
    bot: AssistKey,
    core: Weak<Core>,
}

impl AssistStream {
    /// The next ask; `None` when the core stopped.
    pub async fn next(&mut self) -> Option<v1::AssistAsk> {
        let ask = self.asks.recv().await;
        if let Some(core) = self.core.upgrade() {
            // There is room for another one.
            core.hand_out_asks();
        }
        ask
    }
}

impl Drop for AssistStream {
    fn drop(&mut self) {
        if let Some(core) = self.core.upgrade() {
            core.assist.lock().left(self.bot);
            core.hand_out_asks();
        }
    }
}

impl Core {
    /// A bot is there and proposes replies.
    ///
    /// # Errors
    /// `forbidden` when nothing is to be proposed, `overloaded` when there are too many bots.
    pub fn subscribe_assist(
        self: &Arc<Self>,
        request: &v1::AssistSubscribe,
    ) -> Result<AssistStream, CoreError> {
        let rules = &self.settings.assist;
        if !rules.enabled {
            return Err(CoreError::Forbidden("nothing is to be proposed"));
        }
        let (sender, asks) = mpsc::channel(rules.at_once_max.max(1));
        let joined = self
            .assist
            .lock()
            .joined(sender, self.settings.limits.bots_max);
        let bot = joined.ok_or(CoreError::Overloaded {
            what: "the list of bots",
            limit: "bots_max",
            retry_after: std::time::Duration::from_secs(1),
        })?;
        tracing::info!(bot = request.bot_id, "a bot proposes replies");
        self.hand_out_asks();
        Ok(AssistStream {
            asks,
            bot,
            core: Arc::downgrade(self),
        })
    }

    /// What a bot would say. Shown to those who have the conversation open, if it is what they want
    /// and in time.
    ///
    /// # Errors
    /// `invalid` and `too_large` for what cannot be shown.
    pub fn propose(&self, answer: v1::AssistAnswer) -> Result<v1::AssistReply, CoreError> {
        let key = (
            TenantId(answer.tenant_id),
            ConversationId(answer.conversation_id),
        );
        let now = self.clock.monotonic();
        let seq = self.assist.lock().answered(key, answer.number, now);
        self.hand_out_asks();
        let answer = self.checked_proposals(answer)?;
        let shown = seq.is_some() && !answer.proposals.is_empty();
        let outcome = match (seq, shown) {
            (_, true) => "shown",
            (Some(_), false) => "empty",
            (None, _) => "late",
        };
        metrics::counter!("kefu_chat_proposals_total", "outcome" => outcome).increment(1);
        if let Some(seq) = seq.filter(|_| shown) {
            self.count_proposed(key.0, &answer.proposals);
            self.publish_proposals(
                key,
                v1::Proposals {
                    conversation_id: key.1.0,
                    seq,
                    catalogue: answer.catalogue,
                    proposals: answer.proposals,
                },
            );
        }
        Ok(v1::AssistReply { shown })
    }

    /// Without those that nobody could send: an answer may have more words than a message has.
    fn checked_proposals(&self, answer: v1::AssistAnswer) -> Result<v1::AssistAnswer, CoreError> {
        let most = self.settings.assist.proposals_max;
        if answer.proposals.len() as u64 > u64::from(most) {
            return Err(CoreError::TooLarge(format!("{most} proposals at most")));
        }
        check::optional_text("catalogue", &answer.catalogue, ID_CHARS_MAX)?;
        let chars_max = self.settings.limits.text_chars_max;
        let mut answer = answer;
        for proposal in &answer.proposals {
            check::text("intent", &proposal.intent, ID_CHARS_MAX)?;
            check::optional_text("title", &proposal.title, chars_max)?;
        }
        answer
            .proposals
            .retain(|proposal| check::text("proposal", &proposal.text, chars_max).is_ok());
        Ok(answer)
    }

    /// Learns of what was said, by way of a commit.
    pub(super) fn watch_assist(&self, head: &Head, messages: &[v1::Message]) {
        if !self.settings.assist.enabled {
            return;
        }
        let key = (head.tenant, head.id);
        if !matches!(head.state.phase, Phase::Serving) {
            self.assist.lock().forget(key);
            return;
        }
        if messages.is_empty() {
            return;
        }
        if !self.assist.lock().has_bots() || self.looks.agents(key, 1).is_empty() {
            // Nobody would say it, or see it. Whoever opens it later asks by looking.
            self.assist.lock().forget(key);
            return;
        }
        let now = self.clock.monotonic();
        let heard = self.assist.lock().heard(key, head.language, messages, now);
        if heard == Said::Asks {
            self.hand_out_asks();
        }
    }

    /// Somebody has opened a conversation: what was said last may be unanswered.
    pub(super) async fn assist_looker(&self, key: (TenantId, ConversationId)) {
        let rules = &self.settings.assist;
        if !rules.enabled || !self.assist.lock().has_bots() {
            return;
        }
        let Ok(head) = self.committed(key.0, key.1).await else {
            return;
        };
        let served = matches!(head.state.phase, Phase::Serving);
        if !served || head.last_sender != Sender::Visitor {
            return;
        }
        let most = u32::try_from(rules.messages_max).unwrap_or(u32::MAX);
        let page = Page::Before(head.last_seq.saturating_add(1));
        let Ok(messages) = self.store.messages(key.0, key.1, page, most).await else {
            return;
        };
        // Only what follows the last words of anybody else.
        let answers =
            |message: &v1::Message| matches!(message.sender(), Sender::Agent | Sender::Bot);
        let after = messages.iter().rposition(answers).map_or(0, |at| at + 1);
        let open = messages.get(after..).unwrap_or_default();
        let now = self.clock.monotonic();
        let heard = self.assist.lock().heard(key, head.language, open, now);
        if heard == Said::Asks {
            self.hand_out_asks();
        }
    }

    pub(crate) fn hand_out_asks(&self) {
        if self.settings.assist.enabled {
            self.assist
                .lock()
                .hand_out(self.clock.monotonic(), self.clock.wall_ms());
        }
    }

    fn publish_proposals(&self, (tenant, id): (TenantId, ConversationId), new: v1::Proposals) {
        self.hub.conversation(tenant, id, false, || {
            Body::Proposed(v1::Proposed {
                tenant_id: tenant.0,
                proposals: Some(new.clone()),
            })
        });
    }

    fn count_proposed(&self, tenant: TenantId, proposals: &[v1::Proposal]) {
        let rules = &self.settings.assist;
        let day = day_of(self.clock.wall_ms());
        let bounds = (rules.tally_max, rules.flush);
        let mut proposed = self.proposed.lock();
        for proposal in proposals {
            if let Some(wait) = proposed.add(tenant, day, &proposal.intent, bounds) {
                self.timers
                    .set(self.clock.monotonic() + wait, Due::Proposed);
            }
        }
    }

    /// Counts what was proposed since the last time; again later if the store refuses for now.
    pub(super) async fn write_proposed(&self) {
        let counts = self.proposed.lock().take();
        if counts.is_empty() {
            return;
        }
        let change = Change::CountProposed(counts.clone());
        let Err(error) = self.writer.write(change).await else {
            return;
        };
        tracing::warn!(%error, "what was proposed could not be counted");
        if error.retry_after_ms() > 0 {
            let rules = &self.settings.assist;
            self.proposed.lock().give_back(counts, rules.tally_max);
            let at = self.clock.monotonic() + rules.flush;
            self.timers.set(at, Due::Proposed);
        }
    }

    /// How often what was proposed was taken.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks, `invalid` for more days than are read at once.
    pub async fn assist_counts(
        &self,
        request: v1::AssistCountsRequest,
    ) -> Result<v1::AssistCounts, CoreError> {
        let (admin, _) = self.admin(&request.session).await?;
        let most = self.settings.assist.days_max;
        let days = match request.days {
            0 => DAYS_DEFAULT.min(most),
            days if days > most => {
                return Err(CoreError::Invalid(format!("days must be 1 to {most}")));
            }
            days => days,
        };
        let from = day_of(self.clock.wall_ms()) - i64::from(days) + 1;
        let counts = self.store.assist_counts(admin.tenant, from).await?;
        Ok(v1::AssistCounts { counts })
    }
}

/// What is kept with a message for which a proposal was taken.
pub(super) fn taken(who: &Who, assist: Option<&v1::AssistTaken>) -> Result<(), CoreError> {
    let Some(assist) = assist else {
        return Ok(());
    };
    if who.is_visitor() {
        return Err(CoreError::Invalid(
            "only agents take what is proposed".to_owned(),
        ));
    }
    check::text("assist.intent", &assist.intent, ID_CHARS_MAX)?;
    check::optional_text("assist.catalogue", &assist.catalogue, ID_CHARS_MAX)
}
