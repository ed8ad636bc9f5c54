//! The services over a real Unix socket: a visitor, an edge's link, a bot, and refusals.

use std::{path::Path, sync::Arc, time::Duration};

use futures::StreamExt as _;
use kefu_chat::{ChatSettings, Core, Hashing};
use kefu_proto::{
    LINK_PROTOCOL,
    transport::{Address, channel, listen_unix},
    v1::{
        self, chat_client::ChatClient, link_down, link_up, ops_client::OpsClient,
        turns_client::TurnsClient,
    },
};
use kefu_rpc::{ServeOptions, problem_of, serve};
use kefu_store::{SqliteOptions, SqliteStore};
use kefu_types::{Clock, SeededEntropy, Snowflake, SystemClock};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, transport::Channel};

struct Server {
    _dir: tempfile::TempDir,
    channel: Channel,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), kefu_rpc::ServeError>>,
}

async fn core(dir: &Path) -> Arc<Core> {
    let store = SqliteStore::open(&dir.join("kefu.db"), SqliteOptions::default())
        .await
        .expect("it opens");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let ids = Snowflake::new(clock.clone(), 1).expect("the node fits");
    let hashing = Hashing {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };
    let settings = ChatSettings {
        hashing,
        ..ChatSettings::default()
    };
    let entropy = Arc::new(SeededEntropy::new(7));
    Core::start(Arc::new(store), clock, entropy, ids, settings)
        .await
        .expect("it starts")
}

async fn server() -> Server {
    let dir = tempfile::tempdir().expect("a directory");
    let socket = dir.path().join("chat.sock");
    let listener = listen_unix(&socket).await.expect("it listens");
    let stop = CancellationToken::new();
    let metrics: kefu_rpc::MetricsText = Arc::new(|| "kefu_chat 1\n".to_owned());
    let task = tokio::spawn(serve(
        listener,
        core(dir.path()).await,
        metrics,
        ServeOptions::default(),
        stop.clone(),
    ));
    let channel = channel(&Address::Unix(socket)).expect("an address");
    Server {
        _dir: dir,
        channel,
        stop,
        task,
    }
}

async fn visitor(chat: &mut ChatClient<Channel>) -> v1::SessionCreated {
    let request = v1::CreateVisitorRequest {
        language: "zh".to_owned(),
        ..Default::default()
    };
    chat.create_visitor(request)
        .await
        .expect("a visitor comes")
        .into_inner()
}

fn hello(protocol: u32) -> v1::LinkUp {
    let edge_id = "edge".to_owned();
    v1::LinkUp {
        body: Some(link_up::Body::Hello(v1::LinkHello { edge_id, protocol })),
    }
}

fn say(session: &str, client_id: &str, text: &str) -> v1::SendRequest {
    let text = v1::Text {
        text: text.to_owned(),
        ..Default::default()
    };
    let body = Some(v1::Body {
        kind: Some(v1::body::Kind::Text(text)),
    });
    let message = v1::SendMessage {
        conversation_id: 0,
        client_id: client_id.to_owned(),
        body,
        ..Default::default()
    };
    v1::SendRequest {
        session: session.to_owned(),
        message: Some(message),
        language: String::new(),
    }
}

#[tokio::test]
async fn a_message_is_accepted_comes_down_the_link_and_is_answered_by_a_bot() {
    let server = server().await;
    let mut chat = ChatClient::new(server.channel.clone());
    let mut turns = TurnsClient::new(server.channel.clone());
    let created = visitor(&mut chat).await;
    let id = created
        .principal
        .as_ref()
        .expect("somebody")
        .conversation_id;

    let (ups, receiver) = mpsc::channel(8);
    ups.send(hello(LINK_PROTOCOL)).await.expect("sent");
    let mut downs = chat
        .link(ReceiverStream::new(receiver))
        .await
        .expect("linked")
        .into_inner();
    let watch = v1::Watch {
        session: created.token.clone(),
        conversation_id: id,
    };
    ups.send(v1::LinkUp {
        body: Some(link_up::Body::Watch(watch)),
    })
    .await
    .expect("sent");
    let mut next = async || {
        downs
            .next()
            .await
            .expect("linked")
            .expect("no failure")
            .body
            .expect("a body")
    };
    assert!(matches!(next().await, link_down::Body::Ready(_)));
    assert!(matches!(next().await, link_down::Body::Changed(_)));

    let subscribe = v1::SubscribeRequest {
        bot_id: "b".to_owned(),
        max_in_flight: 2,
    };
    let mut handed = turns
        .subscribe(subscribe)
        .await
        .expect("subscribed")
        .into_inner();
    let accepted = chat
        .send(say(&created.token, "a", "你好"))
        .await
        .expect("accepted")
        .into_inner();
    assert_eq!(accepted.seq, 1);
    let link_down::Body::Appended(appended) = next().await else {
        panic!("the message comes down")
    };
    assert_eq!(appended.messages[0].id, accepted.id);

    let turn = handed.next().await.expect("a turn").expect("no failure");
    let state = kefu_dialog_state(&turn.state);
    let text = v1::Text {
        text: "您好".to_owned(),
        ..Default::default()
    };
    let body = Some(v1::Body {
        kind: Some(v1::body::Kind::Text(text)),
    });
    let commit = v1::CommitTurn {
        tenant_id: turn.tenant_id,
        conversation_id: turn.conversation_id,
        turn: turn.turn,
        expected_version: turn.version,
        new_state: state,
        messages: vec![v1::BotMessage { body, trace: None }],
        ..Default::default()
    };
    let result = turns
        .commit(commit.clone())
        .await
        .expect("answered")
        .into_inner();
    assert_eq!(result.outcome(), v1::commit_result::Outcome::Applied);
    let result = turns.commit(commit).await.expect("answered").into_inner();
    assert_eq!(result.outcome(), v1::commit_result::Outcome::Stale);
    let link_down::Body::Appended(appended) = next().await else {
        panic!("the reply comes down")
    };
    assert_eq!(
        (appended.messages[0].seq, appended.messages[0].sender()),
        (2, v1::Sender::Bot)
    );
}

/// The state of a turn with the bot idle again.
fn kefu_dialog_state(state: &str) -> String {
    let start = state.find("\"phase\":").expect("a phase");
    let end = state.find(",\"fallbacks\"").expect("then the fallbacks");
    format!(
        "{}\"phase\":{{\"at\":\"idle\"}}{}",
        &state[..start],
        &state[end..]
    )
}

#[tokio::test]
async fn a_refusal_carries_its_problem() {
    let server = server().await;
    let mut chat = ChatClient::new(server.channel.clone());
    let created = visitor(&mut chat).await;
    for (request, code, word) in [
        (
            say("forged", "a", "x"),
            Code::Unauthenticated,
            "unauthenticated",
        ),
        (
            say(&created.token, "a", ""),
            Code::InvalidArgument,
            "invalid",
        ),
        (
            say(&created.token, "", "x"),
            Code::InvalidArgument,
            "invalid",
        ),
    ] {
        let status = chat.send(request).await.expect_err("refused");
        let problem = problem_of(&status).expect("the core refused");
        assert_eq!((status.code(), problem.code.as_str()), (code, word));
    }
    let huge = say(&created.token, "a", &"x".repeat(5 << 20));
    let status = chat.send(huge).await.expect_err("too large for the wire");
    assert_eq!(problem_of(&status), None);
}

#[tokio::test]
async fn it_is_ready_counts_and_stops_with_everything_durable() {
    let server = server().await;
    let mut ops = OpsClient::new(server.channel.clone());
    let ready = ops
        .ready(v1::ReadyRequest {})
        .await
        .expect("answered")
        .into_inner();
    assert_eq!((ready.role.as_str(), ready.ready), ("chat", true));
    let metrics = ops
        .metrics(v1::MetricsRequest {})
        .await
        .expect("answered")
        .into_inner();
    assert_eq!(metrics.text, "kefu_chat 1\n");
    let mut chat = ChatClient::new(server.channel.clone());
    let (ups, receiver) = mpsc::channel(1);
    ups.send(hello(LINK_PROTOCOL)).await.expect("sent");
    let mut downs = chat
        .link(ReceiverStream::new(receiver))
        .await
        .expect("linked")
        .into_inner();
    downs.next().await.expect("ready").expect("no failure");
    server.stop.cancel();
    let stopped = tokio::time::timeout(Duration::from_secs(60), server.task).await;
    stopped
        .expect("an open link does not hold it up")
        .expect("no panic")
        .expect("no failure");
}

#[tokio::test]
async fn a_link_of_another_release_is_refused_before_anything_is_said() {
    let server = server().await;
    let mut chat = ChatClient::new(server.channel.clone());
    let unwatch = link_up::Body::Unwatch(v1::Unwatch { conversation_id: 1 });
    let rude = v1::LinkUp {
        body: Some(unwatch),
    };
    for first in [hello(LINK_PROTOCOL + 1), hello(0), rude] {
        let (ups, receiver) = mpsc::channel(1);
        ups.send(first).await.expect("sent");
        let refused = chat.link(ReceiverStream::new(receiver)).await;
        let status = refused.expect_err("refused");
        let problem = problem_of(&status).expect("the core refused");
        assert_eq!(
            (status.code(), problem.code.as_str()),
            (Code::FailedPrecondition, "version")
        );
        assert!(problem.message.contains("one release"), "{problem:?}");
    }
}
