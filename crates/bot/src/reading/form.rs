//! The reply while a form is open: a value, a correction, a yes, or something else entirely.

use kefu_dialog::{
    Form, SlotKind, SlotSpec, Topic, Understanding,
    slots::{self, Found},
};
use kefu_nlu::Tier;
use kefu_text::normalize;

use super::{
    Reader, Reading, choice,
    correction::{Correction, Corrector},
    intents, regex,
};

/// A text that is free to hold anything is a cancel only when it is about this short.
const CANCEL_CHARS_MAX: usize = 12;

impl Reader<'_> {
    /// A correction first, then the value, unless the words plainly leave the question.
    pub(super) fn slot_reply(&self, topic: &Topic, text: &str) -> Reading {
        let (form, asking) = (&topic.form, &topic.asking);
        if let Some(correction) = self.corrector(form).asking(asking, text) {
            return Reading::dialog(corrected(correction));
        }
        if asking.optional && skips(text) {
            return Reading::dialog(Understanding::Skip);
        }
        match slots::extract(asking, text, self.day) {
            Some(Found::Value(value)) => self.value_reply(form, asking, value, text),
            Some(Found::Refused(why)) => {
                let reading = self.judge(text, true);
                if leaves(&reading, &asking.kind, text) {
                    return reading;
                }
                Reading {
                    what: Understanding::SlotRefused { why },
                    by_dialog: true,
                    ..reading
                }
            }
            None => self.aside_of(form, text),
        }
    }

    fn value_reply(&self, form: &Form, asking: &SlotSpec, value: String, text: &str) -> Reading {
        let filled = |value: String| {
            let mut values = intents::beside(form, asking, value, text, self.day);
            if values.len() == 1 {
                let value = values.remove(&asking.name).unwrap_or_default();
                return Understanding::SlotValue { value };
            }
            intents::brought(form, values)
        };
        if is_all(text, &value) && asking.kind != SlotKind::FreeText {
            return Reading::dialog(filled(value));
        }
        let reading = self.judge(text, true);
        if leaves(&reading, &asking.kind, text) {
            return reading;
        }
        Reading {
            what: filled(value),
            by_dialog: true,
            ..reading
        }
    }

    /// The reply to "is that right?", or (`which`) to "which of them is wrong?". A question about
    /// something else is one, even where it holds a value.
    pub(super) fn approval_reply(
        &self,
        form: &Form,
        which: bool,
        text: &str,
        last: &str,
    ) -> Reading {
        let said = choice::yes_or_no(text).or_else(|| choice::yes_or_no(last));
        match said {
            Some(true) => return Reading::dialog(Understanding::Affirm),
            Some(false) => return Reading::dialog(Understanding::Deny),
            None => {}
        }
        let correction = self.corrector(form).checking(text);
        if asks(text) && !which {
            let reading = self.aside_of(form, text);
            let other = matches!(&reading.what, Understanding::Answer { intent, .. } if intent.id != form.intent.id);
            if other || matches!(correction, None | Some(Correction::Slot(_))) {
                return reading;
            }
        }
        match correction {
            Some(correction) => Reading::dialog(corrected(correction)),
            None => self.aside_of(form, text),
        }
    }

    /// What the words mean beside the form: an intent of their own, or this one's once more. Close
    /// to intents is not plainly one of them: the question stays.
    fn aside_of(&self, form: &Form, text: &str) -> Reading {
        let mut reading = self.judge(text, true);
        reading.what = match reading.what {
            Understanding::Confirm { .. } => Understanding::Fallback,
            Understanding::Answer { intent, values } if intent.id == form.intent.id => {
                intents::brought(form, values)
            }
            Understanding::Answer { intent, values } => {
                let values = intents::carried(form, &intent, values);
                Understanding::Answer { intent, values }
            }
            what => what,
        };
        reading
    }

    fn corrector<'f>(&self, form: &'f Form) -> Corrector<'f> {
        let script = self.engine.catalogue().get(&form.intent.id);
        let slots = form.intent.slots.iter();
        let labels = slots.map(|slot| (slot.name.clone(), intents::labels(script, slot)));
        Corrector {
            form,
            labels: labels.collect(),
            today: self.day,
        }
    }
}

fn corrected(correction: Correction) -> Understanding {
    match correction {
        Correction::Values(values) => Understanding::Correct { values },
        Correction::Slot(slot) => Understanding::Change { slot },
    }
}

/// Goes on without an optional value.
fn skips(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "跳过",
        "不填",
        "不填了",
        "没有",
        "没",
        "无",
        "不用",
        "不用了",
        "不需要",
        "不知道",
        "不清楚",
        "不记得",
        "忘了",
        "skip",
        "skip it",
        "none",
        "no",
        "nothing",
        "i dont know",
        "i don't know",
        "dont have one",
        "na",
    ];
    let text = normalize(text);
    WORDS.iter().any(|word| normalize(word) == text)
}

/// A question, by its words or its mark.
fn asks(text: &str) -> bool {
    regex!(r"(?i)[?？]|[吗嘛么呢]|怎么|怎样|如何|什么|为啥|多久|多少|哪|能不能|可不可以|是不是|\b(?:how|what|when|where|why|which|who|can|could|do|does|is there)\b")
        .is_match(text)
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
