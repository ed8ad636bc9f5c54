//! FAULTS row 17: whatever happens to the bot, visitors get a reply or a human, and people's
//! talks go on untouched.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kefu_proto::v1::{Message, Phase, Sender, body::Kind, button::Action};
use kefu_tests::{Agent, Options, Service, Visitor, text_of};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
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

/// What people say to each other while the bot dies.
const ROUNDS: usize = 30;

/// The bot dies in a loop while people talk; newcomers get a human.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_dies_in_a_loop_is_not_noticed_by_people() {
    let options = Options::default()
        .without_model()
        .env("KEFU_CHAT__TURN_DEADLINE_MS", 300)
        .env("KEFU_CHAT__BOT_AWAY_MS", 1_500)
        .env("KEFU_SUPERVISOR__DEATHS_MAX", 10_000)
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
    let service = Arc::new(service);
    // Beside the talk, because a slow one must not leave a bot the time to answer.
    let stop = Arc::new(AtomicBool::new(false));
    let (died, first) = tokio::sync::oneshot::channel();
    let killer = std::thread::spawn({
        let (service, stop) = (service.clone(), stop.clone());
        let mut died = Some(died);
        move || {
            while !stop.load(Ordering::SeqCst) {
                if let Some(bot) = service.pid_of("bot") {
                    kill(bot, Signal::SIGKILL).ok();
                    if let Some(died) = died.take() {
                        let _ = died.send(());
                    }
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    });
    // The one that was there all along would answer before the thread has begun.
    first.await.expect("it dies");
    newcomer.says("我要退货").await;
    let mut slowest = Duration::ZERO;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        agent.says(conversation, "还在吗").await;
        let heard = served.hears_from(Sender::Agent).await;
        slowest = slowest.max(began.elapsed());
        assert_eq!(text_of(&heard), "还在吗");
        sleep(Duration::from_millis(100)).await;
    }
    eprintln!("{ROUNDS} messages between people while the bot died, slowest {slowest:?}");
    let waited = newcomer.hears_from(Sender::System).await;
    assert!(!text_of(&waited).is_empty() || waited.body.is_some());
    newcomer.until_phase(Phase::Serving).await;
    stop.store(true, Ordering::SeqCst);
    killer.join().expect("no panic");
    newcomer.catches_up().await;
    let told = newcomer
        .seen
        .iter()
        .filter(|message| text_of(message) == "请稍候")
        .count();
    assert_eq!(told, 1, "told to wait exactly once");
}

/// A bot that was hurt in the middle of a turn, and what people saw of it.
struct Hurt {
    service: Service,
    asker: Visitor,
    /// The bot's process before and after.
    pids: [Pid; 2],
    /// What the asker was told in the turn that hurt.
    reply: Message,
}

impl Hurt {
    /// Two people talk, somebody else asks the bot twice, and the second question hurts it as
    /// `failpoint` says; `memory` bounds the bot's address space first.
    async fn by(failpoint: &str, memory: bool) -> Self {
        let options = Options::default()
            .without_model()
            // The first turn is the one that asks for a human.
            .env("KEFU_FAILPOINT", format!("{failpoint}:3"))
            .env("KEFU_CHAT__TURN_DEADLINE_MS", 20_000)
            .env("KEFU_CHAT__BOT_AWAY_MS", 30_000)
            .env("KEFU_SUPERVISOR__BACKOFF_MAX_MS", 100);
        let service = Service::start(options).await;
        let mut agent = Agent::first_admin(&service).await;
        let mut served = Visitor::arrive(&service, "zh").await;
        served.says("转人工").await;
        served.until_phase(Phase::Serving).await;
        let talk = served.conversation;
        agent.opens(talk).await;

        let mut asker = Visitor::arrive(&service, "zh").await;
        asker.says("你好").await;
        asker.hears_from(Sender::Bot).await;
        let before = service.pid_of("bot").expect("the bot lives");
        if memory {
            bound_memory(before, address_space(before) + ROOM_BYTES);
        }
        asker.says("我要退货").await;
        for words in ["在吗", "在的", "好"] {
            agent.says(talk, words).await;
            assert_eq!(text_of(&served.hears_from(Sender::Agent).await), words);
        }
        let reply = asker.hears_from(Sender::Bot).await;
        let after = service.pid_of("bot").expect("the bot lives again");
        asker.says("你好").await;
        let next = asker.hears_from(Sender::Bot).await;
        assert!(!text_of(&next).is_empty(), "the role answers again");
        let bot = |message: &&Message| message.sender() == Sender::Bot;
        let replies = asker.seen.iter().filter(bot).count();
        assert_eq!(replies, 3, "three turns, three replies: {:?}", asker.seen);
        Self {
            service,
            asker,
            pids: [before, after],
            reply,
        }
    }

    /// The process died of this, and the next one answered the turn as if nothing had been.
    async fn died_and_answered(&self, of: &str) {
        let [before, after] = self.pids;
        assert_ne!(before, after, "it is another process");
        self.service.until_logged(of).await;
        let phase = self
            .asker
            .head
            .as_ref()
            .map(kefu_proto::v1::Conversation::phase);
        assert_eq!(phase, Some(Phase::Bot));
        assert!(text_of(&self.reply).contains('退'), "{:?}", self.reply);
    }
}

/// What a bot whose address space is bounded may still take.
const ROOM_BYTES: u64 = 64 * 1024 * 1024;

/// The size of a process's address space.
fn address_space(pid: Pid) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = status.lines().find(|line| line.starts_with("VmSize:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.expect("a size in kB") * 1024
}

fn bound_memory(pid: Pid, bytes: u64) {
    let status = std::process::Command::new("prlimit")
        .args([format!("--pid={pid}"), format!("--as={bytes}")])
        .status();
    assert!(status.expect("prlimit (util-linux) runs").success());
}

/// A panic is one turn's: that visitor is told so, with a way to a human, and the process lives.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_turn_costs_that_turn_its_answer_only() {
    let hurt = Hurt::by("bot_panic", false).await;
    let [before, after] = hurt.pids;
    assert_eq!(before, after, "the process went on");
    hurt.service
        .until_logged("a panic; its message is withheld")
        .await;
    let Some(Kind::Text(told)) = hurt.reply.body.as_ref().and_then(|body| body.kind.as_ref())
    else {
        panic!("a text: {:?}", hurt.reply);
    };
    let human = Some(Action::Postback("human".to_owned()));
    assert!(
        told.buttons.iter().any(|button| button.action == human),
        "a way to a human: {told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_in_a_turn_leaves_the_turn_to_the_next_bot() {
    let hurt = Hurt::by("bot_abort", false).await;
    hurt.died_and_answered("signal: 6 (SIGABRT)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_memory_in_a_turn_leaves_the_turn_to_the_next_bot() {
    let hurt = Hurt::by("bot_out_of_memory", true).await;
    hurt.died_and_answered("memory allocation of").await;
}

/// Every bot that is started runs out of memory at its first turn: people serve.
#[tokio::test(flavor = "multi_thread")]
async fn bots_that_are_always_out_of_memory_leave_visitors_to_people() {
    let options = Options::default()
        .without_model()
        .env("KEFU_FAILPOINT", "bot_out_of_memory:1")
        .env("KEFU_CHAT__TURN_DEADLINE_MS", 300)
        .env("KEFU_CHAT__BOT_AWAY_MS", 2_000)
        .env("KEFU_SUPERVISOR__BACKOFF_MAX_MS", 100);
    let service = Service::start(options).await;
    let mut agent = Agent::first_admin(&service).await;
    let bot = service.pid_of("bot").expect("the bot lives");
    let bytes = address_space(bot) + ROOM_BYTES;
    bound_memory(bot, bytes);
    // The bots to come inherit it.
    bound_memory(service.pid(), bytes);
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("我要退货").await;
    visitor.until_phase(Phase::Serving).await;
    let conversation = visitor.conversation;
    agent.opens(conversation).await;
    agent.says(conversation, "您好").await;
    assert_eq!(text_of(&visitor.hears_from(Sender::Agent).await), "您好");
    service.until_logged("memory allocation of").await;
    let bot = |message: &&Message| message.sender() == Sender::Bot;
    assert_eq!(visitor.seen.iter().filter(bot).count(), 0);
}
