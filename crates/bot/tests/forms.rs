//! Forms as visitors fill them in: typed wrong, corrected, interrupted, checked, left.

mod common;

use common::{NOW_MS, Reply, Talk, build, typed};
use kefu_bot::{Bot, BotSettings, time_zone};
use kefu_dialog::Phase;
use kefu_types::ManualClock;

fn talk() -> Talk {
    let engine = build(include_str!("common/forms.yaml"));
    let clock = std::sync::Arc::new(ManualClock::new(NOW_MS));
    Talk {
        bot: Bot::new(engine, BotSettings::default(), clock),
        ..Talk::new()
    }
}

/// Says each and compares each reply. `…` at the end stands for the rest.
fn goes(talk: &mut Talk, lines: &[(&str, &str)]) -> Reply {
    let mut last = None;
    for (said, expected) in lines {
        let reply = talk.say(said);
        match expected.strip_suffix('…') {
            Some(begin) => assert!(reply.text.starts_with(begin), "{said}: {}", reply.text),
            None => assert_eq!(reply.text, *expected, "{said}"),
        }
        last = Some(reply);
    }
    last.expect("a line")
}

fn labels(reply: &Reply) -> Vec<&str> {
    reply
        .buttons
        .iter()
        .map(|(label, _)| label.as_str())
        .collect()
}

#[test]
fn values_are_checked_corrected_and_only_then_used() {
    let mut talk = talk();
    let checked = goes(
        &mut talk,
        &[
            ("我要改地址", "哪个订单？"),
            ("JD20261111", "新地址是哪里？"),
            ("老地方", "请写到门牌号。"),
            ("不对，订单号是JD20262222", "新地址是哪里？"),
            ("杭州市西湖区文三路9号", "邮箱是多少？"),
            (
                "Li@Example.com",
                "订单 JD20262222 改寄到 杭州市西湖区文三路9号（Li@example.com），对吗？",
            ),
        ],
    );
    assert_eq!(labels(&checked), ["对的", "不对", "取消"]);
    let which = talk.press(&checked, "不对");
    assert_eq!(
        which.text,
        "好的，是哪一项不对？也可以直接把正确的内容发给我。"
    );
    assert_eq!(labels(&which), ["订单号", "地址", "邮箱", "取消"]);
    let ask = talk.press(&which, "邮箱");
    assert_eq!(ask.text, "邮箱是多少？");
    let checked = goes(
        &mut talk,
        &[
            (
                "lei@example.cn",
                "订单 JD20262222 改寄到 杭州市西湖区文三路9号（lei@example.cn），对吗？",
            ),
            (
                "订单号错了，应该是JD20263333",
                "订单 JD20263333 改寄到 杭州市西湖区文三路9号（lei@example.cn），对吗？",
            ),
        ],
    );
    let done = talk.press(&checked, "对的");
    assert_eq!(done.text, "已改寄到 杭州市西湖区文三路9号。");
    assert!(talk.is(|phase| *phase == Phase::Idle));
}

#[test]
fn in_english_too() {
    let mut talk = talk();
    talk.language = "en".to_owned();
    goes(
        &mut talk,
        &[
            ("please cancel my order JD20261111", "When did you order?"),
            ("no, it's JD20262222", "When did you order?"),
            (
                "what are your opening hours",
                "Nine to nine, every day.\n\nBack to “Cancel an order”. When did you order?",
            ),
            (
                "in two days",
                "The date cannot be after 2026-11-12. Could you check it, please?",
            ),
            ("3 days ago", "May I ask why?"),
            (
                "skip",
                "Please check:\nOrder number: JD20262222\norder date: 2026-11-09\nreason: not given\nIs that right?",
            ),
            (
                "the order date is oct 3",
                "Please check:\nOrder number: JD20262222\norder date: 2026-10-03\nreason: not given\nIs that right?",
            ),
            ("hmm", "Please check:…"),
            ("never mind, talk to a person, 人工", "好的，正在…"),
        ],
    );
}

#[test]
fn a_question_in_between_is_answered_and_the_form_goes_on() {
    let mut talk = talk();
    let reply = goes(
        &mut talk,
        &[
            ("取消订单 JD20261111", "哪天下的单？"),
            (
                "你们几点营业？",
                "每天九点到二十一点。\n\n我们继续“取消订单”。哪天下的单？",
            ),
        ],
    );
    assert_eq!(labels(&reply), ["转人工", "取消"]);
    // A form within: it knows the order already, and then the first one goes on.
    goes(
        &mut talk,
        &[
            ("先帮我开发票吧", "开多少金额？"),
            ("2万", "不能超过 10000.00，麻烦您再核对一下。"),
            (
                "99块5",
                "订单 JD20261111 的发票 99.50 元已登记。\n\n我们继续“取消订单”。哪天下的单？",
            ),
            ("昨天下午", "方便说下原因吗？"),
            (
                "拍错了",
                "请您核对一下：\n订单号：JD20261111\n下单日期：2026-11-11\n原因：买错了\n以上信息对吗？",
            ),
        ],
    );
}

#[test]
fn a_whole_sentence_fills_several_slots_at_once() {
    let mut talk = talk();
    let reply = talk.say("取消订单 JD20261111，上周五买的，拍错了");
    assert_eq!(
        reply.text,
        "请您核对一下：\n订单号：JD20261111\n下单日期：2026-11-06\n原因：买错了\n以上信息对吗？"
    );
}

#[test]
fn what_the_bot_is_not_connected_to_it_says_kindly() {
    let mut talk = talk();
    talk.say("取消订单 JD20261111，昨天买的，拍错了");
    let reply = talk.say("对的");
    assert_eq!(
        reply.text,
        "抱歉，系统暂时连接不上。您可以稍后再试，或者转人工客服帮您处理。"
    );
    assert_eq!(labels(&reply), ["转人工"]);
    assert_eq!(reply.trace.decision, "fallback");
}

#[test]
fn a_form_is_forgotten_after_half_an_hour_and_offered_again() {
    let mut talk = talk();
    talk.say("取消订单");
    talk.now_ms += 31 * 60_000;
    let reply = talk.say("JD20261111");
    assert_eq!(reply.text, "您是想问“取消订单”吗？");
    assert_eq!(talk.say("是的").text, "请发一下订单号。");
}

#[test]
fn days_are_counted_in_the_tenants_zone_from_when_it_was_written() {
    // 2026-11-12 10:00 in Shanghai is the evening before in New York.
    for (zone, day) in [("+08:00", "2026-11-11"), ("America/New_York", "2026-11-10")] {
        let mut talk = talk();
        let settings = BotSettings {
            time_zone: time_zone(zone).expect("a zone"),
            ..BotSettings::default()
        };
        let clock = std::sync::Arc::new(ManualClock::new(NOW_MS));
        talk.bot = Bot::new(talk.bot.engine(), settings, clock);
        let mut written = typed("取消订单 JD20261111，昨天买的，拍错了");
        written.created_at_ms = NOW_MS;
        // The bot was away for a day.
        talk.now_ms = NOW_MS + 86_400_000;
        let reply = talk.turn(vec![written]);
        assert!(reply.text.contains(day), "{zone}: {}", reply.text);
    }
}

#[test]
fn a_visitor_s_own_clock_goes_before_the_tenants_zone() {
    // 2026-11-12 10:00 in Shanghai: the evening before in New York, the same day in Auckland.
    for (minutes, day) in [
        (None, "2026-11-11"),
        (Some(-300), "2026-11-10"),
        (Some(780), "2026-11-11"),
        (Some(i32::MAX), "2026-11-11"),
    ] {
        let mut talk = talk();
        let mut written = typed("取消订单 JD20261111，昨天买的，拍错了");
        written.created_at_ms = NOW_MS;
        written.utc_offset_minutes = minutes;
        let reply = talk.turn(vec![written]);
        assert!(reply.text.contains(day), "{minutes:?}: {}", reply.text);
    }
}
