//! What the bot proposes to agents: whole replies in the engine's order, and nothing that only the
//! dialog could say.

mod common;

use common::{NOW_MS, bot, photo, pressed, typed};
use kefu_proto::v1;

fn ask(messages: Vec<v1::Message>, language: &str, most: u32) -> v1::AssistAsk {
    v1::AssistAsk {
        tenant_id: 1,
        conversation_id: 7,
        number: 3,
        messages,
        language: language.to_owned(),
        proposals_max: most,
        patience_ms: 2_000,
        now_ms: NOW_MS,
    }
}

fn proposed(messages: Vec<v1::Message>, language: &str) -> Vec<v1::Proposal> {
    bot().propose(&ask(messages, language, 4), 0.05).proposals
}

#[test]
fn the_likeliest_answer_comes_first_with_where_it_leads() {
    let found = proposed(vec![typed("我要退货")], "zh");
    let first = found.first().expect("a proposal");
    assert_eq!(
        (first.intent.as_str(), first.title.as_str()),
        ("return.apply", "申请退货")
    );
    assert_eq!(
        first.text,
        "七天内可以无理由退货。\n打开订单: https://example.com/orders"
    );
    assert!((first.score - 1.0).abs() < 1e-9, "a keyword is certain");
}

#[test]
fn pieces_are_read_together_and_in_the_language_they_are_in() {
    let found = proposed(vec![typed("how do i"), typed("return this")], "zh");
    let texts: Vec<&str> = found.iter().map(|it| it.text.as_str()).collect();
    assert!(
        texts.contains(&"You can return it within seven days."),
        "{texts:?}"
    );
}

#[test]
fn what_wants_a_value_asks_for_it() {
    let found = proposed(vec![typed("查订单")], "zh");
    let first = found.first().expect("a proposal");
    assert_eq!(
        (first.intent.as_str(), first.text.as_str()),
        ("order.status", "请发一下订单号。")
    );
}

#[test]
fn there_are_no_more_than_are_wanted_and_they_differ() {
    let one = bot().propose(&ask(vec![typed("售后")], "zh", 1), 0.0);
    assert_eq!(one.proposals.len(), 1);
    let all = bot().propose(&ask(vec![typed("售后")], "zh", 4), 0.0);
    let mut texts: Vec<&String> = all.proposals.iter().map(|it| &it.text).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), all.proposals.len());
    let mut pairs = all.proposals.windows(2);
    assert!(
        pairs.all(|pair| pair[0].score >= pair[1].score),
        "likeliest first"
    );
    assert_eq!((all.number, all.conversation_id), (3, 7));
    assert_eq!(all.catalogue, bot().engine().catalogue().version);
}

#[test]
fn a_button_means_its_intent_and_a_picture_nothing() {
    let found = proposed(vec![pressed("intent:refund.time", "退款多久到账")], "zh");
    assert_eq!(found[0].text, "三天内到账。");
    for messages in [
        vec![photo()],
        vec![pressed("human", "人工")],
        vec![pressed("intent:gone", "没有了")],
        vec![typed(" ")],
        vec![],
    ] {
        assert!(proposed(messages, "zh").is_empty());
    }
}

#[test]
fn an_encoder_that_cannot_answer_proposes_nothing() {
    assert!(proposed(vec![typed("过载的时候买什么")], "zh").is_empty());
}
