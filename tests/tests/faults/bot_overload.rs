//! Row 18: the bot is slow and ten times as much is asked of it as it can answer. People's talks do
//! not notice; visitors get a reply, "please wait", or a person.

use std::{sync::Arc, time::Duration};

use kefu_proto::v1::{Phase, Sender};
use kefu_tests::{Agent, Client, Codec, History, PATIENCE, Place, Service, seed, text_of};
use nix::sys::signal::{Signal, kill};
use tokio::{task::JoinSet, time::Instant};

use crate::common::quick;

const ASKING: usize = 30;
const ROUNDS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_ten_times_overloaded_costs_people_nothing_and_leaves_nobody_alone() {
    let options = quick()
        .env("KEFU_BOT__TURNS_MAX", 1)
        .env("KEFU_CHAT__TURN_DEADLINE_MS", 400)
        .env("KEFU_CHAT__BOT_AWAY_MS", 2_500)
        .env("KEFU_CHAT__LIMITS__TURNS_OPEN_MAX", ASKING / 2);
    let service = Service::start(options).await;
    let place = Place::new(&service.base);
    let history = Arc::new(History::new(seed()));
    let mut agent = Agent::first_admin(&service).await;
    let mut served = Client::visitor(&place, &history, Codec::Json).await;
    let talk = served.conversation;
    assert_eq!(served.acts(talk, "ACTION_REQUEST_HUMAN").await, 200);
    agent
        .until(talk, |head| head.phase() == Phase::Serving)
        .await;

    // The bot works for a moment out of each while: a tenth of what it could.
    let bot = service.pid_of("bot").expect("it lives");
    let mut asking = JoinSet::new();
    for _ in 0..ASKING {
        let (place, history) = (place.clone(), history.clone());
        asking.spawn(async move {
            let mut client = Client::visitor(&place, &history, Codec::Proto).await;
            for words in ["你好", "我要退货", "在吗"] {
                client.says(words).await;
            }
            client
        });
    }
    let slowing = tokio::spawn(async move {
        loop {
            kill(bot, Signal::SIGSTOP).ok();
            tokio::time::sleep(Duration::from_millis(180)).await;
            kill(bot, Signal::SIGCONT).ok();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    for number in 0..ROUNDS {
        let words = format!("第{number}句");
        let told = agent.says(talk, &words).await;
        history.sent_by(&agent, &told, &words);
        served.reads_until(talk, told.seq).await;
        served.says("嗯").await;
    }
    let mut stored = served.reads_all().await;
    let order: Vec<_> = stored[0]
        .iter()
        .filter(|message| message.sender() == Sender::Agent)
        .map(|message| text_of(message).to_owned())
        .collect();
    assert_eq!(
        order,
        (0..ROUNDS).map(|n| format!("第{n}句")).collect::<Vec<_>>()
    );

    let mut asked = asking.join_all().await;
    let deadline = Instant::now() + PATIENCE;
    for client in &mut asked {
        // A word from the bot, "please wait", or a place in the queue.
        while !client
            .inbox
            .iter()
            .any(|message| message.sender() != Sender::Visitor)
        {
            client.frame().await.expect("the edge is well");
            assert!(Instant::now() < deadline, "somebody was left alone");
        }
    }
    slowing.abort();
    kill(bot, Signal::SIGCONT).expect("it lives");
    assert_eq!(service.pid_of("bot"), Some(bot), "it was slow, not dead");
    // Until the bot and the timers are done with it, conversations still grow.
    for client in &mut asked {
        client
            .acts(client.conversation, "ACTION_REQUEST_HUMAN")
            .await;
        stored.extend(client.reads_all().await);
    }
    history.assert_holds(&stored);
}
