//! The bot role, the NLU and the dialog.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// Texts whose vectors are remembered.
    pub recent_texts_max: u64,
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
}

impl Default for NluConfig {
    fn default() -> Self {
        Self {
            target_precision: 0.97,
            confirm_choices: 3,
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
}

impl Default for DialogConfig {
    fn default() -> Self {
        Self {
            fallbacks_before_human: 2,
            slot_attempts: 2,
        }
    }
}
