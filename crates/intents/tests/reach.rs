//! What leads to an intent, and what does not.

use jiff::civil::{Date, date};
use kefu_intents::Catalogue;

const TODAY: Date = date(2026, 11, 21);

fn set(rest: &str) -> Result<Catalogue, String> {
    let text = format!("intents:\n- {{id: a, title: 甲, phrasings: [甲甲], answers: [{rest}\n");
    Catalogue::parse([("a.yaml", text.as_str())], TODAY).map_err(|error| error.to_string())
}

#[test]
fn a_button_of_an_intent_that_can_be_reached_is_enough() {
    let button = "{text: 好, buttons: [{label: 乙, intent: b}]}]}";
    let through = format!("{button}\n- {{id: b, title: 乙, answers: [乙]}}");
    assert!(set(&through).is_ok(), "{:?}", set(&through));
}

#[test]
fn two_intents_that_lead_only_to_each_other_are_lost() {
    let of = |id: &str, to: &str| {
        format!(
            "- {{id: {id}, title: 乙, answers: [{{text: 好, buttons: [{{label: 去, intent: {to}}}]}}]}}"
        )
    };
    let circle = format!("好]}}\n{}\n{}", of("b", "c"), of("c", "b"));
    let error = set(&circle).expect_err("refused");
    assert!(error.contains("nothing leads to `b`"), "{error}");
    assert!(error.contains("nothing leads to `c`"), "{error}");
}

#[test]
fn a_button_of_a_disabled_intent_leads_nowhere() {
    let off = "好]}\n- {id: b, title: 乙, enabled: false, phrasings: [乙乙], answers: [{text: 好, \
               buttons: [{label: 丙, intent: c}]}]}\n- {id: c, title: 丙, answers: [丙]}";
    let error = set(off).expect_err("refused");
    assert!(error.contains("nothing leads to `c`"), "{error}");
}
