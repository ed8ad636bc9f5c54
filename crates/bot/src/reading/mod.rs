//! From words to an [`Understanding`]: what was pressed, what was asked, and only then the NLU.

mod choice;
mod correction;
mod expression;
mod form;
mod intents;
mod press;
mod said;

use std::{collections::BTreeMap, time::Duration};

use jiff::civil::Date;
use kefu_dialog::{Asked, Choice, IntentRef, Understanding};
use kefu_intents::{Intent, Role};
use kefu_nlu::{Decision, Engine, Verdict};
use kefu_types::Lang;

use expression::regex;
pub(crate) use intents::{mentioned, reference, valid};
pub(crate) use press::Press;
pub use said::{Said, TURN_CHARS_MAX};

use crate::wording::Phrases;

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
    /// The tenant's day, by which intents are valid.
    pub(crate) today: Date,
    /// The day on which the visitor wrote, from which "tomorrow" is counted.
    pub(crate) day: Date,
    /// How long the turn can wait for the encoder.
    pub(crate) wait: Duration,
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
            Press::Intent { id, label } => match self.meaning(id, "", false) {
                Some(what) => Reading::dialog(what),
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
            Asked::Nothing | Asked::Expired { .. } => self.judge(text, false),
            Asked::Slot { topic } => self.slot_reply(topic, text),
            Asked::Approval { form, which, .. } => self.approval_reply(form, *which, text, last),
            Asked::Choice { options, .. } => self.choice_reply(options, text, last),
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
        let verdict = match self.engine.understand_within(text, lang, self.wait) {
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
            Decision::Answer(id) => self
                .meaning(id, text, open)
                .unwrap_or(Understanding::Fallback),
            Decision::Confirm(ids) => {
                let options = ids.iter().filter_map(|id| self.reference(id)).collect();
                Understanding::Confirm { options }
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
                values: intents::mentioned(&reference, text, self.day),
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

    /// What the intent or knowledge entry means here, when there is one.
    fn meaning(&self, id: &str, text: &str, open: bool) -> Option<Understanding> {
        if let Some(intent) = self.valid(id) {
            return Some(self.intent(intent, text, open));
        }
        let intent = self.reference(id)?;
        let values = BTreeMap::new();
        Some(Understanding::Answer { intent, values })
    }

    fn reference(&self, id: &str) -> Option<IntentRef> {
        if let Some(intent) = self.valid(id) {
            return Some(intents::reference(intent));
        }
        let entry = self.engine.catalogue().knowledge.get(id)?;
        Some(intents::entry_reference(entry))
    }

    fn valid(&self, id: &str) -> Option<&Intent> {
        valid(self.engine.catalogue(), id, self.today)
    }

    /// The intent's titles in all languages; none when the catalogue has dropped it.
    fn names(&self, option: &IntentRef) -> Vec<&str> {
        let catalogue = self.engine.catalogue();
        let intent = catalogue.get(&option.id);
        let titles = intent
            .into_iter()
            .flat_map(|intent| intent.title.0.values());
        let entry = catalogue.knowledge.get(&option.id);
        let question = entry.map(|entry| &*entry.question);
        titles.map(String::as_str).chain(question).collect()
    }
}
