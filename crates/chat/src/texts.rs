//! What the service says by itself, beside the notices.

use kefu_types::Lang;

/// What the service itself says to visitors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// "Please wait" in Chinese.
    pub please_wait_zh: String,
    /// "Please wait" in English.
    pub please_wait_en: String,
}

impl Texts {
    /// "Please wait" in `language`.
    #[must_use]
    pub fn please_wait(&self, language: Lang) -> &str {
        match language {
            Lang::Zh => &self.please_wait_zh,
            Lang::En => &self.please_wait_en,
        }
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            please_wait_zh: "正在为您查询，请稍候。".to_owned(),
            please_wait_en: "One moment please, I am looking into it.".to_owned(),
        }
    }
}
