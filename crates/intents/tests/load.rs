//! Sets as people write them, from file to catalogue.

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use kefu_intents::{Answer, ButtonAction, Catalogue, MatchKind, Role, SlotType, check_dir};
use kefu_types::Lang;

const TODAY: Date = date(2026, 11, 21);

fn good() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good")
}

fn load(today: Date) -> Catalogue {
    Catalogue::load_dir(&good(), today).unwrap_or_else(|error| panic!("{error}"))
}

fn one(text: &str) -> Catalogue {
    Catalogue::parse([("a.yaml", text)], TODAY).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn everything_that_the_format_has_is_read() {
    let set = load(TODAY);
    let intent = set.get("return.apply").expect("the intent is there");
    assert_eq!(
        intent.title.get(Lang::En).map(String::as_str),
        Some("Return an item")
    );
    assert_eq!(intent.phrasings.len(), 3);
    assert_eq!(intent.phrasings.last().map(|p| p.lang), Some(Lang::En));
    let kinds: Vec<_> = intent
        .keywords
        .iter()
        .map(|rule| (rule.kind, rule.priority))
        .collect();
    assert_eq!(
        kinds,
        [
            (MatchKind::Contains, 10),
            (MatchKind::Regex, -5),
            (MatchKind::Contains, 0)
        ]
    );
    let zh = intent
        .answers
        .get(Lang::Zh)
        .expect("there are Chinese answers");
    let [Answer { text, buttons, .. }, _] = zh.as_slice() else {
        panic!("two wordings: {zh:?}")
    };
    assert_eq!(
        text,
        "订单 {order_number} 七天内可以无理由退货。\n请在订单页点“申请售后”。"
    );
    assert_eq!(
        buttons.first().map(|b| &b.action),
        Some(&ButtonAction::Intent("return.status".into()))
    );
    assert_eq!(
        buttons.last().map(|b| &b.action),
        Some(&ButtonAction::Human)
    );
    let card = intent
        .answers
        .get(Lang::En)
        .and_then(|answers| answers.last())
        .expect("there is a card");
    assert_eq!(
        (card.title.as_str(), card.image.as_str()),
        ("Returns", "https://example.com/return.png")
    );
    let [order, carrier, voucher, bought, price] = intent.slots.as_slice() else {
        panic!("five slots")
    };
    assert_eq!(order.kind, SlotType::OrderNumber);
    assert!(
        matches!(&carrier.kind, SlotType::Enumeration(values) if values["顺丰"] == ["sf", "顺丰快递"])
    );
    assert_eq!(
        carrier.retry, carrier.prompt,
        "without a retry the prompt is asked again"
    );
    assert_eq!(voucher.kind, SlotType::Pattern(r"[A-Z]{2}\d{6}".into()));
    assert!(voucher.optional && !order.optional);
    assert_eq!((bought.min, bought.max), (Some(-90), Some(0)), "days");
    assert_eq!((price.min, price.max), (Some(1), Some(999_990)), "fen");
    let confirm = intent
        .confirm
        .as_ref()
        .and_then(|confirm| confirm.text.get(Lang::En));
    assert_eq!(
        confirm.map(String::as_str),
        Some("Order {order_number}, {price}?")
    );
    let action = intent.action.as_ref().expect("an action");
    assert_eq!(
        (action.call.as_str(), action.name.as_str()),
        ("order.status", "order")
    );
    assert_eq!(
        (action.returns.as_slice(), action.timeout_ms),
        (&["status".to_owned()][..], Some(2_000))
    );
    assert_eq!(
        action.errors.not_found.get(Lang::Zh).map(String::as_str),
        Some("没有查到 {order_number}")
    );
    assert!(action.errors.timeout.0.is_empty());
    assert_eq!(
        intent.handoff.as_ref().map(|h| h.reason.as_str()),
        Some("退货")
    );
    assert_eq!(
        set.get("- a: # \"odd\"").and_then(|i| i.role),
        Some(Role::Human)
    );
}

#[test]
fn the_example_of_the_documentation_is_a_good_file() {
    let page = include_str!("../../../docs/intents.md");
    let example = page
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("an example");
    let target = "intents:\n- {id: return.status, title: 退货进度, phrasings: [退到哪了]}\n- {id: return.freight, title: 退货运费, phrasings: [运费谁出]}\n";
    let set = Catalogue::parse([("docs", example), ("target", target)], date(2026, 11, 5));
    let set = set.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        set.get("return.apply").map(|intent| intent.slots.len()),
        Some(3)
    );
}

#[test]
fn text_without_quotes_is_text_although_it_looks_like_a_number() {
    let set = load(TODAY);
    let intent = set.get("123").expect("the id is kept as written");
    let found: Vec<_> = intent
        .phrasings
        .iter()
        .map(|p| (p.text.as_str(), p.lang))
        .collect();
    assert_eq!(
        found,
        [
            ("退货到哪了", Lang::Zh),
            ("where is my return", Lang::En),
            ("10086", Lang::Zh)
        ]
    );
}

#[test]
fn intents_live_on_their_days_and_only_then() {
    let ids = |today| {
        load(today)
            .intents
            .into_iter()
            .map(|intent| intent.id)
            .collect::<Vec<_>>()
    };
    let always = ["- a: # \"odd\"", "123", "return.status"];
    let all = ["- a: # \"odd\"", "123", "return.apply", "return.status"];
    assert_eq!(ids(date(2026, 10, 31)), always);
    assert_eq!(ids(date(2026, 11, 1)), all);
    assert_eq!(ids(date(2026, 11, 30)), all);
    assert_eq!(ids(date(2026, 12, 1)), always);
}

#[test]
fn a_button_to_an_intent_that_is_off_today_is_left_out() {
    let text = "intents:\n- {id: a, title: 甲, phrasings: [甲甲], answers: [{text: 好, buttons: [{label: 去, intent: b}, {label: 说, say: 说}]}]}\n- {id: b, title: 乙, phrasings: [乙乙], valid_to: 2026-11-20}\n";
    let set = one(text);
    let answer = set
        .get("a")
        .and_then(|a| a.answers.get(Lang::Zh))
        .and_then(|a| a.first())
        .expect("an answer");
    assert_eq!(answer.buttons.len(), 1);
}

#[test]
fn the_version_is_a_name_of_the_content_and_of_nothing_else() {
    let base = one(
        "intents:\n- {id: a, title: 甲, phrasings: [甲甲]}\n- {id: b, title: 乙, phrasings: [乙乙]}\n",
    );
    let moved = one(
        "# a comment\nintents:\n- id: b\n  phrasings: 乙乙\n  title: {zh: 乙}\n- {title: \"甲\", id: a, phrasings: {zh: [甲甲]}}\n",
    );
    let other = one(
        "intents:\n- {id: a, title: 甲, phrasings: [甲乙]}\n- {id: b, title: 乙, phrasings: [乙乙]}\n",
    );
    assert_eq!(base.version, moved.version);
    assert_ne!(base.version, other.version);
    assert!(
        base.version.len() == 12 && base.version.bytes().all(|b| b.is_ascii_hexdigit()),
        "{}",
        base.version
    );
}

#[test]
fn a_good_set_has_no_errors_and_says_what_it_doubts() {
    let report = check_dir(&good(), TODAY);
    assert!(report.is_ok(), "{report}");
    insta::assert_snapshot!(report.to_string().replace(env!("CARGO_MANIFEST_DIR"), "."));
}

#[test]
fn a_directory_with_nothing_in_it_is_refused() {
    let dir = tempfile::tempdir().expect("a directory can be made");
    let nothing = check_dir(dir.path(), TODAY).to_string();
    assert!(nothing.contains("there is no .yaml file"), "{nothing}");
    std::fs::write(dir.path().join("a.yaml"), "intents: []\n").expect("a file can be written");
    std::fs::write(dir.path().join(".hidden.yaml"), "nonsense: [").expect("a file can be written");
    let empty = check_dir(dir.path(), TODAY).to_string();
    assert!(empty.contains("there is no intent"), "{empty}");
    let absent = check_dir(&dir.path().join("absent"), TODAY).to_string();
    assert!(absent.contains("cannot be read"), "{absent}");
}

#[test]
fn files_in_subdirectories_count_and_bytes_that_are_no_text_are_named() {
    let dir = tempfile::tempdir().expect("a directory can be made");
    let sub = dir.path().join("orders/late");
    std::fs::create_dir_all(&sub).expect("directories can be made");
    std::fs::write(
        sub.join("a.yml"),
        "\u{FEFF}intents:\n- {id: a, title: 甲, phrasings: [甲甲]}\n",
    )
    .expect("written");
    assert_eq!(
        Catalogue::load_dir(dir.path(), TODAY)
            .expect("the set is good")
            .intents
            .len(),
        1
    );
    std::fs::write(sub.join("gbk.yaml"), b"intents:\n- id: \xcd\xcb\xbb\xf5\n").expect("written");
    let report = check_dir(dir.path(), TODAY).to_string();
    assert!(
        report.contains("gbk.yaml:2:7: error: the file is not UTF-8 here"),
        "{report}"
    );
}
