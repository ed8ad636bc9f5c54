//! Intents of the catalogue in the dialog's terms.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kefu_dialog::{Bounds, Form, IntentRef, SlotKind, SlotSpec, Understanding, slots};
use kefu_intents::{Catalogue, Intent, KnowledgeEntry, Slot, SlotType};

/// The intent, when there is one and it is valid on `today`.
pub(crate) fn valid<'a>(catalogue: &'a Catalogue, id: &str, today: Date) -> Option<&'a Intent> {
    let in_time = |intent: &&Intent| {
        intent.valid_from.is_none_or(|from| from <= today)
            && intent.valid_to.is_none_or(|to| today <= to)
    };
    catalogue.get(id).filter(in_time)
}

/// As much of the intent as the dialog needs.
pub(crate) fn reference(intent: &Intent) -> IntentRef {
    IntentRef {
        id: intent.id.clone(),
        slots: intent.slots.iter().map(slot).collect(),
        handoff: intent
            .handoff
            .as_ref()
            .map(|handoff| handoff.reason.clone()),
        confirm: intent.confirm.is_some(),
        action: intent.action.as_ref().map(|action| action.call.clone()),
    }
}

/// An entry of the knowledge base: an answer and nothing else.
pub(crate) fn entry_reference(entry: &KnowledgeEntry) -> IntentRef {
    IntentRef {
        id: entry.verdict_id(),
        ..IntentRef::default()
    }
}

fn slot(slot: &Slot) -> SlotSpec {
    let kind = match &slot.kind {
        SlotType::OrderNumber => SlotKind::OrderNumber,
        SlotType::Phone => SlotKind::Phone,
        SlotType::Date => SlotKind::Date,
        SlotType::Amount => SlotKind::Amount,
        SlotType::Number => SlotKind::Number,
        SlotType::Email => SlotKind::Email,
        SlotType::Address => SlotKind::Address,
        SlotType::Enumeration(values) => SlotKind::Enumeration {
            values: values.clone(),
        },
        SlotType::Pattern(regex) => SlotKind::Pattern {
            regex: regex.clone(),
        },
        SlotType::Text => SlotKind::FreeText,
    };
    SlotSpec {
        name: slot.name.clone(),
        kind,
        optional: slot.optional,
        bounds: Bounds {
            min: slot.min,
            max: slot.max,
        },
    }
}

/// Values that the text brings along for the intent's slots. One value fills one slot.
pub(crate) fn mentioned(intent: &IntentRef, text: &str, today: Date) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for slot in &intent.slots {
        if let Some(value) = slots::mentioned(slot, text, today)
            && !values.values().any(|taken| *taken == value)
        {
            values.insert(slot.name.clone(), value);
        }
    }
    values
}

/// As [`mentioned`], while `asking` is asked for and `value` was found for it: other slots may be
/// filled or corrected in passing, unless they are of the same kind, where the value could be the
/// asked one's.
pub(crate) fn beside(
    form: &Form,
    asking: &SlotSpec,
    value: String,
    text: &str,
    today: Date,
) -> BTreeMap<String, String> {
    let mut values = mentioned(&form.intent, text, today);
    let other = |name: &String| {
        let slot = form.intent.slots.iter().find(|slot| slot.name == *name);
        slot.is_some_and(|slot| slot.kind != asking.kind)
    };
    values.retain(|name, found| other(name) && *found != value);
    values.insert(asking.name.clone(), value);
    values
}

/// What the words mean for a form that they bring these values to: values beside those that were
/// given fill it in, others than those correct it.
pub(crate) fn brought(form: &Form, values: BTreeMap<String, String>) -> Understanding {
    let differs = |(name, value): (&String, &String)| {
        let given = form.filled.get(name);
        given.is_some_and(|given| given != value)
    };
    if values.iter().any(differs) {
        return Understanding::Correct { values };
    }
    Understanding::Answer {
        intent: form.intent.clone(),
        values,
    }
}

/// The same question about the same thing: what the open form knows by the same name and kind
/// need not be asked for again.
pub(crate) fn carried(
    form: &Form,
    intent: &IntentRef,
    mut values: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    for slot in &intent.slots {
        let same = form.intent.slots.iter().find(|own| own.name == slot.name);
        let given = same.filter(|own| own.kind == slot.kind && slot.bounds.is_open());
        if let Some(value) = given.and_then(|own| form.filled.get(&own.name)) {
            values
                .entry(slot.name.clone())
                .or_insert_with(|| value.clone());
        }
    }
    values
}

/// What people call the slot: its labels, and the names of its type.
pub(crate) fn labels(intent: Option<&Intent>, slot: &SlotSpec) -> Vec<String> {
    let own = intent.and_then(|intent| intent.slots.iter().find(|own| own.name == slot.name));
    let own = own
        .into_iter()
        .flat_map(|own| own.label.0.values().cloned());
    let of_type: &[&str] = match slot.kind {
        SlotKind::OrderNumber => &[
            "订单号码",
            "订单编号",
            "订单号",
            "单号",
            "订单",
            "order number",
            "order no",
            "order",
        ],
        SlotKind::Phone => &[
            "手机号码",
            "电话号码",
            "手机号",
            "手机",
            "电话",
            "phone number",
            "phone",
            "mobile",
        ],
        SlotKind::Date => &["日期", "date", "day"],
        SlotKind::Amount => &["金额", "价格", "amount", "price"],
        SlotKind::Number => &["数量", "件数", "quantity"],
        SlotKind::Email => &["邮箱地址", "邮箱", "邮件", "e-mail", "email"],
        SlotKind::Address => &["地址", "address"],
        SlotKind::Enumeration { .. } | SlotKind::Pattern { .. } | SlotKind::FreeText => &[],
    };
    let of_type = of_type.iter().map(|label| (*label).to_owned());
    own.map(|label| label.to_ascii_lowercase())
        .chain(of_type)
        .collect()
}
