//! The story that the product exists for, from the first question to the closed conversation,
//! over the shipped configuration and the real model.

use kefu_proto::v1::{Phase, Sender, body::Kind, button::Action, notice::Kind as Notice};
use kefu_tests::{
    Agent, Codec, Options, PATIENCE, Service, Visitor, assert_gapless, notice_of, text_of,
};

fn buttons(message: &kefu_proto::v1::Message) -> Vec<(String, Option<Action>)> {
    let buttons = match message.body.as_ref().and_then(|body| body.kind.as_ref()) {
        Some(Kind::Text(text)) => text.buttons.clone(),
        Some(Kind::Card(card)) => card.buttons.clone(),
        _ => vec![],
    };
    buttons
        .into_iter()
        .map(|button| (button.label, button.action))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_asks_the_bot_answers_a_human_takes_over() {
    let service = Service::start(Options::default()).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;

    visitor.says("我要退货").await;
    let answer = visitor.hears_from(Sender::Bot).await;
    assert!(text_of(&answer).contains('退'), "{}", text_of(&answer));
    assert!(
        !buttons(&answer).is_empty(),
        "an answer leads on with buttons"
    );
    assert!(
        answer.trace.is_none(),
        "visitors never see the bot's reasons"
    );

    visitor.says("qwjkl zxv 火星 哔哩吧啦 9981").await;
    let lost = visitor.hears_from(Sender::Bot).await;
    let human =
        |(_, action): &(String, Option<Action>)| *action == Some(Action::Postback("human".into()));
    assert!(
        buttons(&lost).iter().any(human),
        "nonsense is told so, with a way to a human"
    );

    visitor.says("转人工").await;
    visitor
        .until_head(|head| head.phase() == Phase::Queued && head.queue_position == 1)
        .await;

    let mut agent = Agent::first_admin(&service).await;
    let conversation = visitor.conversation;
    let mine = agent.id;
    agent
        .until(conversation, |head| {
            head.phase() == Phase::Serving && head.agent_id == mine
        })
        .await;
    agent.opens(conversation).await;
    let mut history = Vec::new();
    while history
        .last()
        .is_none_or(|m| notice_of(m) != Some(Notice::Assigned))
    {
        history.push(agent.reads().await);
    }
    assert_gapless(&history);
    let guessed = history.iter().filter_map(|message| message.trace.as_ref());
    assert!(
        guessed.clone().count() >= 2,
        "the agent sees what the bot made of it"
    );
    assert!(guessed.clone().all(|trace| !trace.catalogue.is_empty()));

    agent
        .says(conversation, "您好，我是客服，请问怎么称呼？")
        .await;
    let greeting = visitor.hears_from(Sender::Agent).await;
    assert_eq!(text_of(&greeting), "您好，我是客服，请问怎么称呼？");
    assert_eq!(greeting.sender_name, "Admin");
    visitor.says("我要退货").await;
    while agent.reads().await.sender() != Sender::Visitor {}
    let silent = visitor
        .hears_within(std::time::Duration::from_secs(1))
        .await;
    assert!(
        silent.is_empty(),
        "the bot is silent while a human serves: {silent:?}"
    );

    let (status, head) = agent.acts(conversation, "ACTION_RETURN_TO_BOT").await;
    assert_eq!(
        (status, head["phase"].as_str()),
        (200, Some("PHASE_BOT")),
        "{head}"
    );
    // Seen here too, or the agent's time with the visitor would be taken for the next one's.
    visitor.until_phase(Phase::Bot).await;
    visitor.says("怎么开发票").await;
    assert_eq!(visitor.hears_from(Sender::Bot).await.sender(), Sender::Bot);

    visitor.says("转人工").await;
    visitor.until_phase(Phase::Serving).await;
    let (status, head) = agent.acts(conversation, "ACTION_END").await;
    assert_eq!(
        (status, head["phase"].as_str()),
        (200, Some("PHASE_WRAP_UP")),
        "{head}"
    );
    let (status, head) = agent.acts(conversation, "ACTION_FINISH").await;
    assert_eq!(
        (status, head["phase"].as_str()),
        (200, Some("PHASE_CLOSED")),
        "{head}"
    );
    visitor.until_phase(Phase::Closed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let mut service = Service::start(Options::default().without_model()).await;
    let data_dir = service.data_dir.clone();
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("你好").await;
    visitor.hears_from(Sender::Bot).await;
    visitor.says("转人工").await;
    visitor.until_phase(Phase::Queued).await;
    visitor.catches_up().await;
    let before = visitor.seen.clone();
    assert_eq!(service.terminate().await, Some(0), "{}", service.log());

    let again = Service::start(Options::default().without_model().data_dir(&data_dir)).await;
    visitor.reconnect(&again).await;
    visitor.head = None;
    visitor
        .until_head(|head| head.phase() == Phase::Queued && head.queue_position == 1)
        .await;
    let path = format!(
        "/api/v1/conversations/{}/messages?after_seq=0",
        visitor.conversation
    );
    let (status, page) = visitor.api.get(&path).await.expect("an answer");
    assert_eq!(status, 200);
    let page: kefu_proto::v1::MessagePage = serde_json::from_value(page).expect("a page");
    assert_eq!(page.messages, before);
    assert!(
        again.setup_token.is_some(),
        "no admin yet, so there is a link again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn near_two_intents_the_bot_asks_which() {
    let service = Service::start(Options::default()).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    let asked = ask_until_confirm(&mut visitor).await;
    let choices = buttons(&asked);
    let (label, action) = choices.first().expect("a choice").clone();
    let Some(Action::Postback(payload)) = action else {
        panic!("a choice is a postback")
    };
    visitor.presses(&payload, &label).await;
    let answer = visitor.hears_from(Sender::Bot).await;
    assert_ne!(text_of(&answer), text_of(&asked), "the choice is answered");
}

/// Several texts that lie between two intents; the bot must ask about at least one.
async fn ask_until_confirm(visitor: &mut Visitor) -> kefu_proto::v1::Message {
    for words in [
        "退款和退货",
        "优惠券发票",
        "换货还是退货",
        "运费退款发票",
        "快递地址",
    ] {
        visitor.says(words).await;
        let reply = visitor.hears_from(Sender::Bot).await;
        let is_choice = |(_, action): &(String, Option<Action>)| matches!(action, Some(Action::Postback(payload)) if payload.starts_with("choice:"));
        if buttons(&reply).iter().any(is_choice) {
            return reply;
        }
    }
    panic!("the bot asked about none of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn english_visitors_are_answered_in_english_over_protobuf() {
    let service = Service::start(Options::default()).await;
    let mut visitor = Visitor::arrive_with(&service, "en", Codec::Proto).await;
    visitor.says("how do i return this").await;
    let answer = visitor.hears_from(Sender::Bot).await;
    assert!(
        text_of(&answer).is_ascii() || text_of(&answer).contains("return"),
        "{answer:?}"
    );
    let english = kefu_types::Lang::detect(text_of(&answer)) == Some(kefu_types::Lang::En);
    assert!(english, "{}", text_of(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_goes_to_a_human_at_once() {
    let service = Service::start(Options::default().without_model()).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("我要投诉").await;
    visitor.hears_from(Sender::Bot).await;
    visitor.until_phase(Phase::Queued).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_take_no_more_than_they_can() {
    let service = Service::start(Options::default().without_model()).await;
    let admin = Agent::first_admin(&service).await;
    let away = serde_json::json!({ "status": "AGENT_STATUS_AWAY" });
    let put = reqwest::Method::PUT;
    admin
        .api
        .call(put, "/api/v1/me/status", Some(away))
        .await
        .expect("an answer");
    let mut agent = admin.hires("first", 2).await;

    let mut visitors = Vec::new();
    for _ in 0..3 {
        let mut visitor = Visitor::arrive(&service, "zh").await;
        visitor.says("转人工").await;
        visitors.push(visitor);
    }
    let mine = agent.id;
    for visitor in &visitors[..2] {
        agent
            .until(visitor.conversation, |head| head.agent_id == mine)
            .await;
    }
    // It may have been third for a moment.
    visitors[2]
        .until_head(|head| head.phase() == Phase::Queued && head.queue_position == 1)
        .await;
    let first = visitors[0].conversation;
    assert_eq!(agent.acts(first, "ACTION_END").await.0, 200);
    assert_eq!(agent.acts(first, "ACTION_FINISH").await.0, 200);
    let served = visitors[2].until_phase(Phase::Serving);
    tokio::time::timeout(PATIENCE, served)
        .await
        .expect("a free place is filled");
}
