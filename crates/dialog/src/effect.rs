//! What the shell must do. Data, not deeds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{IntentRef, SlotSpec};

/// Something to do, in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum Effect {
    /// Hand this turn to a bot and watch its deadline.
    RequestTurn {
        /// Which.
        turn: u64,
    },
    /// Say this to the visitor. At most one per turn.
    Say(Reply),
    /// The tenant's "please wait" text.
    SayPleaseWait,
    /// The conversation now waits for an agent.
    Enqueue {
        /// Why, for the agent.
        reason: String,
        /// Before everybody of its priority: it was served already.
        front: bool,
    },
    /// It no longer waits.
    Dequeue,
    /// The agent who owned it does not any more.
    Release,
    /// A closed conversation goes on.
    Reopen,
}

/// A reply by key; the bot words it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reply")]
pub enum Reply {
    /// The intent's answer.
    Answer {
        /// Which intent.
        intent: IntentRef,
        /// Slot values for its placeholders.
        values: BTreeMap<String, String>,
        /// How often in a row it has been answered before, to vary the wording.
        repeat: u8,
    },
    /// "Did you mean …?"
    Confirm {
        /// One to three, best first.
        options: Vec<IntentRef>,
    },
    /// A slot's question.
    Ask {
        /// The intent being filled.
        intent: IntentRef,
        /// The slot.
        slot: SlotSpec,
        /// Asked before; this is the follow-up.
        again: bool,
    },
    /// "Sorry, I did not understand", with a way on.
    Fallback {
        /// Also offer a human plainly.
        offer_human: bool,
    },
    /// "All right, cancelled."
    Cancelled,
    /// "A colleague will take over", before the queue; with the intent's own answer when it has one.
    Handoff {
        /// The intent that wants a human, when one does.
        intent: Option<IntentRef>,
        /// Slot values for its placeholders.
        values: BTreeMap<String, String>,
    },
}
