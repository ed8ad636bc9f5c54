//! Replies in words: the intent files' where they have any, the built-in ones elsewhere.

mod answer;
mod form;
mod proposal;
mod texts;

use std::collections::BTreeMap;

use answer::{append, body, plain, postback};
use jiff::civil::Date;
use kefu_dialog::{IntentRef, Reply};
use kefu_intents::{Answer, Catalogue, Role};
use kefu_nlu::Verdict;
use kefu_proto::v1;
use kefu_types::Lang;

pub use texts::{Phrases, Texts};

use crate::reading::valid;

/// Intents that a fallback offers at most, and how likely each must be: a list of what the text
/// is surely not would be worse than none.
const CLOSE_MAX: usize = 3;
const CLOSE_PROBABILITY_MIN: f64 = 0.05;

/// Words one reply in one language.
pub(crate) struct Wording<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) phrases: &'a Phrases,
    pub(crate) lang: Lang,
    pub(crate) today: Date,
    /// The day on which the visitor wrote, from which bounds of days are counted.
    pub(crate) day: Date,
}

impl Wording<'_> {
    pub(crate) fn body(&self, reply: &Reply, verdict: Option<&Verdict>) -> v1::Body {
        match reply {
            Reply::Answer {
                intent,
                values,
                repeat,
                then,
            } => self.then(self.answer(intent, values, *repeat), then.as_deref()),
            Reply::Confirm { options } => self.confirm(options),
            Reply::Ask {
                intent,
                slot,
                again,
                refused,
                back,
            } => self.ask(intent, slot, (*again, *refused, *back)),
            Reply::Check {
                intent,
                values,
                again,
                back,
            } => self.check(intent, values, *again, *back),
            Reply::Which { intent, .. } => self.which(intent),
            Reply::Failed {
                intent,
                values,
                why,
                then,
            } => self.then(
                self.failed(intent, values, *why, then.is_none()),
                then.as_deref(),
            ),
            Reply::Fallback { offer_human } => self.fallback(*offer_human, verdict),
            Reply::Media => self.media(plain(String::new(), vec![])),
            Reply::Cancelled => self.role(Role::Cancel, &self.phrases.cancelled),
            Reply::Handoff {
                intent: Some(intent),
                values,
            } => {
                let own = self.variant(&intent.id, 0);
                own.map_or_else(
                    || self.built_in(&self.phrases.handoff),
                    |own| body(own, values),
                )
            }
            Reply::Handoff { intent: None, .. } => self.role(Role::Human, &self.phrases.handoff),
        }
    }

    /// The intent's title in the reply's language, or its id when the catalogue has dropped it.
    pub(crate) fn title_of(&self, id: &str) -> String {
        let intent = self.catalogue.get(id);
        if let Some(title) = intent.and_then(|intent| intent.title.get(self.lang)) {
            return title.clone();
        }
        let entry = self.catalogue.knowledge.get(id);
        entry.map_or_else(|| id.to_owned(), |entry| entry.question.to_string())
    }

    /// The key of the group that a hand-off names: of this intent, or of the one that is for people
    /// who want a person.
    pub(crate) fn group(&self, intent: Option<&IntentRef>) -> Option<&str> {
        let mut intents = self.catalogue.intents.iter();
        let found = match intent {
            Some(intent) => self.catalogue.get(&intent.id),
            None => intents.find(|intent| intent.role == Some(Role::Human)),
        };
        found?.handoff.as_ref()?.group.as_deref()
    }

    /// The next wording every time the question is repeated, round and round.
    fn variant(&self, id: &str, repeat: u8) -> Option<&Answer> {
        let answers = self.catalogue.get(id)?.answers.get(self.lang)?;
        answers.get(usize::from(repeat).checked_rem(answers.len())?)
    }

    fn answer(
        &self,
        intent: &IntentRef,
        values: &BTreeMap<String, String>,
        repeat: u8,
    ) -> v1::Body {
        let entry = self.catalogue.knowledge.get(&intent.id);
        match (self.variant(&intent.id, repeat), entry) {
            // With values of its own it says something else each time.
            (Some(own), _) if !values.is_empty() => body(own, values),
            (Some(own), _) => self.repeated(body(own, values), &intent.id, repeat),
            (None, Some(entry)) => self.repeated(body(&entry.reply(), values), &intent.id, repeat),
            (None, None) => plain(
                self.titled(&self.phrases.no_answer, &intent.id),
                vec![self.human()],
            ),
        }
    }

    /// Said once more in the same words: with a way on, as the words alone did not help.
    fn repeated(&self, body: v1::Body, id: &str, repeat: u8) -> v1::Body {
        let answers = self
            .catalogue
            .get(id)
            .and_then(|intent| intent.answers.get(self.lang));
        let variants = answers.map_or(1, Vec::len).max(1);
        if usize::from(repeat) < variants {
            return body;
        }
        append(body, &self.phrases.repeated, vec![self.human()])
    }

    fn confirm(&self, options: &[IntentRef]) -> v1::Body {
        let text = match options {
            [only] => self.titled(&self.phrases.confirm_one, &only.id),
            _ => self.phrases.confirm_many.clone(),
        };
        let option = |(at, option): (usize, &IntentRef)| {
            postback(&self.title_of(&option.id), format!("choice:{at}"))
        };
        let mut buttons: Vec<_> = options.iter().enumerate().map(option).collect();
        buttons.push(postback(&self.phrases.none_of_these, "none".to_owned()));
        plain(text, buttons)
    }

    fn fallback(&self, offer_human: bool, verdict: Option<&Verdict>) -> v1::Body {
        let candidates = verdict.into_iter().flat_map(|verdict| &verdict.candidates);
        let mut buttons: Vec<_> = candidates
            .filter(|scored| scored.probability >= CLOSE_PROBABILITY_MIN)
            .map(|scored| &scored.intent)
            .filter(|id| self.offers(id))
            .take(CLOSE_MAX)
            .map(|id| postback(&self.title_of(id), format!("intent:{id}")))
            .collect();
        let text = match (offer_human, buttons.is_empty()) {
            (true, _) => &self.phrases.fallback_human,
            (false, true) => &self.phrases.fallback,
            (false, false) => &self.phrases.fallback_close,
        };
        if offer_human {
            buttons.insert(0, self.human());
        } else {
            buttons.push(self.human());
        }
        plain(text.clone(), buttons)
    }

    /// `body`, and that what came besides the words cannot be looked at.
    pub(crate) fn media(&self, body: v1::Body) -> v1::Body {
        append(body, &self.phrases.media, vec![self.human()])
    }

    /// Whether a button may lead to it: what only the dialog itself uses is no question.
    fn offers(&self, id: &str) -> bool {
        match valid(self.catalogue, id, self.today) {
            Some(intent) => intent.role.is_none(),
            None => self.catalogue.knowledge.get(id).is_some(),
        }
    }

    /// What the intent with this role says, or else the built-in sentence.
    fn role(&self, role: Role, built_in: &str) -> v1::Body {
        let mut intents = self.catalogue.intents.iter();
        let intent = intents.find(|intent| intent.role == Some(role));
        let own = intent.and_then(|intent| self.variant(&intent.id, 0));
        own.map_or_else(
            || self.built_in(built_in),
            |own| body(own, &BTreeMap::new()),
        )
    }

    fn built_in(&self, text: &str) -> v1::Body {
        plain(text.to_owned(), vec![])
    }

    fn titled(&self, text: &str, id: &str) -> String {
        text.replace("{title}", &self.title_of(id))
    }

    fn human(&self) -> v1::Button {
        postback(&self.phrases.human, "human".to_owned())
    }
}
