//! The plausible values of a slot: `min` and `max`, and for days `past` and `future`.

use crate::{
    fields::{At, Fields, boolean, shorten, text},
    limits::SLOT_NAME_CHARS_MAX,
    problem::Sink,
};

/// In what `min` and `max` are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Days from today.
    Days,
    /// Yuan, kept as fen.
    Yuan,
    /// Whole numbers.
    Whole,
    /// Characters of a text.
    Characters,
    /// The type has no order.
    None,
}

/// Lowest and highest, in the unit that is kept.
pub(super) fn read(fields: &mut Fields, unit: Unit, sink: &mut Sink) -> (Option<i64>, Option<i64>) {
    let place = fields.place;
    let mut bound = |key: &'static str, sink: &mut Sink| {
        let at = fields
            .take(key, sink)
            .and_then(|node| text(node, key, SLOT_NAME_CHARS_MAX, sink))?;
        measure(&at, key, unit, sink)
    };
    let (mut min, mut max) = (bound("min", sink), bound("max", sink));
    for (key, past) in [("past", true), ("future", false)] {
        let Some(node) = fields.take(key, sink) else {
            continue;
        };
        if unit != Unit::Days {
            sink.error(
                node.place,
                format!("`{key}` belongs to slots of the type `date`"),
            );
        } else if boolean(&node, key, sink) == Some(true) {
            if past {
                max = Some(max.map_or(0, |max| max.min(0)));
            } else {
                min = Some(min.map_or(0, |min| min.max(0)));
            }
        }
    }
    if let (Some(low), Some(high)) = (min, max)
        && low > high
    {
        sink.error(place, "no value lies within this slot's bounds");
    }
    (min, max)
}

fn measure(
    At { place, value }: &At<String>,
    key: &str,
    unit: Unit,
    sink: &mut Sink,
) -> Option<i64> {
    let whole = || value.parse::<i64>().ok();
    let (read, wanted) = match unit {
        Unit::Days => (
            whole().filter(|days| days.abs() <= 36_500),
            "a number of days from today, like -90",
        ),
        Unit::Yuan => (fen(value), "an amount in yuan, like 99.50"),
        Unit::Whole | Unit::Characters => (whole().filter(|n| *n >= 0), "a whole number"),
        Unit::None => {
            sink.error(*place, format!("`{key}` belongs to slots of the types `date`, `amount`, `number`, `text` and `address`"));
            return None;
        }
    };
    if read.is_none() {
        sink.error(
            *place,
            format!("`{key}` must be {wanted}, found `{}`", shorten(value)),
        );
    }
    read
}

fn fen(value: &str) -> Option<i64> {
    let (yuan, part) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(yuan) || !digits(part) || yuan.len() > 12 || part.len() > 2 {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    yuan.parse::<i64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(part)
}
