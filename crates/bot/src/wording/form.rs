//! What a form says: its questions, "is that right?", "which of them?", and that something failed.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use kefu_dialog::{Failure, IntentRef, Refusal, Reply, SlotKind, SlotSpec};
use kefu_intents::{Action, Intent, Localized, Slot};
use kefu_proto::v1;
use kefu_types::Lang;

use super::{
    Wording,
    answer::{append, fill, plain, postback},
};

/// Values of an enumeration, or slots, that become buttons.
const BUTTONS_MAX: usize = 6;

impl Wording<'_> {
    /// The question that the reply goes on with.
    pub(super) fn then(&self, body: v1::Body, then: Option<&Reply>) -> v1::Body {
        let Some(then) = then else {
            return body;
        };
        match self.body(then, None).kind {
            Some(v1::body::Kind::Text(question)) => append(body, &question.text, question.buttons),
            _ => body,
        }
    }

    pub(super) fn ask(
        &self,
        intent: &IntentRef,
        slot: &SlotSpec,
        (again, refused, back): (bool, Option<Refusal>, bool),
    ) -> v1::Body {
        let script = self.script(intent, &slot.name);
        let question = match refused {
            Some(why) => Some(self.refused(script, slot, why)),
            None => script.and_then(|script| {
                let retry = script.retry.get(self.lang).filter(|_| again);
                retry.or_else(|| script.prompt.get(self.lang)).cloned()
            }),
        };
        let question = question.unwrap_or_else(|| self.phrases.ask.clone());
        let text = self.begun(question.trim(), intent, back);
        let mut buttons = Vec::new();
        if let SlotKind::Enumeration { values } = &slot.kind {
            let value = |value: &String| postback(value, format!("text:{value}"));
            buttons.extend(values.keys().take(BUTTONS_MAX).map(value));
        }
        if slot.optional {
            let skip = &self.phrases.skip;
            buttons.push(postback(skip, format!("text:{skip}")));
        }
        buttons.push(self.cancel());
        plain(text, buttons)
    }

    pub(super) fn check(
        &self,
        intent: &IntentRef,
        values: &BTreeMap<String, String>,
        again: bool,
        back: bool,
    ) -> v1::Body {
        let script = self.catalogue.get(&intent.id);
        let own = script.and_then(|script| script.confirm.as_ref()?.text.get(self.lang));
        let shown = self.with_missing(intent, values);
        let question = match own {
            Some(own) => fill(own.trim(), &shown),
            None => self.list(intent, &shown),
        };
        let text = self.begun(&question, intent, back);
        let text = if again {
            format!("{text}\n{}", self.phrases.check_again)
        } else {
            text
        };
        let say = |label: &str| postback(label, format!("text:{label}"));
        let buttons = vec![say(&self.phrases.yes), say(&self.phrases.no), self.cancel()];
        plain(text, buttons)
    }

    pub(super) fn which(&self, intent: &IntentRef) -> v1::Body {
        let named = intent.slots.iter().take(BUTTONS_MAX).map(|slot| {
            let label = self.label(intent, slot);
            postback(&label, format!("text:{label}"))
        });
        let buttons = named.chain([self.cancel()]).collect();
        plain(self.phrases.which.clone(), buttons)
    }

    /// `alone`: nothing is asked next.
    pub(super) fn failed(
        &self,
        intent: &IntentRef,
        values: &BTreeMap<String, String>,
        why: Failure,
        alone: bool,
    ) -> v1::Body {
        let action = self
            .catalogue
            .get(&intent.id)
            .and_then(|intent| intent.action.as_ref());
        let own = action.and_then(|action| own_error(action, why).get(self.lang));
        let built_in = match why {
            Failure::NotFound => &self.phrases.not_found,
            Failure::Refused => &self.phrases.refused,
            Failure::Timeout => &self.phrases.timeout,
            Failure::Unavailable => &self.phrases.unavailable,
        };
        let text = fill(
            own.unwrap_or(built_in).trim(),
            &self.with_missing(intent, values),
        );
        let buttons = if alone || why != Failure::NotFound {
            vec![self.human()]
        } else {
            vec![]
        };
        plain(text, buttons)
    }

    /// Back from another question, the form is named again.
    fn begun(&self, question: &str, intent: &IntentRef, back: bool) -> String {
        if !back {
            return question.to_owned();
        }
        let lead = self.titled(&self.phrases.back, &intent.id);
        format!("{lead}{question}")
    }

    /// All values, a line each.
    fn list(&self, intent: &IntentRef, values: &BTreeMap<String, String>) -> String {
        let colon = match self.lang {
            Lang::Zh => "：",
            Lang::En => ": ",
        };
        let line = |slot: &SlotSpec| {
            let value = values.get(&slot.name).map_or("", String::as_str);
            format!("{}{colon}{value}", self.label(intent, slot))
        };
        let lines = intent.slots.iter().map(line).collect::<Vec<_>>();
        let (before, after) = (&self.phrases.check, &self.phrases.check_end);
        format!("{before}\n{}\n{after}", lines.join("\n"))
    }

    /// A slot that was left out has a word for it.
    pub(super) fn with_missing(
        &self,
        intent: &IntentRef,
        values: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let mut values = values.clone();
        for slot in intent.slots.iter().filter(|slot| slot.optional) {
            let missing = || self.phrases.not_given.clone();
            values.entry(slot.name.clone()).or_insert_with(missing);
        }
        values
    }

    fn label(&self, intent: &IntentRef, slot: &SlotSpec) -> String {
        let own = self.script(intent, &slot.name);
        if let Some(label) = own.and_then(|own| own.label.get(self.lang)) {
            return label.clone();
        }
        let (zh, en) = match slot.kind {
            SlotKind::OrderNumber => ("订单号", "Order number"),
            SlotKind::Phone => ("手机号", "Phone number"),
            SlotKind::Date => ("日期", "Date"),
            SlotKind::Amount => ("金额", "Amount"),
            SlotKind::Number => ("数量", "Quantity"),
            SlotKind::Email => ("邮箱", "E-mail"),
            SlotKind::Address => ("地址", "Address"),
            SlotKind::Enumeration { .. } | SlotKind::Pattern { .. } | SlotKind::FreeText => {
                return slot.name.replace('_', " ");
            }
        };
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
        .to_owned()
    }

    fn refused(&self, script: Option<&Slot>, slot: &SlotSpec, why: Refusal) -> String {
        if let Some(own) = script.and_then(|script| script.invalid.get(self.lang)) {
            return own.clone();
        }
        let phrases = self.phrases;
        let day = matches!(slot.kind, SlotKind::Date);
        let words = matches!(slot.kind, SlotKind::FreeText | SlotKind::Address);
        let (text, bound) = match why {
            Refusal::BelowMin if day => (&phrases.too_early, slot.bounds.min),
            Refusal::AboveMax if day => (&phrases.too_late, slot.bounds.max),
            Refusal::BelowMin if words => (&phrases.too_short, slot.bounds.min),
            Refusal::AboveMax if words => (&phrases.too_long, slot.bounds.max),
            Refusal::BelowMin => (&phrases.too_small, slot.bounds.min),
            Refusal::AboveMax => (&phrases.too_large, slot.bounds.max),
        };
        let bound = bound.map(|bound| self.bound(&slot.kind, bound));
        text.replace("{bound}", &bound.unwrap_or_default())
    }

    /// A bound as people read it.
    fn bound(&self, kind: &SlotKind, bound: i64) -> String {
        match kind {
            SlotKind::Date => {
                let day = self.day.checked_add(bound.days());
                day.map_or_else(|_| bound.to_string(), |day| day.to_string())
            }
            SlotKind::Amount => format!("{}.{:02}", bound / 100, bound % 100),
            _ => bound.to_string(),
        }
    }

    fn script(&self, intent: &IntentRef, slot: &str) -> Option<&Slot> {
        let script: &Intent = self.catalogue.get(&intent.id)?;
        script.slots.iter().find(|own| own.name == slot)
    }

    fn cancel(&self) -> v1::Button {
        postback(&self.phrases.cancel, "cancel".to_owned())
    }
}

const fn own_error(action: &Action, why: Failure) -> &Localized<String> {
    match why {
        Failure::NotFound => &action.errors.not_found,
        Failure::Refused => &action.errors.refused,
        Failure::Timeout => &action.errors.timeout,
        Failure::Unavailable => &action.errors.unavailable,
    }
}
