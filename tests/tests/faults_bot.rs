//! FAULTS row 17: whatever happens to the bot, visitors get a reply or a human, and people's
//! talks go on untouched.

use std::time::Duration;

use kefu_proto::v1::{Phase, Sender};
use kefu_tests::{Agent, Options, Service, Visitor, text_of};
use nix::sys::signal::{Signal, kill};
use tokio::time::{Instant, sleep};

/// The bot is stopped with the turn in its hands and then killed: the next bot answers, once.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_turn_the_visitor_gets_exactly_one_reply() {
    let options = Options::default()
        .without_model()
        .env("KEFU_CHAT__TURN_DEADLINE_MS", 20_000);
    let service = Service::start(options.env("KEFU_CHAT__BOT_AWAY_MS", 30_000)).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("你好").await;
    visitor.hears_from(Sender::Bot).await;

    let bot = service.pid_of("bot").expect("the bot lives");
    kill(bot, Signal::SIGSTOP).expect("it can be stopped");
    visitor.says("转人工怎么转").await;
    sleep(Duration::from_millis(300)).await;
    kill(bot, Signal::SIGKILL).expect("it can be killed");
    let reply = visitor.hears_from(Sender::Bot).await;
    assert!(!text_of(&reply).is_empty());
    let more = visitor.hears_within(Duration::from_secs(2)).await;
    let replies = more
        .iter()
        .filter(|message| message.sender() == Sender::Bot)
        .count();
    assert_eq!(replies, 0, "one turn, one reply: {more:?}");
}

/// Repeated kills at random moments of many turns: never two replies to one turn.
#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_in_mid_turn_never_double_a_reply() {
    let options = Options::default()
        .without_model()
        .env("KEFU_CHAT__TURN_DEADLINE_MS", 20_000)
        .env("KEFU_CHAT__BOT_AWAY_MS", 30_000)
        .env("KEFU_SUPERVISOR__DEATHS_MAX", 100)
        .env("KEFU_SUPERVISOR__BACKOFF_MAX_MS", 100);
    let service = Service::start(options).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    for round in 0..20_u64 {
        visitor.says("你好").await;
        sleep(Duration::from_millis(round % 7)).await;
        if let Some(bot) = service.pid_of("bot") {
            kill(bot, Signal::SIGKILL).ok();
        }
        visitor.hears_from(Sender::Bot).await;
    }
    let extra = visitor.hears_within(Duration::from_secs(1)).await;
    assert!(extra.is_empty(), "{extra:?}");
    let of = |sender| {
        visitor
            .seen
            .iter()
            .filter(|message| message.sender() == sender)
            .count()
    };
    assert_eq!((of(Sender::Visitor), of(Sender::Bot)), (20, 20));
}

/// The bot dies in a loop while people talk; newcomers get a human.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_dies_in_a_loop_is_not_noticed_by_people() {
    let options = Options::default()
        .without_model()
        .env("KEFU_CHAT__TURN_DEADLINE_MS", 300)
        .env("KEFU_CHAT__BOT_AWAY_MS", 1_500)
        .env(
            "KEFU_SITE__PLEASE_WAIT",
            "{zh=\"请稍候\", en=\"please wait\"}",
        );
    let service = Service::start(options).await;
    let mut agent = Agent::first_admin(&service).await;
    let mut served = Visitor::arrive(&service, "zh").await;
    served.says("转人工").await;
    served.until_phase(Phase::Serving).await;
    let conversation = served.conversation;
    agent.opens(conversation).await;

    let mut newcomer = Visitor::arrive(&service, "zh").await;
    let until = Instant::now() + Duration::from_secs(4);
    let mut asked = false;
    let mut slowest = Duration::ZERO;
    let mut rounds = 0;
    while Instant::now() < until {
        if let Some(bot) = service.pid_of("bot") {
            kill(bot, Signal::SIGKILL).ok();
        }
        if !asked {
            newcomer.says("我要退货").await;
            asked = true;
        }
        let began = Instant::now();
        agent.says(conversation, "还在吗").await;
        let heard = served.hears_from(Sender::Agent).await;
        slowest = slowest.max(began.elapsed());
        assert_eq!(text_of(&heard), "还在吗");
        rounds += 1;
        sleep(Duration::from_millis(100)).await;
    }
    assert!(rounds > 20, "people talked only {rounds} times");
    eprintln!("{rounds} messages between people while the bot died, slowest {slowest:?}");
    let waited = newcomer.hears_from(Sender::System).await;
    assert!(!text_of(&waited).is_empty() || waited.body.is_some());
    newcomer.until_phase(Phase::Serving).await;
    let told = newcomer
        .seen
        .iter()
        .filter(|message| text_of(message) == "请稍候")
        .count();
    assert_eq!(told, 1, "told to wait exactly once");
}
