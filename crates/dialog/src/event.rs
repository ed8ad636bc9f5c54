//! What can happen to a conversation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::intent::{IntentRef, Refusal};

/// What the bot made of a turn's text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Understanding {
    /// One intent, sure enough to answer.
    Answer {
        /// It.
        intent: IntentRef,
        /// Slot values found in the same text, normalised, by slot name.
        values: BTreeMap<String, String>,
    },
    /// A few that are close; ask which.
    Confirm {
        /// One to three, best first.
        options: Vec<IntentRef>,
    },
    /// Small talk in passing: answered without touching what is open.
    Aside {
        /// The small talk.
        intent: IntentRef,
    },
    /// None of the intents.
    Fallback,
    /// A human, please.
    Human {
        /// Why, for the agent.
        reason: String,
    },
    /// Never mind.
    Cancel,
    /// Yes.
    Affirm,
    /// No.
    Deny,
    /// Pressed or named one of the options offered.
    Choice(Choice),
    /// The value of the slot that was asked for, found in the text, normalised.
    SlotValue {
        /// It.
        value: String,
    },
    /// A value of the slot's kind that is not plausible.
    SlotRefused {
        /// Why.
        why: Refusal,
    },
    /// Go on without the optional slot that was asked for.
    Skip,
    /// Values that were given before are wrong; these are right.
    Correct {
        /// Normalised, by slot name.
        values: BTreeMap<String, String>,
    },
    /// Nothing: all of it was taken back before it was read.
    Unsaid,
    /// A picture or a file and not a word: nothing that the bot can read.
    Media,
    /// The value of this slot is wrong; the right one was not said.
    Change {
        /// The slot's name.
        slot: String,
    },
}

/// What came of an intent's action.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum ActionOutcome {
    /// Done.
    Done {
        /// For the answer's placeholders, by name.
        results: BTreeMap<String, String>,
    },
    /// Not done, or nobody knows.
    Failed {
        /// Why.
        why: Failure,
    },
}

/// Why an action failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// There is no such order, customer, … : a value is wrong.
    NotFound,
    /// The business says no.
    Refused,
    /// No answer in time. Whether it was done is not known.
    Timeout,
    /// Nobody to ask, or too busy.
    Unavailable,
}

/// What the visitor chose of what was offered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The option at this place, counted from 0.
    Option(usize),
    /// None of them.
    None,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    // ---- driven by chat
    /// The visitor wrote.
    VisitorMessage {
        /// When, UTC milliseconds by the core's clock. Only ever compared with earlier ones.
        at_ms: i64,
    },
    /// The current turn passed its deadline without a commit.
    TurnExpired {
        /// Which turn.
        turn: u64,
    },
    /// No bot came back for the turn in the longer limit.
    BotAway {
        /// Which turn.
        turn: u64,
    },
    /// The visitor pressed "a human, please", or an agent pulled it from the bot.
    HumanRequested {
        /// Why, for the agent.
        reason: String,
    },
    /// The visitor gave up waiting.
    QueueLeft,
    /// The visitor left a message for later instead of waiting for anybody, person or bot.
    MessageLeft,
    /// An agent owns it now.
    Assigned,
    /// The owner was lost for too long, or gave it back to the queue.
    Requeued,
    /// The agent ended the talk.
    Ended,
    /// The agent finished the wrap-up, or its time ran out.
    WrapUpDone,
    /// The agent handed it back to the bot.
    ReturnedToBot,
    /// The visitor ended it, or it was idle too long.
    Closed,
    // ---- driven by bot
    /// The bot read a turn.
    Understood {
        /// Which turn.
        turn: u64,
        /// What it made of it.
        what: Understanding,
    },
    /// The action that the same turn asked for has ended.
    ActionDone {
        /// Which turn.
        turn: u64,
        /// What came of it.
        outcome: ActionOutcome,
    },
}
