//! Intents of the catalogue in the dialog's terms.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kefu_dialog::{IntentRef, SlotKind, SlotSpec, Topic, slots};
use kefu_intents::{Catalogue, Intent, Slot, SlotType};

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
    }
}

fn slot(slot: &Slot) -> SlotSpec {
    let kind = match &slot.kind {
        SlotType::OrderNumber => SlotKind::OrderNumber,
        SlotType::Phone => SlotKind::Phone,
        SlotType::Date => SlotKind::Date,
        SlotType::Amount => SlotKind::Amount,
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
    }
}

/// Values that the text brings along for the intent's slots. One value fills one slot.
pub(crate) fn mentioned(intent: &IntentRef, text: &str, today: Date) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for slot in &intent.slots {
        if let Some(value) = slots::mentioned(&slot.kind, text, today)
            && !values.values().any(|taken| *taken == value)
        {
            values.insert(slot.name.clone(), value);
        }
    }
    values
}

/// As [`mentioned`], while one slot of the topic is asked for and `value` was found for it: other
/// slots may be filled or corrected in passing, unless they are of the same kind, where the value
/// could be the asked one's.
pub(crate) fn beside(
    topic: &Topic,
    value: String,
    text: &str,
    today: Date,
) -> BTreeMap<String, String> {
    let mut values = mentioned(&topic.intent, text, today);
    let other = |name: &String| {
        let slot = topic.intent.slots.iter().find(|slot| slot.name == *name);
        slot.is_some_and(|slot| slot.kind != topic.asking.kind)
    };
    values.retain(|name, found| other(name) && *found != value);
    values.insert(topic.asking.name.clone(), value);
    values
}
