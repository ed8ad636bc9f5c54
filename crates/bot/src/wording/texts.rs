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
    /// After an answer that is repeated in the same words.
    pub repeated: String,
    /// Before the question of the form `{title}` that another question interrupted.
    pub back: String,
    /// Before the list of values.
    pub check: String,
    /// After the list of values: are they right?
    pub check_end: String,
    /// After the same once more, because the reply was neither a yes nor a no.
    pub check_again: String,
    /// Which of the values is wrong?
    pub which: String,
    /// Button: the values are right.
    pub yes: String,
    /// Button: they are not.
    pub no: String,
    /// Button: on without this value.
    pub skip: String,
    /// Stands for a value that was left out.
    pub not_given: String,
    /// A day before `{bound}`.
    pub too_early: String,
    /// A day after `{bound}`.
    pub too_late: String,
    /// An amount or number under `{bound}`.
    pub too_small: String,
    /// An amount or number over `{bound}`.
    pub too_large: String,
    /// A text of fewer than `{bound}` characters.
    pub too_short: String,
    /// A text of more than `{bound}` characters.
    pub too_long: String,
    /// The business knows nothing under the values.
    pub not_found: String,
    /// The business says no.
    pub refused: String,
    /// The business did not answer in time.
    pub timeout: String,
    /// The business cannot be asked.
    pub unavailable: String,
    /// A picture or a file has arrived, which the bot cannot look at.
    pub media: String,
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
        repeated: "如果这没有解决您的问题，可以换个说法告诉我，或者转人工客服。".into(),
        back: "我们继续“{title}”。".into(),
        check: "请您核对一下：".into(),
        check_end: "以上信息对吗？".into(),
        check_again: "请回复“对”或“不对”，也可以直接把正确的内容发给我。".into(),
        which: "好的，是哪一项不对？也可以直接把正确的内容发给我。".into(),
        yes: "对的".into(),
        no: "不对".into(),
        skip: "跳过".into(),
        not_given: "未提供".into(),
        too_early: "日期不能早于 {bound}，麻烦您再核对一下。".into(),
        too_late: "日期不能晚于 {bound}，麻烦您再核对一下。".into(),
        too_small: "不能少于 {bound}，麻烦您再核对一下。".into(),
        too_large: "不能超过 {bound}，麻烦您再核对一下。".into(),
        too_short: "麻烦您再写详细一点，至少 {bound} 个字。".into(),
        too_long: "内容有点长了，麻烦您缩短到 {bound} 个字以内。".into(),
        not_found: "抱歉，没有查到对应的记录，麻烦您再核对一下。".into(),
        refused: "抱歉，这个操作目前办不了。需要的话，可以转人工客服帮您看看。".into(),
        timeout: "抱歉，系统这会儿有点慢，暂时没有得到结果。您可以稍后再试，或者转人工客服。"
            .into(),
        unavailable: "抱歉，系统暂时连接不上。您可以稍后再试，或者转人工客服帮您处理。".into(),
        media:
            "已收到您发的图片或文件，不过我看不了里面的内容。可以用文字告诉我，或者转人工客服来看。"
                .into(),
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
        repeated: "If this does not help, tell me in other words, or talk to a person.".into(),
        back: "Back to “{title}”. ".into(),
        check: "Please check:".into(),
        check_end: "Is that right?".into(),
        check_again: "Please say yes or no, or just send me the right details.".into(),
        which: "All right, which one is wrong? You can also just send me the right one.".into(),
        yes: "Yes".into(),
        no: "No".into(),
        skip: "Skip".into(),
        not_given: "not given".into(),
        too_early: "The date cannot be before {bound}. Could you check it, please?".into(),
        too_late: "The date cannot be after {bound}. Could you check it, please?".into(),
        too_small: "It cannot be less than {bound}. Could you check it, please?".into(),
        too_large: "It cannot be more than {bound}. Could you check it, please?".into(),
        too_short: "Could you tell me a little more, please? At least {bound} characters.".into(),
        too_long: "That is a little long. Could you keep it within {bound} characters, please?"
            .into(),
        not_found: "Sorry, I found nothing under that. Could you check it, please?".into(),
        refused: "Sorry, that cannot be done right now. A person can have a look if you like."
            .into(),
        timeout: "Sorry, our system is slow right now and gave no result. Please try again later, \
                  or talk to a person."
            .into(),
        unavailable: "Sorry, our system cannot be reached right now. Please try again later, or \
                      talk to a person."
            .into(),
        media: "I have received your picture or file, but I cannot look at it. Tell me in words, or let a \
                person have a look."
            .into(),
    }
}
