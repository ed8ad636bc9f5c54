//! An intent's script: what the machine must know of it to ask, confirm, act and answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An intent, with as much of its script as the machine needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct IntentRef {
    /// Its id in the intent files.
    pub id: String,
    /// Slots it must have before it can be answered, in asking order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<SlotSpec>,
    /// Its answer ends with a human.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<String>,
    /// The visitor must say that the values are right before anything is done with them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub confirm: bool,
    /// What must be done with the values before the answer, by a connector's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// A value that an intent needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SlotSpec {
    /// Its name, unique in the intent.
    pub name: String,
    /// How it is recognised.
    pub kind: SlotKind,
    /// Asked for, but the visitor may go on without it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// What is plausible.
    #[serde(default, skip_serializing_if = "Bounds::is_open")]
    pub bounds: Bounds,
}

impl SlotSpec {
    /// A slot that must be filled, by any value of its kind.
    #[must_use]
    pub fn new(name: &str, kind: SlotKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            optional: false,
            bounds: Bounds::default(),
        }
    }
}

/// The plausible values, both ends included. Of a day: days from today, so that 0 as the highest
/// is "not in the future". Of an amount: fen (hundredths of a yuan). Of a number: itself. Of free
/// text and addresses: characters. Other kinds have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Bounds {
    /// The lowest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The highest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

impl Bounds {
    /// Whether there are none.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }
}

/// Why a value that was found is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Below the lowest: too early, too little, too short.
    BelowMin,
    /// Above the highest: too late, too much, too long.
    AboveMax,
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
    /// A whole number of things.
    Number,
    /// An e-mail address.
    Email,
    /// Where something is delivered.
    Address,
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

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_false(value: &bool) -> bool {
    !*value
}
