//! What people type when asked for a value, and what is read from it.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use kefu_dialog::{
    Bounds, Refusal, SlotKind, SlotSpec,
    slots::{self, Found},
};

/// A Saturday.
const TODAY: Date = date(2026, 11, 21);

fn of(kind: &SlotKind) -> SlotSpec {
    SlotSpec::new("it", kind.clone())
}

fn read(kind: &SlotKind, text: &str) -> Option<String> {
    match slots::extract(&of(kind), text, TODAY)? {
        Found::Value(value) => Some(value),
        Found::Refused(why) => panic!("{kind:?} has no bounds, but {text:?} is {why:?}"),
    }
}

fn mentioned(kind: &SlotKind, text: &str) -> Option<String> {
    slots::mentioned(&of(kind), text, TODAY)
}

fn table(kind: &SlotKind, rows: &[(&str, Option<&str>)]) {
    for (text, value) in rows {
        assert_eq!(read(kind, text).as_deref(), *value, "{kind:?} in {text:?}");
    }
}

#[test]
fn order_numbers() {
    table(
        &SlotKind::OrderNumber,
        &[
            ("订单号是 JD20261112000123，谢谢", Some("JD20261112000123")),
            ("２０２６１１１２", Some("20261112")),
            ("手机13812345678 单号 990112233445", Some("990112233445")),
            ("13812345678", Some("13812345678")),
            ("1234 5678 9012", Some("123456789012")),
            ("ab1234", Some("ab1234")),
            ("a1234", None),
            ("iphone15pro", None),
            ("2026-11-12", None),
            ("不知道", None),
            ("123456789012345678901234567890123", None),
            ("", None),
        ],
    );
}

#[test]
fn phones() {
    table(
        &SlotKind::Phone,
        &[
            ("13812345678", Some("13812345678")),
            ("我的电话是138 1234 5678。", Some("13812345678")),
            ("138-1234-5678", Some("13812345678")),
            ("+86 138 1234 5678", Some("13812345678")),
            ("+8613812345678", Some("13812345678")),
            ("008613812345678", Some("13812345678")),
            ("１３８１２３４５６７８", Some("13812345678")),
            ("+44 (20) 7123-4567", Some("+442071234567")),
            ("+1 415 555 0100 please", Some("+14155550100")),
            ("23812345678", None),
            ("12012345678", None),
            ("138123456789", None),
            ("1381234567", None),
            ("+12", None),
            ("+1234567890123456", None),
            ("没有", None),
        ],
    );
}

#[test]
fn days() {
    table(
        &SlotKind::Date,
        &[
            ("今天", Some("2026-11-21")),
            ("明天下午吧", Some("2026-11-22")),
            ("昨天买的", Some("2026-11-20")),
            ("前天", Some("2026-11-19")),
            ("大前天", Some("2026-11-18")),
            ("后天", Some("2026-11-23")),
            ("大后天", Some("2026-11-24")),
            ("三天前", Some("2026-11-18")),
            ("10天后", Some("2026-12-01")),
            ("2026-11-12", Some("2026-11-12")),
            ("2026/1/2", Some("2026-01-02")),
            ("2026年11月12日", Some("2026-11-12")),
            ("11月12日", Some("2026-11-12")),
            ("１１月１２号", Some("2026-11-12")),
            ("十一月十二号", Some("2026-11-12")),
            ("1月3号", Some("2027-01-03")),
            ("11/12", Some("2026-11-12")),
            ("12号", Some("2026-11-12")),
            ("1号", Some("2026-12-01")),
            ("二十五号", Some("2026-11-25")),
            ("周五", Some("2026-11-27")),
            ("周六", Some("2026-11-21")),
            ("这周五", Some("2026-11-20")),
            ("下周一", Some("2026-11-23")),
            ("下下周一", Some("2026-11-30")),
            ("上星期天", Some("2026-11-15")),
            ("礼拜日", Some("2026-11-22")),
            ("tomorrow morning", Some("2026-11-22")),
            ("the day after tomorrow", Some("2026-11-23")),
            ("next Monday", Some("2026-11-23")),
            ("last Friday", Some("2026-11-20")),
            ("last saturday", Some("2026-11-14")),
            ("上周五", Some("2026-11-13")),
            ("昨天下午三点多", Some("2026-11-20")),
            ("3天前", Some("2026-11-18")),
            ("两周前吧", Some("2026-11-07")),
            ("一个星期前", Some("2026-11-14")),
            ("两个月前", Some("2026-09-21")),
            ("半个月前", Some("2026-11-06")),
            ("三天以后", Some("2026-11-24")),
            ("3 days ago", Some("2026-11-18")),
            ("about a week ago", Some("2026-11-14")),
            ("two weeks ago", Some("2026-11-07")),
            ("in 2 days", Some("2026-11-23")),
            ("3 days", None),
            ("上个月3号", Some("2026-10-03")),
            ("下月五号", Some("2026-12-05")),
            ("10月3号", Some("2026-10-03")),
            ("Oct 3", Some("2026-10-03")),
            ("Oct. 3rd, 2025", Some("2025-10-03")),
            ("Nov 12", Some("2026-11-12")),
            ("3rd of January 2027", Some("2027-01-03")),
            ("2026-13-01", None),
            ("2月30日", None),
            ("3号楼", None),
            ("99号", None),
            ("随便", None),
        ],
    );
}

#[test]
fn amounts() {
    table(
        &SlotKind::Amount,
        &[
            ("￥99.5", Some("99.50")),
            ("¥ 1,299", Some("1299.00")),
            ("99块5", Some("99.50")),
            ("99块5毛", Some("99.50")),
            ("99元", Some("99.00")),
            ("差不多 99.9 元", Some("99.90")),
            ("5毛", Some("0.50")),
            ("1.2万", Some("12000.00")),
            ("3千块", Some("3000.00")),
            ("100rmb", Some("100.00")),
            ("一百二十块", Some("120.00")),
            ("一百二", Some("120.00")),
            ("两千三百元", Some("2300.00")),
            ("九十九块五", Some("99.50")),
            ("1299", Some("1299.00")),
            ("1299.5。", Some("1299.50")),
            ("3k块", Some("3000.00")),
            ("1.5k", Some("1500.00")),
            ("2w", Some("20000.00")),
            ("12.50 usd", Some("12.50 USD")),
            ("$12.5", Some("12.50 USD")),
            ("HK$ 300", Some("300.00 HKD")),
            ("20欧元", Some("20.00 EUR")),
            ("about 30 dollars", Some("30.00 USD")),
            ("买了3件", None),
            ("太贵了", None),
            ("99999999999999999999元", None),
        ],
    );
}

#[test]
fn enumerations_by_value_or_synonym() {
    let values = BTreeMap::from([
        (
            "顺丰".to_owned(),
            vec!["sf".to_owned(), "顺丰快递".to_owned()],
        ),
        ("顺丰冷运".to_owned(), vec![]),
        ("EMS".to_owned(), vec!["邮政".to_owned()]),
    ]);
    table(
        &SlotKind::Enumeration { values },
        &[
            ("顺丰", Some("顺丰")),
            ("走SF吧", Some("顺丰")),
            ("ＥＭＳ", Some("EMS")),
            ("顺丰冷运的", Some("顺丰冷运")),
            ("邮政", Some("EMS")),
            ("themselves", None),
            ("圆通", None),
        ],
    );
}

#[test]
fn patterns_give_their_group_or_all() {
    let pattern = |regex: &str| SlotKind::Pattern {
        regex: regex.to_owned(),
    };
    table(
        &pattern(r"[A-Z]{2}\d{6}"),
        &[("序列号 ＡＢ123456 ok", Some("AB123456")), ("AB12", None)],
    );
    table(
        &pattern(r"尺码[是:]?\s*(\d+)"),
        &[("尺码：42", Some("42")), ("42", None)],
    );
    table(&pattern("("), &[("(", None)]);
}

#[test]
fn free_text_is_anything_but_only_when_asked() {
    let long = "字".repeat(slots::FREE_TEXT_CHARS_MAX + 50);
    let value = read(&SlotKind::FreeText, &long).expect("a value");
    assert_eq!(value.chars().count(), slots::FREE_TEXT_CHARS_MAX);
    table(
        &SlotKind::FreeText,
        &[("  就是坏了 ", Some("就是坏了")), ("  ", None)],
    );
    assert_eq!(mentioned(&SlotKind::FreeText, "就是坏了"), None);
}

#[test]
fn in_passing_a_bare_number_is_no_amount() {
    assert_eq!(mentioned(&SlotKind::Amount, "1299"), None);
    let found = mentioned(&SlotKind::Amount, "退我1299元");
    assert_eq!(found.as_deref(), Some("1299.00"));
}

#[test]
fn in_passing_a_mobile_number_is_no_order_number() {
    let found = mentioned(&SlotKind::OrderNumber, "我手机13812345678");
    assert_eq!(found, None);
}

#[test]
fn numbers_of_things() {
    table(
        &SlotKind::Number,
        &[
            ("3件", Some("3")),
            ("要两双", Some("2")),
            ("十二个吧", Some("12")),
            ("5", Some("5")),
            ("三", Some("3")),
            ("two", Some("2")),
            ("three pieces please", Some("3")),
            ("x4", Some("4")),
            ("13812345678", None),
            ("很多", None),
        ],
    );
    assert_eq!(mentioned(&SlotKind::Number, "5"), None, "5 what?");
}

#[test]
fn e_mail_addresses() {
    table(
        &SlotKind::Email,
        &[
            ("发到 Li.Lei@Example.COM 谢谢", Some("Li.Lei@example.com")),
            ("ｌｉ＠ｅｘａｍｐｌｅ．ｃｎ", Some("li@example.cn")),
            ("a+b@mail.example.org.", Some("a+b@mail.example.org")),
            ("li@example", None),
            ("@example.com", None),
            ("没有邮箱", None),
        ],
    );
}

#[test]
fn addresses_look_like_one() {
    table(
        &SlotKind::Address,
        &[
            (
                "浙江省杭州市西湖区文三路 123号 5栋 602室",
                Some("浙江省杭州市西湖区文三路 123号 5栋 602室"),
            ),
            ("朝阳区建国路88号。", Some("朝阳区建国路88号")),
            (
                "221b Baker Street, London",
                Some("221b Baker Street, London"),
            ),
            ("老地方", None),
            ("还是原来那个地址吧", None),
            ("my old address", None),
        ],
    );
    assert_eq!(mentioned(&SlotKind::Address, "朝阳区建国路88号"), None);
}

fn within(kind: SlotKind, min: Option<i64>, max: Option<i64>) -> SlotSpec {
    SlotSpec {
        bounds: Bounds { min, max },
        ..SlotSpec::new("it", kind)
    }
}

#[test]
fn what_is_not_plausible_is_refused_with_its_side() {
    let refused = |slot: &SlotSpec, text: &str| match slots::extract(slot, text, TODAY) {
        Some(Found::Refused(why)) => Some(why),
        _ => None,
    };
    let past = within(SlotKind::Date, Some(-90), Some(0));
    assert_eq!(refused(&past, "明天"), Some(Refusal::AboveMax));
    assert_eq!(refused(&past, "2025-01-01"), Some(Refusal::BelowMin));
    assert_eq!(refused(&past, "昨天"), None);
    let price = within(SlotKind::Amount, Some(1), Some(100_000));
    assert_eq!(refused(&price, "0元"), Some(Refusal::BelowMin));
    assert_eq!(refused(&price, "1000.01元"), Some(Refusal::AboveMax));
    assert_eq!(refused(&price, "1000元"), None);
    let count = within(SlotKind::Number, Some(1), Some(99));
    assert_eq!(refused(&count, "一百件"), Some(Refusal::AboveMax));
    let words = within(SlotKind::FreeText, Some(4), None);
    assert_eq!(refused(&words, "坏了"), Some(Refusal::BelowMin));
    assert_eq!(
        slots::mentioned(&past, "明天", TODAY),
        None,
        "in passing neither"
    );
}

#[test]
fn an_incomplete_day_lies_where_it_is_plausible() {
    let day = |slot: &SlotSpec, text: &str| match slots::extract(slot, text, TODAY) {
        Some(Found::Value(value)) => value,
        other => panic!("{text}: {other:?}"),
    };
    let past = within(SlotKind::Date, None, Some(0));
    let future = within(SlotKind::Date, Some(0), None);
    for (text, before, after) in [
        ("周五", "2026-11-20", "2026-11-27"),
        ("周六", "2026-11-21", "2026-11-21"),
        ("Friday", "2026-11-20", "2026-11-27"),
        ("11月30号", "2025-11-30", "2026-11-30"),
        ("1月3号", "2026-01-03", "2027-01-03"),
        ("25号", "2026-10-25", "2026-11-25"),
        ("12号", "2026-11-12", "2026-12-12"),
        ("Nov 12", "2026-11-12", "2027-11-12"),
    ] {
        assert_eq!(day(&past, text), before, "{text}");
        assert_eq!(day(&future, text), after, "{text}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 2_000, failure_persistence: None, ..Default::default() })]

    /// Whatever is typed, recognition ends without a panic and its values are what they claim.
    #[test]
    fn any_text_is_read(text in "[0-9一二两三十百千万零年月日号周下上天前后块元毛角+¥ .,/a-f-]{0,24}|\\PC{0,40}") {
        for kind in [SlotKind::OrderNumber, SlotKind::Phone, SlotKind::Date, SlotKind::Amount, SlotKind::Number, SlotKind::Email, SlotKind::Address, SlotKind::FreeText] {
            let Some(value) = read(&kind, &text) else { continue };
            let sound = match kind {
                SlotKind::OrderNumber => (6..=32).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric()),
                SlotKind::Phone => value.strip_prefix('+').unwrap_or(&value).bytes().all(|b| b.is_ascii_digit()),
                SlotKind::Date => value.parse::<Date>().is_ok(),
                SlotKind::Amount => value.split(' ').next().and_then(|number| number.split_once('.')).is_some_and(|(_, fen)| fen.len() == 2),
                SlotKind::Number => value.parse::<u64>().is_ok(),
                SlotKind::Email => value.split_once('@').is_some_and(|(_, domain)| domain.contains('.')),
                _ => !value.is_empty(),
            };
            proptest::prop_assert!(sound, "{kind:?} read {value:?} in {text:?}");
            // Reading a value again gives the same value.
            proptest::prop_assert_eq!(read(&kind, &value), Some(value.clone()));
        }
    }
}
