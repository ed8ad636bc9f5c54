//! Turns through a real engine: what a visitor says, and what they read next.

mod common;

use common::{NOW_MS, Talk, build, photo, pressed, typed};
use kefu_bot::TurnError;
use kefu_dialog::{Event, Phase, Policy, State, step};
use kefu_proto::v1;

const DAY_MS: i64 = 86_400_000;

fn labels(reply: &common::Reply) -> Vec<&str> {
    reply
        .buttons
        .iter()
        .map(|(label, _)| label.as_str())
        .collect()
}

#[test]
fn an_intent_is_answered_with_its_buttons_and_its_trace() {
    let mut talk = Talk::new();
    let reply = talk.say("我要退货");
    assert_eq!(reply.text, "七天内可以无理由退货。");
    let payloads: Vec<_> = reply
        .buttons
        .iter()
        .map(|(_, payload)| payload.as_str())
        .collect();
    let expected = [
        "intent:return.status",
        "https://example.com/orders",
        "text:退货寄到哪里",
        "human",
    ];
    assert_eq!(payloads, expected);
    let trace = &reply.trace;
    assert_eq!(
        (trace.tier.as_str(), trace.decision.as_str()),
        ("keyword", "answer")
    );
    assert_eq!(trace.catalogue, talk.bot.engine().catalogue().version);
    assert_eq!(trace.keywords, ["退货"]);
    assert_eq!(trace.candidates[0].title, "申请退货");
    let commit = &reply.commit;
    assert_eq!((commit.turn, commit.expected_version), (1, 41));
    assert_eq!((commit.tenant_id, commit.conversation_id), (1, 7));
    assert_eq!(commit.language, "zh");
}

#[test]
fn a_repeated_question_gets_the_other_wording_in_turn() {
    let mut talk = Talk::new();
    let texts: Vec<_> = (0..3).map(|_| talk.say("我要退货").text).collect();
    assert_ne!(texts[0], texts[1]);
    // All wordings were said: the first again, with a way on.
    assert!(texts[2].starts_with(&texts[0]), "{texts:?}");
    assert!(texts[2].ends_with("或者转人工客服。"), "{texts:?}");
}

#[test]
fn pieces_of_one_thought_are_read_together() {
    let mut talk = Talk::new();
    let reply = talk.turn(vec![typed("我要"), typed("退"), typed("货")]);
    assert_eq!(reply.text, "七天内可以无理由退货。");
}

#[test]
fn english_is_answered_in_english_until_chinese_is_written() {
    let mut talk = Talk::new();
    let reply = talk.say("Where is my order?");
    assert_eq!(reply.text, "Please send the order number.");
    assert_eq!(reply.commit.language, "en");
    assert_eq!(labels(&reply), ["Cancel"]);
    assert_eq!(talk.say("JD20261112").text, "Please send the phone number.");
    assert_eq!(talk.say("手机不记得了").text, "手机号是 11 位数字。");
}

#[test]
fn close_intents_are_asked_and_a_press_a_number_or_a_name_chooses() {
    for choose in ["press", "2", "第二个", "申请退款", "name in other letters"] {
        let mut talk = Talk::new();
        let offer = talk.say("退款");
        assert_eq!(offer.text, "您想问的是下面哪一个？");
        assert_eq!(offer.trace.decision, "confirm");
        let (first, second) = (offer.buttons[0].0.clone(), offer.buttons[1].0.clone());
        assert_eq!(labels(&offer)[2..], ["都不是"]);
        let (reply, chosen) = match choose {
            "press" => (talk.press(&offer, &first), first),
            "申请退款" => (talk.say(choose), choose.to_owned()),
            "name in other letters" => (talk.say(&format!("　{second}！")), second),
            number => (talk.say(number), second),
        };
        let answer = if chosen == "申请退款" {
            "在订单页申请退款。"
        } else {
            "三天内到账。"
        };
        assert_eq!(reply.text, answer, "{choose}");
        assert_eq!(reply.trace.tier, "dialog", "{choose}");
        assert_eq!(reply.trace.decision, "answer");
    }
}

#[test]
fn yes_to_two_options_asks_again_and_none_offers_ways_on() {
    let mut talk = Talk::new();
    let offer = talk.say("退款");
    let again = talk.say("是的");
    assert_eq!(again.buttons, offer.buttons);
    let reply = talk.press(&again, "都不是");
    assert_eq!(reply.trace.decision, "fallback");
    assert_eq!(labels(&reply), ["转人工"]);
}

#[test]
fn an_old_choice_button_means_its_label_and_not_its_place() {
    let mut talk = Talk::new();
    let refunds = talk.say("退款");
    let time = refunds
        .buttons
        .iter()
        .find(|(label, _)| label == "退款多久到账");
    let (label, payload) = time.cloned().expect("offered");
    // Another choice is open now, and its options stand at the same places.
    let returns = talk.say("售后");
    assert_eq!(returns.trace.decision, "confirm");
    assert_ne!(returns.buttons[..2], refunds.buttons[..2]);
    let reply = talk.turn(vec![pressed(&payload, &label)]);
    assert_eq!(reply.text, "三天内到账。");
    // And so it does with nothing open.
    talk.say("我要退货");
    assert_eq!(
        talk.turn(vec![pressed(&payload, &label)]).text,
        "三天内到账。"
    );
}

#[test]
fn slots_are_asked_followed_up_and_put_into_the_answer() {
    let mut talk = Talk::new();
    let ask = talk.say("查订单");
    assert_eq!(
        (ask.text.as_str(), ask.trace.decision.as_str()),
        ("请发一下订单号。", "ask")
    );
    assert_eq!(talk.say("忘了").text, "订单号是 6 到 32 位字母和数字。");
    assert_eq!(
        talk.say("找到了，是 JD20261112").text,
        "请发一下收货人手机号。"
    );
    let reply = talk.say("１３８ 1234-5678");
    assert_eq!(reply.text, "订单 JD20261112（13812345678）正在路上。");
    assert!(talk.is(|phase| *phase == Phase::Idle));
}

#[test]
fn values_in_one_text_are_all_taken() {
    let mut talk = Talk::new();
    let reply = talk.say("查订单 JD20261112，手机13812345678");
    assert_eq!(reply.text, "订单 JD20261112（13812345678）正在路上。");
    talk.say("查订单");
    let reply = talk.say("JD777777 13900001111");
    assert_eq!(reply.text, "订单 JD777777（13900001111）正在路上。");
}

#[test]
fn a_slot_that_stays_unread_ends_with_a_human_on_offer() {
    let mut talk = Talk::new();
    talk.say("查订单");
    talk.say("忘了");
    let reply = talk.say("真的忘了");
    assert_eq!(reply.trace.decision, "fallback");
    assert_eq!(labels(&reply)[0], "转人工");
    assert!(talk.is(|phase| *phase == Phase::Idle));
}

#[test]
fn a_question_is_left_by_cancel_or_a_human_and_taken_up_after_anything_else() {
    let mut talk = Talk::new();
    let ask = talk.say("查订单");
    let reply = talk.press(&ask, "取消");
    assert_eq!(reply.text, "好的，那先不办了。");
    assert!(talk.is(|phase| *phase == Phase::Idle));

    talk.say("查订单");
    assert_eq!(talk.say("算了").text, "好的，那先不办了。");

    talk.say("查订单");
    assert_eq!(
        talk.say("稍等").text,
        "您好，请讲。\n\n我们继续“查订单”。请发一下订单号。"
    );
    assert!(talk.is(|phase| matches!(phase, Phase::WaitingReply { .. })));
    assert_eq!(talk.say("JD20261112").text, "请发一下收货人手机号。");
    assert_eq!(
        talk.say("先不说这个，我要退货").text,
        "七天内可以无理由退货。\n\n我们继续“查订单”。请发一下收货人手机号。"
    );

    talk.say("查订单 JD20261112");
    let reply = talk.say("转人工，手机13812345678");
    assert_eq!(reply.trace.decision, "handoff");
    assert_eq!(
        reply.commit.handoff_reason,
        "访客要求人工; order_number: JD20261112"
    );
}

#[test]
fn a_hand_off_says_the_intents_answer_and_tells_the_agent_why() {
    let mut talk = Talk::new();
    let ask = talk.say("我要投诉");
    assert_eq!(labels(&ask), ["服务", "质量", "取消"]);
    let reply = talk.press(&ask, "质量");
    assert_eq!(reply.text, "非常抱歉（质量），马上请专人处理。");
    assert_eq!(reply.commit.handoff_reason, "投诉; about: 质量");
    assert!(talk.is(|phase| *phase == Phase::Queued));
}

#[test]
fn asking_for_a_human_by_words_or_by_button_hands_over() {
    let mut talk = Talk::new();
    let reply = talk.say("转人工");
    assert_eq!(reply.text, "好的，正在为您转接人工客服，请稍候。");
    assert_eq!(reply.commit.handoff_reason, "访客要求人工");
    let mut talk = Talk::new();
    let reply = talk.turn(vec![pressed("human", "转人工")]);
    assert!(talk.is(|phase| *phase == Phase::Queued));
    assert_eq!(reply.trace.tier, "dialog");
}

#[test]
fn nonsense_is_not_understood_and_the_second_time_a_human_is_offered() {
    let mut talk = Talk::new();
    let first = talk.say("🌧️🌧️？？");
    assert_eq!(
        (first.trace.tier.as_str(), labels(&first)),
        ("fallback", vec!["转人工"])
    );
    let second = talk.say("……");
    assert_eq!(second.text, "抱歉，还是没能帮到您。要为您转接人工客服吗？");
}

#[test]
fn a_turn_that_was_taken_back_has_no_reply_and_leaves_the_question_open() {
    let mut talk = Talk::new();
    talk.say("退款");
    let before = talk.state.clone();
    let taken_back = v1::Message {
        recalled_seq: 9,
        ..v1::Message::default()
    };
    for messages in [vec![], vec![taken_back]] {
        let turn = talk.begin(messages);
        let commit = talk.bot.handle(&turn).expect("a commit");
        assert_eq!(commit.messages, [], "there is nothing to answer");
        talk.state = State::from_json(&commit.new_state).expect("a state");
        assert_eq!(talk.state.phase, before.phase);
    }
}

#[test]
fn a_yes_to_nothing_is_answered_kindly() {
    assert_eq!(Talk::new().say("好的").text, "嗯嗯，还有什么可以帮您？");
}

#[test]
fn buttons_of_an_older_catalogue_are_read_by_their_label() {
    let mut talk = Talk::new();
    let reply = talk.turn(vec![pressed("intent:gone", "我要退货")]);
    assert_eq!(reply.text, "七天内可以无理由退货。");
    let known = talk.turn(vec![pressed("intent:return.status", "查看退货进度")]);
    assert_eq!(known.text, "退货进度在“售后”里看。");
    let said = talk.turn(vec![pressed("text:我要退货", "退")]);
    assert_eq!(said.trace.tier, "keyword");
}

#[test]
fn an_intent_ends_with_its_last_day_in_the_tenants_zone() {
    let mut talk = Talk::new();
    assert_eq!(talk.say("双十一").text, "全场八折。");
    // 23:59:59 of the 12th in Shanghai, and a second later.
    let midnight = NOW_MS + 14 * 3_600_000;
    talk.now_ms = midnight - 1_000;
    assert_eq!(talk.say("双十一").text, "全场八折。");
    talk.now_ms = midnight;
    assert_eq!(talk.say("双十一").trace.decision, "fallback");
    talk.now_ms = NOW_MS + 30 * DAY_MS;
    let reply = talk.turn(vec![pressed("intent:sale", "双十一活动")]);
    assert_eq!(reply.trace.decision, "fallback");
}

#[test]
fn an_encoder_without_room_is_no_silence_and_keywords_need_none() {
    let mut talk = Talk::new();
    assert_eq!(talk.say("系统过载了怎么办").trace.decision, "fallback");
    assert_eq!(talk.say("过载了，我要退货").text, "七天内可以无理由退货。");
}

#[test]
fn a_swapped_engine_answers_the_next_turn_and_open_topics_survive() {
    let mut talk = Talk::new();
    talk.say("查订单");
    let yaml = include_str!("common/shop.yaml")
        .replace("正在路上", "已经签收")
        .replace("七天内可以无理由退货。", "十五天内可以退货。");
    let old = talk.bot.engine().catalogue().version.clone();
    talk.bot.swap(build(&yaml));
    talk.say("JD20261112");
    let reply = talk.say("13812345678");
    assert_eq!(reply.text, "订单 JD20261112（13812345678）已经签收。");
    assert_ne!(reply.trace.catalogue, old);

    // The whole intent is gone in the middle of its questions: the visitor still gets words.
    talk.say("查订单");
    let without = yaml.replace("id: order.status", "id: order.other");
    talk.bot.swap(build(&without));
    let reply = talk.say("JD20261112");
    assert_eq!(reply.text, "麻烦您再提供一下相关信息。");
}

#[test]
fn a_turn_that_the_state_does_not_wait_for_has_no_commit() {
    let mut talk = Talk::new();
    let mut turn = talk.begin(vec![typed("我要退货")]);
    turn.turn += 1;
    assert!(matches!(talk.bot.handle(&turn), Err(TurnError::Late(2))));
    let reason = "pressed".to_owned();
    let event = Event::HumanRequested { reason };
    turn.turn -= 1;
    turn.state = step(&talk.state, &event, &Policy::default()).0.to_json();
    assert!(matches!(talk.bot.handle(&turn), Err(TurnError::Late(1))));
    turn.state = "{\"schema\":99}".to_owned();
    assert!(matches!(talk.bot.handle(&turn), Err(TurnError::State(_))));
}

#[test]
fn a_picture_is_never_ignored_and_what_was_asked_is_still_asked() {
    let mut talk = Talk::new();
    let alone = talk.turn(vec![photo(), photo()]);
    assert!(
        alone.text.starts_with("已收到您发的图片或文件"),
        "{}",
        alone.text
    );
    assert_eq!(labels(&alone), ["转人工"]);
    assert_eq!(alone.trace.tier, "dialog");
    assert!(talk.is(|phase| matches!(phase, Phase::Idle)));
    // With words, the words are answered, and the picture is not passed over.
    let both = talk.turn(vec![typed("我要退货"), photo()]);
    assert!(
        both.text.starts_with("七天内可以无理由退货。"),
        "{}",
        both.text
    );
    assert!(
        both.text.contains("已收到您发的图片或文件"),
        "{}",
        both.text
    );
    // Where a value is asked for, a picture is none; the question stays open.
    assert_eq!(
        talk.say("Where is my order?").text,
        "Please send the order number."
    );
    let instead = talk.turn(vec![photo()]);
    assert!(
        instead.text.starts_with("I have received"),
        "{}",
        instead.text
    );
    assert!(talk.is(|phase| matches!(phase, Phase::WaitingReply { .. })));
    assert_eq!(talk.say("JD20261112").text, "Please send the phone number.");
}
