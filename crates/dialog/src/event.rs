//! What can happen to a conversation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An intent, with as much of its script as the machine needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IntentRef {
    /// Its id in the intent files.
    pub id: String,
    /// Slots it must have before it can be answered, in asking order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<SlotSpec>,
    /// Its answer ends with a human.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<String>,
}

/// A value that an intent needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SlotSpec {
    /// Its name, unique in the intent.
    pub name: String,
    /// How it is recognised.
    pub kind: SlotKind,
}

/// How a slot's value is recognised in a text. Recognition itself is [`crate::Understanding`]'s
/// business: the bot extracts, the machine only asks and stores.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum SlotKind {
    /// 6 to 32 letters and digits with at least four digits.
    OrderNumber,
    /// A mainland mobile number, or an international one with a plus sign.
    Phone,
    /// A day.
    Date,
    /// Money.
    Amount,
    /// One of a list, each with its synonyms.
    Enumeration {
        /// Value, then what people type for it.
        values: BTreeMap<String, Vec<String>>,
    },
    /// Whatever this pattern finds.
    Pattern {
        /// A regular expression of the linear-time kind.
        regex: String,
    },
    /// Any text.
    FreeText,
}

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
    VisitorMessage,
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
}
