use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use kefu_dialog::{Form, IntentRef, SlotKind, SlotSpec};

use super::{Correction, Corrector};

/// Order, phone and day; what was given so far.
fn form(given: &[(&str, &str)]) -> Form {
    let slots = vec![
        SlotSpec::new("order_number", SlotKind::OrderNumber),
        SlotSpec::new("phone", SlotKind::Phone),
        SlotSpec::new("day", SlotKind::Date),
        SlotSpec::new("note", SlotKind::FreeText),
    ];
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Form {
        intent: IntentRef {
            id: "form".to_owned(),
            slots,
            ..IntentRef::default()
        },
        filled: given.iter().map(owned).collect(),
        skipped: BTreeSet::new(),
        turns: 1,
        misses: 0,
    }
}

fn corrector(form: &Form) -> Corrector<'_> {
    let labels = [
        (
            "order_number",
            vec!["订单号", "订单", "单号", "order number", "order"],
        ),
        (
            "phone",
            vec!["手机号", "手机", "电话", "phone number", "phone"],
        ),
        ("day", vec!["日期", "order date", "date", "day"]),
        ("note", vec!["备注", "note"]),
    ];
    let owned = |(name, labels): (&str, Vec<&str>)| {
        (
            name.to_owned(),
            labels.into_iter().map(str::to_owned).collect(),
        )
    };
    Corrector {
        form,
        labels: labels
            .into_iter()
            .map(owned)
            .collect::<BTreeMap<_, Vec<String>>>(),
        today: date(2026, 11, 21),
    }
}

/// `slot=value`, the slot alone, or nothing.
fn word(correction: Option<Correction>) -> String {
    match correction {
        Some(Correction::Values(values)) => {
            let pairs = values.iter().map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join(" ")
        }
        Some(Correction::Slot(name)) => name,
        None => String::new(),
    }
}

#[test]
fn while_another_slot_is_asked_for() {
    let form = form(&[("order_number", "JD20261111")]);
    let corrector = corrector(&form);
    let phone = &form.intent.slots[1];
    for (text, expected) in [
        ("不对，是JD20262222", "order_number=JD20262222"),
        ("不对,是 jd20262222", "order_number=jd20262222"),
        ("订单号错了，应该是JD20262222", "order_number=JD20262222"),
        (
            "订单号应该是JD20262222，不是JD20261111",
            "order_number=JD20262222",
        ),
        ("不是JD20261111，是JD20262222", "order_number=JD20262222"),
        ("刚才写错了，JD20262222", "order_number=JD20262222"),
        ("订单号改成JD20262222", "order_number=JD20262222"),
        ("no, it's JD20262222", "order_number=JD20262222"),
        (
            "sorry, wrong order number, it is JD20262222",
            "order_number=JD20262222",
        ),
        (
            "actually the order is JD20262222",
            "order_number=JD20262222",
        ),
        (
            "not JD20261111 but JD20262222, i made a mistake",
            "order_number=JD20262222",
        ),
        ("订单号填错了", "order_number"),
        ("刚才写错了", "order_number"),
        // Answers to the question, and other things.
        ("13812345678", ""),
        ("我的手机是13812345678", ""),
        ("不是本人的可以吗，13812345678", ""),
        ("手机号不对，是13812345678", ""),
        ("不知道", ""),
        ("为什么要手机号", ""),
    ] {
        let found = word(corrector.asking(phone, text));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn while_the_values_are_checked() {
    let form = form(&[
        ("order_number", "JD20261111"),
        ("phone", "13812345678"),
        ("day", "2026-11-20"),
        ("note", "放门口"),
    ]);
    let corrector = corrector(&form);
    for (text, expected) in [
        ("电话是13900001111", "phone=13900001111"),
        ("对，不过电话换成13900001111", "phone=13900001111"),
        ("13900001111", "phone=13900001111"),
        ("不对，是JD20262222", "order_number=JD20262222"),
        ("日期是昨天的前一天，11月18号", "day=2026-11-18"),
        ("日期应该是前天", "day=2026-11-19"),
        (
            "订单号 JD20262222 手机 13900001111",
            "order_number=JD20262222 phone=13900001111",
        ),
        ("电话错了", "phone"),
        ("手机号", "phone"),
        ("备注改成放前台", "note=放前台"),
        ("the phone is 13900001111", "phone=13900001111"),
        ("no, change the date to nov 18", "day=2026-11-18"),
        ("wrong order number", "order_number"),
        ("the order date is nov 18", "day=2026-11-18"),
        // Nothing new.
        ("订单号 JD20261111 对吧", ""),
        ("好的", ""),
        ("不对", ""),
        ("什么时候能到", ""),
    ] {
        let found = word(corrector.checking(text));
        assert_eq!(found, expected, "{text}");
    }
}
