//! What the shell must do. Data, not deeds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    event::Failure,
    intent::{IntentRef, Refusal, SlotSpec},
};

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
    /// Do this and come back with [`crate::Event::ActionDone`] in the same turn; nothing is said before.
    Act(Action),
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

/// What a connector is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Action {
    /// The connector's name for it.
    pub name: String,
    /// The intent's slots, normalised; those that were skipped are missing.
    pub arguments: BTreeMap<String, String>,
    /// The last turn that was settled. The same for every repetition of this action until its
    /// turn is committed, be it by another bot or in a turn that overtook this one: together with
    /// the conversation and the arguments it makes the action's idempotency key.
    pub settled: u64,
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
        /// The question that this interrupted, asked again in the same reply.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<Box<Reply>>,
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
        /// What was wrong with the value that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Refusal>,
        /// Back from another question.
        #[serde(default)]
        back: bool,
    },
    /// "Order A123, phone 138…: is that right?"
    Check {
        /// The intent that was filled.
        intent: IntentRef,
        /// Its values.
        values: BTreeMap<String, String>,
        /// Asked before; the reply was neither a yes nor a no.
        again: bool,
        /// Back from another question.
        #[serde(default)]
        back: bool,
    },
    /// "Which of these is wrong?"
    Which {
        /// The intent that was filled.
        intent: IntentRef,
        /// Its values.
        values: BTreeMap<String, String>,
    },
    /// The action failed.
    Failed {
        /// The intent whose action it was.
        intent: IntentRef,
        /// The values it was tried with.
        values: BTreeMap<String, String>,
        /// Why.
        why: Failure,
        /// The question to go on with: for another value, or what this had interrupted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<Box<Reply>>,
    },
    /// "Sorry, I did not understand", with a way on.
    Fallback {
        /// Also offer a human plainly.
        offer_human: bool,
    },
    /// "I cannot look at this; it has arrived." What was asked is still asked.
    Media,
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
