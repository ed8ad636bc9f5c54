//! What is plausible: a day not in the future, an amount not above the price.

use jiff::civil::Date;

use super::date::Lean;
use crate::{Bounds, Refusal, SlotKind, SlotSpec};

/// Whether the normalised value lies in the slot's bounds.
pub(super) fn check(slot: &SlotSpec, value: &str, today: Date) -> Result<(), Refusal> {
    if slot.bounds.is_open() {
        return Ok(());
    }
    let Some(measure) = measure(&slot.kind, value, today) else {
        return Ok(());
    };
    if slot.bounds.min.is_some_and(|min| measure < min) {
        Err(Refusal::BelowMin)
    } else if slot.bounds.max.is_some_and(|max| measure > max) {
        Err(Refusal::AboveMax)
    } else {
        Ok(())
    }
}

/// The value in the unit of [`Bounds`].
fn measure(kind: &SlotKind, value: &str, today: Date) -> Option<i64> {
    match kind {
        SlotKind::Date => {
            let day: Date = value.parse().ok()?;
            Some(i64::from((day - today).get_days()))
        }
        // Other money than the tenant's cannot be compared.
        SlotKind::Amount => value.replace('.', "").parse().ok(),
        SlotKind::Number => value.parse().ok(),
        SlotKind::FreeText | SlotKind::Address => i64::try_from(value.chars().count()).ok(),
        _ => None,
    }
}

/// Which way an incomplete day leans: a day of an order that was placed is past.
pub(super) fn lean(bounds: Bounds) -> Lean {
    if bounds.max.is_some_and(|max| max <= 0) {
        Lean::Past
    } else if bounds.min.is_some_and(|min| min >= 0) {
        Lean::Future
    } else {
        Lean::Nearest
    }
}
