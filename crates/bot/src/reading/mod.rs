//! From words to an [`Understanding`]: what was pressed, what was asked, and only then the NLU.

mod choice;
mod intents;
mod press;
mod said;

use jiff::civil::Date;
use kefu_dialog::{Asked, Choice, IntentRef, SlotKind, Topic, Understanding, slots};
use kefu_intents::{Intent, Role};
use kefu_nlu::{Decision, Engine, Tier, Verdict};
use kefu_types::Lang;

pub(crate) use intents::valid;
use press::Press;
pub use said::{Said, TURN_CHARS_MAX};

use crate::wording::Phrases;

/// A text that is free to hold anything is a cancel only when it is about this short.
const CANCEL_CHARS_MAX: usize = 12;

/// An understanding and where it came from.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) what: Understanding,
    /// What the NLU said, when it was asked.
    pub(crate) verdict: Option<Verdict>,
    /// A slot, a choice or a button decided, whatever the NLU said.
    pub(crate) by_dialog: bool,
}

impl Reading {
    pub(crate) const fn dialog(what: Understanding) -> Self {
        Self {
            what,
            verdict: None,
            by_dialog: true,
        }
    }
}

/// Reads one turn with one engine.
pub(crate) struct Reader<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) phrases: &'a Phrases,
    pub(crate) lang: Lang,
    pub(crate) today: Date,
}

impl Reader<'_> {
    pub(crate) fn read(&self, asked: &Asked, said: &Said) -> Reading {
        match &said.press {
            Some(press) => self.press(asked, press),
            None => self.words(asked, &said.text, &said.last),
        }
    }

    /// A button means what it says. One from an older message, whose meaning has gone, means its
    /// label.
    fn press(&self, asked: &Asked, press: &Press) -> Reading {
        let offered = |at: usize, label: &str| match asked {
            Asked::Choice { options, .. } => options.get(at).is_some_and(|option| {
                let names = self.names(option);
                names.contains(&label) || names.is_empty()
            }),
            _ => false,
        };
        match press {
            Press::Human => Reading::dialog(self.human(None)),
            Press::Cancel => Reading::dialog(Understanding::Cancel),
            Press::None => Reading::dialog(Understanding::Choice(Choice::None)),
            Press::Choice { at, label } if offered(*at, label) => {
                Reading::dialog(Understanding::Choice(Choice::Option(*at)))
            }
            Press::Intent { id, label } => match self.valid(id) {
                Some(intent) => Reading::dialog(self.intent(intent, "", false)),
                None => self.label(asked, label),
            },
            Press::Choice { label, .. } => self.label(asked, label),
            Press::Say(text) => self.words(asked, text, text),
        }
    }

    /// An intent by its exact title, else what the words mean.
    fn label(&self, asked: &Asked, label: &str) -> Reading {
        let titled = |intent: &&Intent| intent.title.0.values().any(|title| title == label);
        let intent = self.engine.catalogue().intents.iter().find(titled);
        match intent.and_then(|intent| self.valid(&intent.id)) {
            Some(intent) => Reading::dialog(self.intent(intent, "", false)),
            None => self.words(asked, label, label),
        }
    }

    fn words(&self, asked: &Asked, text: &str, last: &str) -> Reading {
        match asked {
            Asked::Nothing => self.judge(text, false),
            Asked::Slot { topic } => self.slot_reply(topic, text),
            Asked::Choice { options, .. } => self.choice_reply(options, text, last),
        }
    }

    /// The value first, unless the words plainly leave the question.
    fn slot_reply(&self, topic: &Topic, text: &str) -> Reading {
        let kind = &topic.asking.kind;
        let Some(value) = slots::extract(kind, text, self.today) else {
            let mut reading = self.judge(text, true);
            if matches!(reading.what, Understanding::Confirm { .. }) {
                // Close to intents is not plainly one of them: the question stays.
                reading.what = Understanding::Fallback;
            }
            return reading;
        };
        let filled = |value: String| {
            let mut values = intents::beside(topic, value, text, self.today);
            if values.len() == 1 {
                let value = values.remove(&topic.asking.name).unwrap_or_default();
                return Understanding::SlotValue { value };
            }
            let intent = topic.intent.clone();
            Understanding::Answer { intent, values }
        };
        if is_all(text, &value) && *kind != SlotKind::FreeText {
            return Reading::dialog(filled(value));
        }
        let reading = self.judge(text, true);
        if leaves(&reading, kind, text) {
            return reading;
        }
        Reading {
            what: filled(value),
            by_dialog: true,
            ..reading
        }
    }

    fn choice_reply(&self, options: &[IntentRef], text: &str, last: &str) -> Reading {
        let titles: Vec<_> = options.iter().map(|option| self.names(option)).collect();
        let picked = choice::pick(text, &titles).or_else(|| choice::pick(last, &titles));
        if let Some(picked) = picked {
            return Reading::dialog(Understanding::Choice(picked));
        }
        match choice::yes_or_no(text).or_else(|| choice::yes_or_no(last)) {
            Some(true) => Reading::dialog(Understanding::Affirm),
            Some(false) => Reading::dialog(Understanding::Deny),
            None => self.judge(text, true),
        }
    }

    /// Asks the NLU. `open`: a question or a choice is open. An encoder that cannot answer in
    /// time is no reason for silence: the turn is then one that was not understood.
    fn judge(&self, text: &str, open: bool) -> Reading {
        let lang = Lang::detect(text).or(Some(self.lang));
        let verdict = match self.engine.understand(text, lang) {
            Ok(verdict) => verdict,
            Err(error) => {
                metrics::counter!("kefu_bot_nlu_errors_total").increment(1);
                tracing::warn!(%error, "the text was not understood for want of an encoder");
                return Reading {
                    what: Understanding::Fallback,
                    verdict: None,
                    by_dialog: false,
                };
            }
        };
        let what = match &verdict.decision {
            Decision::Answer(id) => match self.valid(id) {
                Some(intent) => self.intent(intent, text, open),
                None => Understanding::Fallback,
            },
            Decision::Confirm(ids) => {
                let valid = ids.iter().filter_map(|id| self.valid(id));
                Understanding::Confirm {
                    options: valid.map(intents::reference).collect(),
                }
            }
            Decision::Fallback => Understanding::Fallback,
        };
        Reading {
            what,
            verdict: Some(verdict),
            by_dialog: false,
        }
    }

    /// What an intent means here, by its role. Yes and no with nothing to say them to are small
    /// talk, when the set has words for it.
    fn intent(&self, intent: &Intent, text: &str, open: bool) -> Understanding {
        let wordless = intent.answers.0.values().all(Vec::is_empty);
        let reference = intents::reference(intent);
        match intent.role {
            Some(Role::Human) => self.human(Some(intent)),
            Some(Role::Cancel) => Understanding::Cancel,
            Some(Role::Affirm) if open || wordless => Understanding::Affirm,
            Some(Role::Deny) if open || wordless => Understanding::Deny,
            Some(Role::SmallTalk) if open => Understanding::Aside { intent: reference },
            _ => Understanding::Answer {
                values: intents::mentioned(&reference, text, self.today),
                intent: reference,
            },
        }
    }

    fn human(&self, intent: Option<&Intent>) -> Understanding {
        let own = intent.and_then(|intent| intent.handoff.as_ref());
        let reason = own.map_or(&self.phrases.asked_for_human, |handoff| &handoff.reason);
        Understanding::Human {
            reason: reason.clone(),
        }
    }

    fn valid(&self, id: &str) -> Option<&Intent> {
        valid(self.engine.catalogue(), id, self.today)
    }

    /// The intent's titles in all languages; none when the catalogue has dropped it.
    fn names(&self, option: &IntentRef) -> Vec<&str> {
        let intent = self.engine.catalogue().get(&option.id);
        let titles = intent
            .into_iter()
            .flat_map(|intent| intent.title.0.values());
        titles.map(String::as_str).collect()
    }
}

/// The text is hardly more than the value.
fn is_all(text: &str, value: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() <= value.chars().count()
}

/// Whether words that also hold a value leave the question: a human or a cancel by keyword.
fn leaves(reading: &Reading, kind: &SlotKind, text: &str) -> bool {
    let sure = reading
        .verdict
        .as_ref()
        .is_some_and(|v| v.tier == Tier::Keyword);
    let short = *kind != SlotKind::FreeText || text.chars().count() <= CANCEL_CHARS_MAX;
    match reading.what {
        Understanding::Human { .. } => sure,
        Understanding::Cancel => sure && short,
        _ => false,
    }
}
