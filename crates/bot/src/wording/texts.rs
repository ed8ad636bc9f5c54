//! The sentences that no intent file has.

use kefu_types::Lang;

/// The built-in sentences per language; a tenant may replace any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Chinese.
    pub zh: Phrases,
    /// English.
    pub en: Phrases,
}

/// One language's sentences. `{title}` stands for an intent's title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrases {
    /// Not understood.
    pub fallback: String,
    /// Not understood, with intents that come close.
    pub fallback_close: String,
    /// Not understood again: a human is offered.
    pub fallback_human: String,
    /// "Did you mean {title}?"
    pub confirm_one: String,
    /// "Which of these did you mean?"
    pub confirm_many: String,
    /// Button: none of the options.
    pub none_of_these: String,
    /// Button: a human.
    pub human: String,
    /// Button: stop asking.
    pub cancel: String,
    /// Stopped asking.
    pub cancelled: String,
    /// A colleague takes over.
    pub handoff: String,
    /// The intent `{title}` has no answer.
    pub no_answer: String,
    /// A question whose wording the intent set has lost.
    pub ask: String,
    /// Why a human is wanted, for the agent.
    pub asked_for_human: String,
}

impl Texts {
    /// The sentences in `lang`.
    #[must_use]
    pub const fn of(&self, lang: Lang) -> &Phrases {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            zh: chinese(),
            en: english(),
        }
    }
}

fn chinese() -> Phrases {
    Phrases {
        fallback: "抱歉，我没有理解您的意思。可以换个说法，或者直接找人工客服。".into(),
        fallback_close: "抱歉，我不太确定您的意思。您可以换个说法，或者看看下面有没有您要问的："
            .into(),
        fallback_human: "抱歉，还是没能帮到您。要为您转接人工客服吗？".into(),
        confirm_one: "您是想问“{title}”吗？".into(),
        confirm_many: "您想问的是下面哪一个？".into(),
        none_of_these: "都不是".into(),
        human: "转人工".into(),
        cancel: "取消".into(),
        cancelled: "好的，已经取消。还有其他可以帮您的吗？".into(),
        handoff: "好的，正在为您转接人工客服，请稍候。".into(),
        no_answer: "关于“{title}”，我这里暂时没有现成的答复，可以为您转接人工客服。".into(),
        ask: "麻烦您再提供一下相关信息。".into(),
        asked_for_human: "访客要求人工".into(),
    }
}

fn english() -> Phrases {
    Phrases {
        fallback:
            "Sorry, I did not understand that. Could you put it another way, or talk to a person?"
                .into(),
        fallback_close:
            "Sorry, I am not sure what you mean. Try other words, or pick one of these:".into(),
        fallback_human: "Sorry, I still could not help. Shall I get you a person?".into(),
        confirm_one: "Did you mean “{title}”?".into(),
        confirm_many: "Which of these did you mean?".into(),
        none_of_these: "None of these".into(),
        human: "Talk to a person".into(),
        cancel: "Cancel".into(),
        cancelled: "All right, cancelled. Is there anything else I can do?".into(),
        handoff: "All right, I am getting you a person. One moment please.".into(),
        no_answer: "I have no ready answer about “{title}” yet, but a person can help you.".into(),
        ask: "Could you give me that information, please?".into(),
        asked_for_human: "The visitor asked for a person".into(),
    }
}
