//! "No, it is …": which of the values that were given is wrong, and what is right.
//!
//! People name the slot (`订单号错了，应该是…`, "the phone is …"), or only say that something is wrong
//! and give the right value, which then is the last one's, or the only one's that it can be.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kefu_dialog::{
    Form, SlotKind, SlotSpec,
    slots::{self, Found},
};
use regex::Regex;

use super::regex;

/// What a text corrects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Correction {
    /// The right values, by slot name.
    Values(BTreeMap<String, String>),
    /// The slot whose value is wrong.
    Slot(String),
}

/// A form, and what people call its slots.
pub(crate) struct Corrector<'a> {
    pub(crate) form: &'a Form,
    /// By slot name, in small letters.
    pub(crate) labels: BTreeMap<String, Vec<String>>,
    pub(crate) today: Date,
}

/// Where a slot is named in a text.
struct Naming<'a> {
    slot: &'a SlotSpec,
    at: usize,
    end: usize,
}

impl Corrector<'_> {
    /// In the reply to "is that right?": any other value for a slot corrects it.
    pub(crate) fn checking(&self, text: &str) -> Option<Correction> {
        let (text, known) = self.without_known(text);
        let named = self.named(&text);
        if !named.is_empty() {
            // A name alone points at what is wrong, one beside its value does not.
            let wrong = marked(&text) || (is_short(&text) && !known);
            return self.by_name(&named, &text, wrong);
        }
        let open = |slot: &&SlotSpec| !is_text(slot);
        let slots = self.form.intent.slots.iter().filter(open);
        let found: Vec<_> = slots
            .filter_map(|slot| Some((slot, self.value(slot, &text)?)))
            .collect();
        match found.as_slice() {
            [(slot, value)] => Some(one(slot, value.clone())),
            // Two slots could take it: the visitor is asked which.
            [_, ..] => None,
            [] => match self.form.intent.slots.as_slice() {
                [only] if is_text(only) => self.tail_value(only, &text),
                _ => None,
            },
        }
    }

    /// While `asked` is asked for: only a text that says so corrects another slot.
    pub(crate) fn asking(&self, asked: &SlotSpec, text: &str) -> Option<Correction> {
        let (text, _) = self.without_known(text);
        let named = self.named(&text);
        let filled = |slot: &SlotSpec| self.form.filled.contains_key(&slot.name);
        if named.iter().any(|naming| naming.slot.name == asked.name) {
            return None;
        }
        let given: Vec<_> = named
            .into_iter()
            .filter(|naming| filled(naming.slot))
            .collect();
        if !given.is_empty() {
            return self.by_name(&given, &text, marked(&text));
        }
        if !marked(&text) {
            return None;
        }
        let before = self
            .form
            .intent
            .slots
            .iter()
            .take_while(|slot| slot.name != asked.name);
        let last = before.filter(|slot| filled(slot)).last()?;
        if let Some(correction) = self.tail_value(last, &text) {
            return Some(correction);
        }
        let others = self
            .form
            .intent
            .slots
            .iter()
            .rev()
            .filter(|slot| filled(slot));
        let strict =
            |slot: &SlotSpec| Some((slot.clone(), slots::mentioned(slot, &text, self.today)?));
        let other_kind = |slot: &&SlotSpec| slot.kind != asked.kind;
        if let Some((slot, value)) = others.filter(other_kind).find_map(strict) {
            return Some(one(&slot, value));
        }
        // Nothing but "I typed that wrong": the last one again.
        let bare = slots::extract(asked, &text, self.today).is_none() || is_text(asked);
        (bare && only_marks(&text)).then(|| Correction::Slot(last.name.clone()))
    }

    /// The values after the names; a name alone is enough when `wrong` is plain.
    fn by_name(&self, named: &[Naming<'_>], text: &str, wrong: bool) -> Option<Correction> {
        let mut values = BTreeMap::new();
        for (at, naming) in named.iter().enumerate() {
            let end = named.get(at + 1).map_or(text.len(), |next| next.at);
            let part = text.get(naming.end..end).unwrap_or_default();
            let value = if is_text(naming.slot) {
                self.read(naming.slot, tail(part))
            } else {
                self.read(naming.slot, part)
            };
            if let Some(value) = value {
                values.insert(naming.slot.name.clone(), value);
            }
        }
        if values.is_empty() && named.len() == 1 {
            // "138… is the phone": before its name.
            let naming = &named[0];
            let part = text.get(..naming.at).unwrap_or_default();
            let value = (!is_text(naming.slot))
                .then(|| self.value(naming.slot, part))
                .flatten();
            return match value {
                Some(value) => Some(one(naming.slot, value)),
                None => wrong.then(|| Correction::Slot(naming.slot.name.clone())),
            };
        }
        (!values.is_empty()).then_some(Correction::Values(values))
    }

    /// The value after the words that say what was wrong.
    fn tail_value(&self, slot: &SlotSpec, text: &str) -> Option<Correction> {
        let tail = tail(text);
        if is_text(slot) && (!marked(text) || tail.is_empty() || only_marks(tail)) {
            return None;
        }
        self.read(slot, tail).map(|value| one(slot, value))
    }

    fn read(&self, slot: &SlotSpec, text: &str) -> Option<String> {
        let Found::Value(value) = slots::extract(slot, text, self.today)? else {
            return None;
        };
        let phone = || SlotSpec::new("", SlotKind::Phone);
        let mistaken = slot.kind == SlotKind::OrderNumber
            && slots::mentioned(&phone(), &value, self.today).is_some();
        (!mistaken).then_some(value)
    }

    /// A value that is no other slot's; a bare number only where hardly anything else is said.
    fn value(&self, slot: &SlotSpec, text: &str) -> Option<String> {
        let counts = matches!(slot.kind, SlotKind::Amount | SlotKind::Number);
        let bare = || self.read(slot, tail(text)).filter(|_| counts);
        slots::mentioned(slot, text, self.today).or_else(bare)
    }

    /// The text without the values that were given, and whether there was one: of "not A1 but B2"
    /// only B2 is new.
    fn without_known(&self, text: &str) -> (String, bool) {
        let mut text = slots::fold(text);
        let mut known = false;
        for value in self.form.filled.values() {
            let value = value.to_ascii_lowercase();
            // Of the same length in bytes, so that places in one are places in the other.
            while let Some(at) = text
                .to_ascii_lowercase()
                .find(&value)
                .filter(|_| value.len() > 1)
            {
                text.replace_range(at..at + value.len(), " ");
                known = true;
            }
        }
        (text, known)
    }

    /// The slots that the text names, in its order.
    fn named(&self, text: &str) -> Vec<Naming<'_>> {
        let text = text.to_ascii_lowercase();
        let mut named: Vec<Naming<'_>> = Vec::new();
        for slot in &self.form.intent.slots {
            let labels = self.labels.get(&slot.name).into_iter().flatten();
            let places = labels.filter_map(|label| Some((text.find(label.as_str())?, label.len())));
            // The longest of those at the earliest place: 订单号 before 订单.
            let best = places.min_by_key(|(at, length)| (*at, usize::MAX - length));
            if let Some((at, length)) = best {
                let end = at + length;
                named.push(Naming { slot, at, end });
            }
        }
        // One word names one slot, the longer the surer: "order date" is no order.
        named.sort_by_key(|naming| (naming.at, usize::MAX - naming.end));
        named.dedup_by(|next, before| next.at < before.end);
        named
    }
}

fn one(slot: &SlotSpec, value: String) -> Correction {
    Correction::Values(BTreeMap::from([(slot.name.clone(), value)]))
}

fn is_text(slot: &SlotSpec) -> bool {
    matches!(slot.kind, SlotKind::FreeText)
}

/// Hardly more than a value or a name.
fn is_short(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() <= 12
}

/// Whether the text says that something is wrong.
fn marked(text: &str) -> bool {
    marks().is_match(text)
}

fn marks() -> &'static Regex {
    regex!(
        r"(?i)不对|不是|错了|有误|[说写打填输发搞弄看记]错|改成|改为|改一下|改下|换成|更正|应该是|应该写|我是说|\b(?:no|nope|wrong|incorrect|mistake|mistyped|typo|actually|i meant|i mean|should be|instead|change|correct it)\b"
    )
}

/// What stands after the last word of correction, and a plain "is" or "to" after it.
fn tail(text: &str) -> &str {
    let end = marks()
        .find_iter(text)
        .last()
        .map_or(0, |found| found.end());
    let rest = text.get(end..).unwrap_or_default();
    let lead = regex!(
        r"(?i)^[\s,，。.:：;；!！的了啦呀啊它]*(?:(?:应该|正确的?)?是|改?成|为|it'?s|it is|is|to|the right one is|should be)?[\s,，:：]*"
    );
    let skip = lead.find(rest).map_or(0, |found| found.end());
    rest.get(skip..).unwrap_or_default().trim()
}

/// Nothing but words of correction.
fn only_marks(text: &str) -> bool {
    let rest = marks().replace_all(text, "");
    let rest = regex!(r"(?i)我|刚才|刚刚|上面|前面|那个|抱歉|不好意思|sorry|i |that|it|was|is|just|made|a|the|again").replace_all(&rest, "");
    rest.chars().filter(|c| c.is_alphanumeric()).count() <= 2
}

#[cfg(test)]
mod tests;
