//! The checked, immutable set of intents.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::Date;
use kefu_types::Lang;
use serde::Serialize;

use crate::knowledge::Knowledge;

/// A text per language. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Localized<T>(pub BTreeMap<Lang, T>);

impl<T> Localized<T> {
    /// The value in `lang`, or else in the first language there is.
    #[must_use]
    pub fn get(&self, lang: Lang) -> Option<&T> {
        self.0.get(&lang).or_else(|| self.0.values().next())
    }
}

/// A similar phrasing, as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phrasing {
    /// The original text.
    pub text: String,
    /// Its language.
    pub lang: Lang,
}

/// How a keyword is compared, always on normalised text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum MatchKind {
    /// Somewhere in the text; Latin words at word boundaries.
    #[default]
    Contains,
    /// The whole text.
    Exact,
    /// A regular expression of the linear-time kind.
    Regex,
}

/// Keywords that decide without the model: any of `any`, all of `all`, none of `none`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct KeywordRule {
    /// At least one must match, unless empty.
    pub any: Vec<String>,
    /// All must match.
    pub all: Vec<String>,
    /// None may match.
    pub none: Vec<String>,
    /// How.
    pub kind: MatchKind,
    /// The highest wins, −100 to 100.
    pub priority: i8,
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ButtonAction {
    /// Answers this intent.
    Intent(String),
    /// Opens a page.
    Url(String),
    /// Says this as if typed.
    Say(String),
    /// Asks for a human.
    Human,
}

/// A button under an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Button {
    /// What it shows.
    pub label: String,
    /// What it does.
    pub action: ButtonAction,
}

/// One wording of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Answer {
    /// The text, with `{slot}` placeholders.
    pub text: String,
    /// A card's title; empty for plain text.
    pub title: String,
    /// A card's picture; empty for none.
    pub image: String,
    /// Buttons, at most eight.
    pub buttons: Vec<Button>,
}

/// How a slot's value is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum SlotType {
    /// 6 to 32 letters and digits with at least four digits.
    OrderNumber,
    /// A phone number.
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
    /// One of a list, with synonyms.
    Enumeration(BTreeMap<String, Vec<String>>),
    /// A regular expression.
    Pattern(String),
    /// Any text.
    Text,
}

/// A value the intent needs before its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slot {
    /// Its name in placeholders.
    pub name: String,
    /// How it is recognised.
    pub kind: SlotType,
    /// The question.
    pub prompt: Localized<String>,
    /// The follow-up when the reply held no value.
    pub retry: Localized<String>,
    /// What people call it; empty: by its type.
    pub label: Localized<String>,
    /// The visitor may go on without it.
    pub optional: bool,
    /// The lowest plausible value: days from today, fen, a number, or characters; by the type.
    pub min: Option<i64>,
    /// The highest.
    pub max: Option<i64>,
    /// What is said to a value out of these bounds; empty: a built-in sentence.
    pub invalid: Localized<String>,
}

/// The values are shown and approved before they are used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Confirm {
    /// The question, with `{slot}` placeholders; empty: a built-in list of all values.
    pub text: Localized<String>,
}

/// What is done with the values before the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Action {
    /// The connector's name for it.
    pub call: String,
    /// What stands before the dot in the placeholders of its results.
    pub name: String,
    /// The results that the answer may show, as `{name.result}`.
    pub returns: Vec<String>,
    /// How long it may take, in milliseconds; none: as configured.
    pub timeout_ms: Option<u32>,
    /// What is said when it fails; built-in sentences where empty.
    pub errors: ActionErrors,
}

/// Replies to an action that failed, with `{slot}` placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ActionErrors {
    /// There is nothing under these values.
    pub not_found: Localized<String>,
    /// The business says no.
    pub refused: Localized<String>,
    /// No answer in time.
    pub timeout: Localized<String>,
    /// Nobody to ask.
    pub unavailable: Localized<String>,
}

/// After the answer a human takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handoff {
    /// Why, for the agent.
    pub reason: String,
    /// The key of the group that is to serve it; the default one when none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// What an intent means to the dialog itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Role {
    /// A human, please.
    Human,
    /// Never mind.
    Cancel,
    /// Yes.
    Affirm,
    /// No.
    Deny,
    /// Greeting, thanks, goodbye.
    SmallTalk,
}

/// One thing a visitor may want.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Intent {
    /// Unique, kept as written.
    pub id: String,
    /// The standard question.
    pub title: Localized<String>,
    /// How people say it. May repeat the title.
    pub phrasings: Vec<Phrasing>,
    /// Keyword rules.
    pub keywords: Vec<KeywordRule>,
    /// Wordings per language; may be empty for imported sets.
    pub answers: Localized<Vec<Answer>>,
    /// In asking order.
    pub slots: Vec<Slot>,
    /// Whether the values are approved first.
    pub confirm: Option<Confirm>,
    /// What is done before the answer.
    pub action: Option<Action>,
    /// Whether a human follows.
    pub handoff: Option<Handoff>,
    /// Its part in the dialog.
    pub role: Option<Role>,
    /// First day it is valid.
    pub valid_from: Option<Date>,
    /// Last day it is valid.
    pub valid_to: Option<Date>,
}

/// All enabled intents of one directory, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Catalogue {
    /// Hash of the content, 12 hexadecimal digits.
    pub version: String,
    /// By id, in the order of the ids.
    pub intents: Vec<Intent>,
    /// The knowledge base beside them; empty where there is none.
    pub knowledge: Arc<Knowledge>,
}

impl Catalogue {
    /// The intent with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Intent> {
        let at = self
            .intents
            .binary_search_by(|intent| intent.id.as_str().cmp(id))
            .ok()?;
        self.intents.get(at)
    }
}
