//! What visitors see before anybody has said a word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    pub(crate) fn new(zh: &str, en: &str) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// A question that the welcome card offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What the button shows in Chinese.
    pub zh: String,
    /// What the button shows in English.
    pub en: String,
    /// What pressing it sends, for one "intent:order.status".
    pub postback: String,
}

/// The visitor page's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SiteConfig {
    /// The service's name, in the page's head.
    pub name: Words,
    /// The welcome card's text.
    pub welcome: Words,
    /// Up to eight guided questions under it.
    pub questions: Vec<Question>,
    /// Said once when the bot takes longer than its deadline.
    pub please_wait: Words,
}

impl Default for SiteConfig {
    fn default() -> Self {
        Self {
            name: Words::new("在线客服", "Customer service"),
            welcome: Words::new(
                "您好，我是智能客服，订单、物流、退换货和发票的问题都可以直接问我。需要人工时说“转人工”即可。",
                "Hello! Ask me about orders, delivery, returns or invoices. Say \"human\" whenever you want to talk to a person.",
            ),
            questions: Vec::new(),
            please_wait: Words::new(
                "正在为您查询，请稍候。",
                "One moment please, I am looking into it.",
            ),
        }
    }
}
