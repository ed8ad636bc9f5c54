//! The whole product on PostgreSQL: a story with the core killed in the middle of it.

use std::{collections::BTreeMap, process::Command, time::Duration};

use kefu_proto::v1::{Accepted, MessagePage, Sender};
use kefu_tests::{
    Api, Options, PATIENCE, Postgres, Service, Visitor, assert_gapless, binary, text, text_of,
    workspace_root,
};
use tokio::time::{Instant, sleep};

/// A server that trusts this machine takes any password, so one can be looked for.
const PASSWORD: &str = "geheim4711";

fn with_password(url: &str) -> String {
    let (user, place) = url.split_once('@').expect("a user and a place");
    let (scheme, user) = user.split_once("://").expect("a URL");
    let name = user.split(':').next().expect("a name");
    format!("{scheme}://{name}:{PASSWORD}@{place}")
}

fn on(url: &str) -> Options {
    let mut options = Options::default()
        .without_model()
        .env("KEFU_SUPERVISOR__BACKOFF_MAX_MS", 100)
        .env("KEFU_CHAT__TURN_DEADLINE_MS", 60_000)
        .env("KEFU_CHAT__BOT_AWAY_MS", 120_000);
    options.args = vec!["--store".into(), url.into()];
    options
}

async fn history(api: &Api, conversation: u64) -> MessagePage {
    let path = format!("/api/v1/conversations/{conversation}/messages?after_seq=0&limit=100");
    let deadline = Instant::now() + PATIENCE;
    loop {
        match api.get(&path).await {
            Ok((200, page)) => return serde_json::from_value(page).expect("a page"),
            other => assert!(Instant::now() < deadline, "{other:?}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn says_until_accepted(visitor: &mut Visitor, service: &Service, id: &str) -> Accepted {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match visitor.sends(id, text(id)).await {
            Ok(accepted) => return accepted,
            Err(code) => assert!(Instant::now() < deadline, "never accepted: {code}"),
        }
        sleep(Duration::from_millis(20)).await;
        visitor.reconnect(service).await;
    }
}

/// Bytes of a process's file under /proc.
fn of_process(service: &Service, role: &str, file: &str) -> String {
    let pid = service.pid_of(role).expect("it lives");
    let bytes = std::fs::read(format!("/proc/{pid}/{file}")).expect("readable");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_asks_the_bot_answers_and_a_killed_core_loses_and_doubles_nothing() {
    let server = Postgres::find().await;
    let database = server.database().await;
    let url = with_password(&database.url());
    let service = Service::start(on(&url)).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("你好").await;
    visitor.hears_from(Sender::Bot).await;

    for role in ["edge", "chat", "bot"] {
        assert!(
            !of_process(&service, role, "cmdline").contains(PASSWORD),
            "{role}"
        );
        let knows = of_process(&service, role, "environ").contains(PASSWORD);
        assert_eq!(knows, role == "chat", "only the core needs it, not {role}");
    }

    let mut acknowledged = BTreeMap::new();
    for round in 0..5 {
        let dead = service.kill_role("chat");
        for n in 0..4 {
            let id = format!("r{round}-{n}");
            let accepted = says_until_accepted(&mut visitor, &service, &id).await;
            // Sent again, it is the same one.
            let again = says_until_accepted(&mut visitor, &service, &id).await;
            assert_eq!((accepted.id, accepted.seq), (again.id, again.seq));
            acknowledged.insert(id, (accepted.id, accepted.seq));
        }
        service.until_restarted("chat", dead).await;
    }

    let stored = history(&visitor.api, visitor.conversation).await;
    assert_gapless(&stored.messages);
    for (client_id, (id, seq)) in &acknowledged {
        let copies: Vec<_> = stored
            .messages
            .iter()
            .filter(|message| message.client_id == *client_id)
            .collect();
        assert_eq!(copies.len(), 1, "{client_id}");
        assert_eq!((copies[0].id, copies[0].seq), (*id, *seq), "{client_id}");
        assert_eq!(text_of(copies[0]), client_id);
    }
    assert!(
        !service.data_dir.join("kefu.db").exists(),
        "all of it is on the server"
    );
    assert!(!service.log().contains(PASSWORD), "{}", service.log());

    // Everything at once, and all is there when it comes back.
    drop(service.kill_all().await);
    let service = Service::start(on(&url)).await;
    visitor.reconnect(&service).await;
    let after = history(&visitor.api, visitor.conversation).await;
    let common = after.messages.iter().zip(&stored.messages);
    assert!(after.messages.len() >= stored.messages.len());
    assert!(
        common
            .into_iter()
            .all(|(a, b)| (a.id, a.seq) == (b.id, b.seq))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_yet_is_waited_for() {
    let server = Postgres::find().await;
    let database = server.database().await;
    let proxy = kefu_tests::Proxy::before(&database.options()).await;
    proxy.set(kefu_tests::Road::Cut);
    let url = proxy.url(&database.options());
    let starting = tokio::spawn(Service::start(on(&url).env("KEFU_STORE__RETRY_MS", 50)));
    sleep(Duration::from_millis(300)).await;
    proxy.set(kefu_tests::Road::Open);
    let service = starting.await.expect("it starts once the server is there");
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("你好").await;
    visitor.hears_from(Sender::Bot).await;
}

#[tokio::test]
async fn what_cannot_be_used_is_said_without_the_password() {
    let run = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = Command::new(binary());
        command.args(args).current_dir(workspace_root());
        command.envs(env.iter().copied());
        let output = command.output().expect("it runs");
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said.into_owned())
    };
    let url = format!("postgres://kefu:{PASSWORD}@127.0.0.1:1/kefu");
    let (code, shown) = run(&["config", "--store", &url], &[]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("postgres://kefu:***@127.0.0.1:1/kefu"),
        "{shown}"
    );
    assert!(!shown.contains(PASSWORD), "{shown}");
    let other = format!("mysql://kefu:{PASSWORD}@db/kefu");
    // Another kind of database, and the URL in the place of the whole section.
    for (name, value) in [("KEFU_STORE__URL", &other), ("KEFU_STORE", &url)] {
        let (code, said) = run(&["config"], &[(name, value)]);
        assert_eq!(code, Some(78), "{said}");
        assert!(said.contains("store"), "{said}");
        assert!(!said.contains(PASSWORD), "{said}");
    }
}
