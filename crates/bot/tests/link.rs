//! The link under a core that plays along, refuses, repeats itself, forgets and dies.

mod common;

use std::time::Duration;

use common::core::{Core, PATIENCE, Plan};
use common::{Talk, typed};
use kefu_bot::{BotOps, LinkSettings, Status};
use kefu_dialog::{Phase, State};
use kefu_proto::{
    transport::{Address, channel, listen_unix},
    v1::{MetricsRequest, ReadyRequest, Turn, ops_client::OpsClient},
};
use tonic::Code;

/// A turn of conversation `id` in which the visitor says `text`.
fn turn(id: u64, text: &str) -> Turn {
    let mut talk = Talk::new();
    Turn {
        conversation_id: id,
        ..talk.begin(vec![typed(text)])
    }
}

fn phase(state: &str) -> Phase {
    State::from_json(state).expect("a state").phase
}

async fn core() -> Core {
    Core::with_bot(LinkSettings::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_are_answered_over_the_wire() {
    let mut core = core().await;
    let subscription = core.subscription().await;
    assert_eq!(
        (subscription.bot_id.as_str(), subscription.max_in_flight),
        ("bot", 8)
    );
    for id in 1..=50 {
        core.hand(turn(id, "我要退货")).await;
    }
    let mut answered = Vec::new();
    for _ in 0..50 {
        let commit = core.commit().await;
        assert_eq!(phase(&commit.new_state), Phase::Idle);
        answered.push(commit.conversation_id);
    }
    answered.sort_unstable();
    assert!(answered.into_iter().eq(1..=50));
    core.silence().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_core_is_asked_again_and_has_one_commit() {
    let mut core = core().await;
    let busy = Plan::Refuse(Code::Unavailable);
    core.plan(&[busy, busy, busy]).await;
    core.hand(turn(1, "我要退货")).await;
    assert_eq!(core.commit().await.conversation_id, 1);
    assert_eq!(core.tries(), 4);
    core.silence().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_or_refused_commit_is_forgotten() {
    let mut core = core().await;
    core.plan(&[Plan::Stale, Plan::Refuse(Code::InvalidArgument)])
        .await;
    core.hand(turn(1, "我要退货")).await;
    core.hand(turn(2, "我要退货")).await;
    core.silence().await;
    assert_eq!(core.tries(), 2);
    core.hand(turn(3, "我要退货")).await;
    assert_eq!(core.commit().await.conversation_id, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_given_up_when_its_time_has_passed() {
    let mut core = core().await;
    core.plan(&[Plan::Refuse(Code::Unavailable); 64]).await;
    let late = Turn {
        deadline_ms: 0,
        ..turn(1, "我要退货")
    };
    core.hand(late).await;
    tokio::time::sleep(Duration::from_millis(3_000)).await;
    let tries = core.tries();
    assert!((2..64).contains(&tries), "{tries}");
    core.silence().await;
    assert_eq!(core.tries(), tries, "no try after the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_one_turn_is_that_visitors_fallback_and_nobody_elses() {
    let mut core = core().await;
    core.hand(turn(1, "这里会爆炸")).await;
    let commit = core.commit().await;
    let trace = commit.messages[0].trace.clone().expect("a trace");
    assert_eq!(trace.decision, "fallback");
    core.hand(turn(2, "我要退货")).await;
    assert_eq!(core.commit().await.conversation_id, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_state_is_left_to_the_deadline() {
    let mut core = core().await;
    let unreadable = Turn {
        state: "{\"schema\":99}".to_owned(),
        ..turn(1, "我要退货")
    };
    core.hand(unreadable).await;
    core.silence().await;
    assert_eq!(core.tries(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_stream_is_opened_again_and_the_turn_redelivered() {
    let mut core = core().await;
    core.drop_streams().await;
    core.linked(1).await;
    core.hand(turn(1, "我要退货")).await;
    assert_eq!(core.commit().await.conversation_id, 1);
    // The same turn once more, as after a lost acknowledgement: the core says stale.
    core.plan(&[Plan::Stale]).await;
    core.hand(turn(1, "我要退货")).await;
    core.silence().await;
    assert_eq!(core.tries(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_that_died_is_found_again() {
    let mut core = core().await;
    core.restart(Duration::from_millis(400)).await;
    core.linked(1).await;
    core.hand(turn(5, "我要退货")).await;
    assert_eq!(core.commit().await.conversation_id, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_turns_than_permits_are_all_answered() {
    let mut core = Core::with_bot(LinkSettings {
        turns_max: 1,
        ..LinkSettings::default()
    })
    .await;
    for id in 1..=20 {
        core.hand(turn(id, "查订单")).await;
    }
    for id in 1..=20 {
        // One at a time, so in order.
        assert_eq!(core.commit().await.conversation_id, id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_ends_what_it_began() {
    let mut core = core().await;
    core.plan(&[Plan::Refuse(Code::Unavailable); 3]).await;
    core.hand(turn(1, "我要退货")).await;
    while core.tries() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    core.stop.cancel();
    let link = std::mem::replace(&mut core.link, tokio::spawn(async {}));
    let ended = tokio::time::timeout(PATIENCE, link).await;
    assert!(ended.is_ok_and(|joined| joined.is_ok()));
    let commit = core.committed();
    assert_eq!(commit.map(|commit| commit.conversation_id), Some(1));
    assert!(!core.status.ready().0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ops_tell_what_is_missing_and_the_metrics() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("bot.sock");
    let status = std::sync::Arc::new(Status::default());
    let metrics = std::sync::Arc::new(|| "kefu_bot_turns_total 3\n".to_owned());
    let service = BotOps::server(status.clone(), metrics);
    let incoming = listen_unix(&socket).await.expect("the socket is free");
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming),
    );
    let mut ops = OpsClient::new(channel(&Address::Unix(socket)).expect("a channel"));
    let mut expect = async |ready, detail: &str| {
        let reply = ops
            .ready(ReadyRequest {})
            .await
            .expect("an answer")
            .into_inner();
        assert_eq!((reply.role.as_str(), reply.ready), ("bot", ready));
        assert_eq!(reply.detail, detail);
    };
    expect(false, "the intents and the model are being loaded").await;
    status.set_engine(true);
    expect(false, "no link to the core").await;
    status.set_connected(true);
    expect(true, "").await;
    let text = ops
        .metrics(MetricsRequest {})
        .await
        .expect("an answer")
        .into_inner()
        .text;
    assert_eq!(text, "kefu_bot_turns_total 3\n");
}
