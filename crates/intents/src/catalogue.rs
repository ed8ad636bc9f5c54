//! The checked, immutable set of intents.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kefu_types::Lang;
use serde::Serialize;

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
}

/// After the answer a human takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handoff {
    /// Why, for the agent.
    pub reason: String,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
