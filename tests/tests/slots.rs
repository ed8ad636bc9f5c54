//! A form as a visitor really fills it in, over the shipped intents: typed wrong, corrected,
//! interrupted by another question, checked, and taken to a human with all that was said.

use kefu_proto::v1::{Phase, Sender};
use kefu_tests::{Agent, Options, Service, Visitor, text_of};

/// What the visitor says, and what the bot's reply must hold.
type Line = (&'static str, &'static [&'static str]);

async fn goes(visitor: &mut Visitor, lines: &[Line]) {
    for (said, held) in lines {
        visitor.says(said).await;
        let reply = visitor.hears_from(Sender::Bot).await;
        let text = text_of(&reply);
        for part in *held {
            assert!(text.contains(part), "after {said:?}, {part:?} in {text:?}");
        }
    }
}

/// The visitor is queued, and the agent who comes sees the values.
async fn ends(service: &Service, visitor: &mut Visitor, values: &[&str]) {
    visitor.until_phase(Phase::Queued).await;
    visitor.catches_up().await;
    let mut agent = Agent::first_admin(service).await;
    let head = agent
        .until(visitor.conversation, |head| head.phase() == Phase::Serving)
        .await;
    for value in values {
        let reason = &head.handoff_reason;
        assert!(reason.contains(value), "{value} in {reason:?}");
    }
    let bot = |message: &&kefu_proto::v1::Message| message.sender() == Sender::Bot;
    let own = |message: &&kefu_proto::v1::Message| message.sender() == Sender::Visitor;
    let (replies, turns) = (
        visitor.seen.iter().filter(bot).count(),
        visitor.seen.iter().filter(own).count(),
    );
    assert_eq!(replies, turns, "one reply to every turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_number_is_corrected_the_form_interrupted_and_confirmed_in_chinese() {
    let service = Service::start(Options::default().without_model()).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    let lines: &[Line] = &[
        ("我被重复扣款了", &["订单号"]),
        ("JD20261111", &["多少钱"]),
        ("不对，订单号是JD20262222", &["多少钱"]),
        ("我要退货", &["退", "我们继续", "多少钱"]),
        ("198块", &["JD20262222", "198.00", "对吗"]),
        ("金额错了，应该是 396 元", &["JD20262222", "396.00", "对吗"]),
        ("对的", &["JD20262222", "396.00"]),
    ];
    goes(&mut visitor, lines).await;
    ends(&service, &mut visitor, &["JD20262222", "396.00"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_number_is_corrected_the_form_interrupted_and_confirmed_in_english() {
    let service = Service::start(Options::default().without_model()).await;
    let mut visitor = Visitor::arrive(&service, "en").await;
    let lines: &[Line] = &[
        ("i was charged twice", &["order number"]),
        ("JD20261111", &["How much"]),
        ("no, it's JD20262222", &["How much"]),
        ("i want to return this item", &["Back to", "How much"]),
        ("¥198", &["JD20262222", "198.00", "right?"]),
        (
            "the amount is wrong, it should be ¥396",
            &["JD20262222", "396.00", "right?"],
        ),
        ("yes", &["JD20262222", "396.00"]),
    ];
    goes(&mut visitor, lines).await;
    ends(&service, &mut visitor, &["JD20262222", "396.00"]).await;
}

/// The half-filled form is the conversation's, not the bot's.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_filled_form_survives_the_bot() {
    let service = Service::start(Options::default().without_model()).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    goes(
        &mut visitor,
        &[("我被重复扣款了", &["订单号"]), ("JD20261111", &["多少钱"])],
    )
    .await;
    let dead = service.kill_role("bot");
    service.until_restarted("bot", dead).await;
    goes(
        &mut visitor,
        &[
            ("198块", &["JD20261111", "198.00"]),
            ("算了", &[]),
            ("你好", &[]),
        ],
    )
    .await;
    let phase = visitor
        .head
        .as_ref()
        .map(kefu_proto::v1::Conversation::phase);
    assert_eq!(phase, Some(Phase::Bot));
}

/// Silence makes the bot forget what was open; the value alone then has its question offered.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_forgotten_after_silence() {
    let options = Options::default()
        .without_model()
        .env("KEFU_DIALOG__FORGET_AFTER_S", 1);
    let service = Service::start(options).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    goes(&mut visitor, &[("我被重复扣款了", &["订单号"])]).await;
    // Not synchronisation: the silence itself is what is tested.
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    goes(&mut visitor, &[("JD20261111", &["您是想问"])]).await;
}
