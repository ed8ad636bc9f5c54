//! The bot role, the NLU and the dialog.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bounds::BotBounds;

/// The bot role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BotConfig {
    /// Directory of intent files.
    pub intents_dir: PathBuf,
    /// A BERT in Hugging Face layout: config.json, tokenizer.json, model.safetensors.
    pub model_dir: PathBuf,
    /// Put before every text; the e5 family wants "query: ".
    pub model_prefix: String,
    /// "mean" or "cls".
    pub model_pooling: String,
    /// Without a usable model: `true` refuses to start, `false` serves keywords and lexical
    /// features alone.
    pub model_required: bool,
    /// Where vectors of phrasings are remembered; empty for `cache` in the data directory.
    pub cache_dir: PathBuf,
    /// Threads that compute embeddings.
    pub threads: usize,
    /// Turns worked on at once.
    pub turns_max: u32,
    /// Texts whose vectors are remembered, by hash; 0 for none.
    pub recent_texts_max: u64,
    /// Bounds that are rarely changed.
    pub limits: BotBounds,
}

impl Default for BotConfig {
    fn default() -> Self {
        Self {
            intents_dir: "intents".into(),
            model_dir: "models/multilingual-e5-small".into(),
            model_prefix: "query: ".into(),
            model_pooling: "mean".into(),
            model_required: true,
            cache_dir: PathBuf::new(),
            threads: 1,
            turns_max: 8,
            recent_texts_max: 10_000,
            limits: BotBounds::default(),
        }
    }
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NluConfig {
    /// Of what is answered, this share shall be right; thresholds follow from it.
    pub target_precision: f64,
    /// The most choices a "did you mean" offers, 1 to 3.
    pub confirm_choices: usize,
    /// Of the questions back, this share shall offer the right intent, where there is one.
    pub confirm_hit_rate: f64,
    /// A second candidate with this share of the first's probability is asked about, however sure
    /// the first is.
    pub close_ratio: f64,
    /// The share of visitors' texts that no intent covers, as far as it is known.
    pub out_of_scope_share: f64,
    /// This share of texts that an intent covers may be refused as out of scope; the more, the more
    /// of what none covers is refused too.
    pub refusal_rate: f64,
    /// Questions of the knowledge base above which neighbours are found by a graph, where it finds
    /// what a scan of all would.
    pub exact_texts_max: usize,
}

impl Default for NluConfig {
    fn default() -> Self {
        Self {
            target_precision: 0.97,
            confirm_choices: 3,
            confirm_hit_rate: 0.9,
            close_ratio: 0.5,
            out_of_scope_share: 0.03,
            refusal_rate: 0.1,
            exact_texts_max: 20_000,
        }
    }
}

/// The conversation's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DialogConfig {
    /// Fallbacks in a row after which a human is offered plainly.
    pub fallbacks_before_human: u8,
    /// How often a slot is asked for; 2 is one follow-up.
    pub slot_attempts: u8,
    /// Forms that wait while other questions are dealt with; 0: another question ends the form.
    pub digressions_max: u8,
    /// Questions that one form may ask in all, corrections and returns included.
    pub form_turns_max: u8,
    /// Silence after which a half-filled form is forgotten, in seconds.
    pub forget_after_s: u32,
    /// Where an intent's last day ends, and where "tomorrow" begins for visitors whose device does not
    /// say: a name like "Asia/Shanghai", or an offset like "+08:00".
    pub time_zone: String,
    /// What intents do before they answer.
    pub actions: ActionsConfig,
}

/// Calls to the business that intents make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActionsConfig {
    /// Calls at once.
    pub at_once_max: usize,
    /// How long one may take where its intent does not say, in milliseconds.
    pub timeout_ms: u32,
    /// Failures in a row after which an action is left alone.
    pub failures_max: u32,
    /// How long it is left alone, in seconds.
    pub rest_s: u32,
}

impl Default for ActionsConfig {
    fn default() -> Self {
        Self {
            at_once_max: 64,
            timeout_ms: 3_000,
            failures_max: 5,
            rest_s: 30,
        }
    }
}

impl Default for DialogConfig {
    fn default() -> Self {
        Self {
            fallbacks_before_human: 2,
            slot_attempts: 2,
            digressions_max: 2,
            form_turns_max: 20,
            forget_after_s: 1_800,
            time_zone: "Asia/Shanghai".to_owned(),
            actions: ActionsConfig::default(),
        }
    }
}
