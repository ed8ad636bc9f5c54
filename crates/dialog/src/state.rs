//! What a conversation remembers between events.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::intent::{IntentRef, SlotSpec};

/// The newest layout of [`State`] in JSON. Older ones are read and upgraded, newer ones refused.
///
/// 2 brought confirmation, corrections, actions, interrupted forms and their expiry.
pub const SCHEMA: u16 = 2;

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
    /// The bot asked whether the values of a form are right.
    WaitingApproval {
        /// The form, with nothing missing.
        form: Form,
        /// Asked which of them is wrong, after a "no".
        which: bool,
        /// How often it has been asked, the first time included.
        attempts: u8,
    },
    /// An action runs. Inside a turn only: never stored, as the same commit carries its end.
    Acting {
        /// What it runs for.
        form: Form,
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
    /// Whether the values of a form are right.
    Approval {
        /// The form.
        form: Form,
        /// Asked which of them is wrong.
        which: bool,
        /// How often it has been asked.
        attempts: u8,
    },
    /// A form, so long ago that it is forgotten.
    Expired {
        /// The intent that was being filled.
        intent: IntentRef,
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

/// An intent and the values that the visitor has given for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Form {
    /// The intent.
    pub intent: IntentRef,
    /// Values so far, by slot name, normalised.
    pub filled: BTreeMap<String, String>,
    /// Optional slots that the visitor went on without.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skipped: BTreeSet<String>,
    /// Questions asked for it so far, of every kind: a form ends.
    #[serde(default)]
    pub turns: u8,
    /// How often the action found nothing under these values.
    #[serde(default)]
    pub misses: u8,
}

/// A form whose slots are being asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Topic {
    /// What is filled.
    #[serde(flatten)]
    pub form: Form,
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
    /// Forms that another question interrupted, the last one at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paused: Vec<Form>,
    /// When the visitor wrote to the bot last, UTC milliseconds.
    #[serde(default)]
    pub heard_ms: Option<i64>,
    /// The last turn that had a reply, or that people took over.
    #[serde(default)]
    pub settled: u64,
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
            paused: Vec::new(),
            heard_ms: None,
            settled: 0,
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
