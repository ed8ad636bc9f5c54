//! What a conversation remembers between events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{IntentRef, SlotSpec};

/// The newest layout of [`State`] in JSON. Older ones are read and upgraded, newer ones refused.
pub const SCHEMA: u16 = 1;

/// Where the conversation stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum Phase {
    /// The bot listens; nothing is open.
    #[default]
    Idle,
    /// The bot was handed the current turn and has not answered yet.
    Processing {
        /// What was open before the turn: a question or a choice that the new text may answer.
        asked: Asked,
        /// The visitor has been told to wait for this turn already.
        waited: bool,
    },
    /// The bot asked for something and waits for the visitor's answer.
    WaitingReply {
        /// The intent being filled and the slots so far.
        topic: Topic,
    },
    /// The bot asked which of these was meant.
    WaitingConfirm {
        /// One to three, best first.
        options: Vec<IntentRef>,
        /// Offered a second time already, because a bare "yes" did not say which.
        #[serde(default)]
        again: bool,
    },
    /// A human is wanted; the bot is silent from here on.
    Queued,
    /// A human owns the conversation.
    Serving,
    /// The talk is over, the agent still tidies up.
    WrapUp,
    /// Over. A new message opens it again.
    Closed,
}

/// What the bot had open when a turn began.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Asked {
    /// Nothing.
    #[default]
    Nothing,
    /// A slot.
    Slot {
        /// The intent being filled.
        topic: Topic,
    },
    /// A choice.
    Choice {
        /// What was offered.
        options: Vec<IntentRef>,
        /// Offered a second time already.
        #[serde(default)]
        again: bool,
    },
}

/// An intent whose slots are being filled.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Topic {
    /// The intent.
    pub intent: IntentRef,
    /// Values so far, by slot name, normalised.
    pub filled: BTreeMap<String, String>,
    /// The slot asked for now.
    pub asking: SlotSpec,
    /// How often it has been asked, the first time included.
    pub attempts: u8,
}

/// The whole memory. Small: it is stored with every turn.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    /// Layout of this JSON, see [`SCHEMA`].
    pub schema: u16,
    /// The turn handed out last; results of any other are late.
    pub turn: u64,
    /// Where it stands.
    pub phase: Phase,
    /// Fallbacks since the last answer; questions in between do not clear them. Stops counting
    /// where a human is offered.
    pub fallbacks: u8,
    /// The intent answered last and how often in a row (1 is once), so that a repeated question gets another answer.
    pub last_answer: Option<(String, u8)>,
}

/// A stored state that this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Not JSON, or not a state.
    #[error("the stored dialog state cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by a newer version.
    #[error("the stored dialog state has layout {found}, this version reads up to {newest}", newest = SCHEMA)]
    Newer {
        /// Its layout.
        found: u16,
    },
}

impl Default for State {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            turn: 0,
            phase: Phase::Idle,
            fallbacks: 0,
            last_answer: None,
        }
    }
}

impl State {
    /// Reads what [`State::to_json`] wrote, of this layout or an older one.
    ///
    /// # Errors
    /// When it is no state, or a newer one.
    pub fn from_json(text: &str) -> Result<Self, StateError> {
        let state: Self = serde_json::from_str(text)?;
        if state.schema > SCHEMA {
            return Err(StateError::Newer {
                found: state.schema,
            });
        }
        Ok(Self {
            schema: SCHEMA,
            ..state
        })
    }

    /// The state as JSON.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "plain data with string keys always serialises"
    )]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a state is plain data")
    }

    /// Whether the bot may still speak.
    #[must_use]
    pub const fn is_bots(&self) -> bool {
        !matches!(
            self.phase,
            Phase::Queued | Phase::Serving | Phase::WrapUp | Phase::Closed
        )
    }
}
