//! Bots: they subscribe, are handed turns, and commit each whole or not at all.

use std::sync::{Arc, Weak};

use kefu_dialog::{Phase, State};
use kefu_proto::v1::{self, Sender, commit_result};
use kefu_types::{ConversationId, GroupId, Lang, TenantId};
use tokio::sync::mpsc;

use super::{Core, check, draft::Draft};
use crate::{error::CoreError, turns::BotKey};

/// The turns of one bot, for as long as it lives. Dropped, its turns go to others at once.
pub struct TurnStream {
    turns: mpsc::Receiver<v1::Turn>,
    bot: BotKey,
    core: Weak<Core>,
}

impl TurnStream {
    /// The next turn; `None` when the core let go of the bot or stopped.
    pub async fn next(&mut self) -> Option<v1::Turn> {
        self.turns.recv().await
    }
}

impl Drop for TurnStream {
    fn drop(&mut self) {
        if let Some(core) = self.core.upgrade() {
            core.turns.lock().bot_left(self.bot);
            core.hand_out_turns();
            tracing::info!(bot = self.bot.0, "a bot left");
        }
    }
}

impl Core {
    /// A bot is there and takes turns.
    ///
    /// # Errors
    /// `overloaded` when too many are.
    pub fn subscribe(
        self: &Arc<Self>,
        request: &v1::SubscribeRequest,
    ) -> Result<TurnStream, CoreError> {
        let limits = &self.settings.limits;
        let wanted = usize::try_from(request.max_in_flight).unwrap_or(usize::MAX);
        let most = wanted.clamp(1, limits.bot_in_flight_max.max(1));
        let (sender, turns) = mpsc::channel(most);
        let joined = self.turns.lock().bot_joined(sender, most, limits.bots_max);
        let bot = joined.ok_or(CoreError::Overloaded {
            what: "the list of bots",
            limit: "bots_max",
            retry_after: std::time::Duration::from_secs(1),
        })?;
        tracing::info!(bot = bot.0, most, "a bot joined");
        self.hand_out_turns();
        Ok(TurnStream {
            turns,
            bot,
            core: Arc::downgrade(self),
        })
    }

    /// A bot's answer to a turn. Stale when anybody wrote, took over or closed in between.
    ///
    /// # Errors
    /// `invalid` for a commit that no bot should make, `unavailable` and `overloaded` when it
    /// cannot be stored now.
    pub async fn commit_turn(&self, commit: v1::CommitTurn) -> Result<v1::CommitResult, CoreError> {
        let key = (
            TenantId(commit.tenant_id),
            ConversationId(commit.conversation_id),
        );
        let (turn, version) = (commit.turn, commit.expected_version);
        let committed = self.commit_checked(key, commit).await;
        let (applied, outcome) = match &committed {
            Ok(true) => (true, "applied"),
            Ok(false) => (false, "stale"),
            Err(_) => (false, "refused"),
        };
        metrics::counter!("kefu_chat_turns_total", "outcome" => outcome).increment(1);
        self.turns.lock().answered(key, turn, version, applied);
        self.hand_out_turns();
        let outcome = match committed? {
            true => commit_result::Outcome::Applied,
            false => commit_result::Outcome::Stale,
        };
        Ok(v1::CommitResult {
            outcome: outcome.into(),
        })
    }

    async fn commit_checked(
        &self,
        key: (TenantId, ConversationId),
        commit: v1::CommitTurn,
    ) -> Result<bool, CoreError> {
        let state = self.check_commit(&commit)?;
        let group = self.group_named(key.0, &commit.handoff_group);
        let mut stale = false;
        let written = self
            .advance(key.0, key.1, |draft| {
                stale = !is_current(draft, &commit);
                if stale {
                    return Err(CoreError::Conflict("the turn is stale".to_owned()));
                }
                answer(draft, &state, &commit, group);
                Ok(())
            })
            .await;
        match written {
            Ok(_) => Ok(true),
            Err(_) if stale => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What can be said about a commit without looking at the conversation.
    fn check_commit(&self, commit: &v1::CommitTurn) -> Result<State, CoreError> {
        let limits = &self.settings.limits;
        if commit.messages.len() > limits.bot_messages_max {
            return Err(CoreError::TooLarge(format!(
                "a turn has {} replies at most",
                limits.bot_messages_max
            )));
        }
        if commit.new_state.len() > limits.state_bytes_max {
            return Err(CoreError::TooLarge(format!(
                "a state has {} bytes at most",
                limits.state_bytes_max
            )));
        }
        commit
            .messages
            .iter()
            .try_for_each(|said| check::bot_body(said.body.as_ref(), limits))?;
        let state = State::from_json(&commit.new_state)
            .map_err(|error| CoreError::Invalid(error.to_string()))?;
        // A bot answers or hands over; everything else in a conversation's life is the core's.
        let allowed = match state.phase {
            Phase::Idle
            | Phase::WaitingReply { .. }
            | Phase::WaitingApproval { .. }
            | Phase::WaitingConfirm { .. }
            | Phase::Queued => true,
            Phase::Processing { .. }
            | Phase::Acting { .. }
            | Phase::Serving
            | Phase::WrapUp
            | Phase::Closed => false,
        };
        if !allowed || state.turn != commit.turn {
            return Err(CoreError::Invalid(
                "no turn of a bot ends in this state".to_owned(),
            ));
        }
        let hands_over = !commit.handoff_reason.is_empty() || !commit.handoff_group.is_empty();
        if hands_over && !matches!(state.phase, Phase::Queued) {
            return Err(CoreError::Invalid(
                "a reason or a group to hand over to comes with the queue only".to_owned(),
            ));
        }
        if commit.handoff_reason.chars().count() > limits.text_chars_max {
            return Err(CoreError::TooLarge(
                "the reason to hand over is too long".to_owned(),
            ));
        }
        Ok(state)
    }
}

/// Whether the conversation still waits for exactly this turn. The core's own "please wait" has
/// moved the version, but not the turn.
fn is_current(draft: &Draft<'_>, commit: &v1::CommitTurn) -> bool {
    let head = &draft.head;
    head.is_processing()
        && head.state.turn == commit.turn
        && (head.turn_version..=head.version).contains(&commit.expected_version)
}

fn answer(draft: &mut Draft<'_>, state: &State, commit: &v1::CommitTurn, group: GroupId) {
    draft.head.state = state.clone();
    if let Some(language) = Lang::parse(&commit.language) {
        draft.head.language = language;
    }
    for said in &commit.messages {
        draft.push(v1::Message {
            sender: Sender::Bot.into(),
            body: said.body.clone(),
            trace: said.trace.clone(),
            ..Default::default()
        });
    }
    if matches!(state.phase, Phase::Queued) {
        draft.enqueue(&commit.handoff_reason, false);
        draft.head.group = group;
    }
}
