//! The Rust SDK over TLS, as it is where an operator's proxy stands before the service: by every
//! transport, and with a plain word where the server is not believed.

use std::path::Path;

use kefu_sdk::{
    Agent as Clerk, EventName, Options as Sdk, Problem, Room, State, Visitor,
    net::transports,
    proto::{Message, Phase},
};
use kefu_tests::{Agent, Options, PASSWORD, PATIENCE, Service, TlsFront, certificate, text_of};
use tokio::time::timeout;

async fn service() -> Service {
    Service::start(Options::default().without_model()).await
}

/// The words of a room, once these have come.
async fn hears(room: &mut Room, words: &str) {
    let said = |messages: &[Message]| messages.iter().any(|it| text_of(it) == words);
    let heard = async {
        while !said(room.messages()) {
            room.next().await.expect("it goes on");
        }
    };
    let heard = timeout(PATIENCE, heard).await;
    assert!(heard.is_ok(), "{words:?} never comes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_and_an_agent_talk_over_tls_by_every_transport() {
    // Nothing is installed for the whole process: an application's own business stays its own.
    let installed = || rustls::crypto::CryptoProvider::get_default().is_some();
    assert!(!installed());
    let service = service().await;
    let front = TlsFront::before_service(&service.base, "here").await;
    let admin = Agent::first_admin(&service).await;
    drop(admin.hires("clerk", 10).await);
    let away = serde_json::json!({ "status": "AGENT_STATUS_AWAY" });
    let put = reqwest::Method::PUT;
    let told = admin.api.call(put, "/api/v1/me/status", Some(away)).await;
    assert_eq!(told.expect("an answer").0, 200);
    drop(admin);
    let authority = certificate("authority");
    let desk = Sdk::new(&front.base("https", "localhost")).authorities(&authority);
    let mut clerk = Clerk::login(desk, "clerk", PASSWORD)
        .await
        .expect("they log in");
    clerk.free().await.expect("they are free");
    for (way, scheme) in transports().into_iter().zip(["https", "wss", "https"]) {
        let name = way.name();
        let options = Sdk::new(&front.base(scheme, "127.0.0.1"))
            .authorities(&authority)
            .transports(vec![way])
            .language("en");
        let visitor = Visitor::enter(options, None).await.expect("they enter");
        let mut room = visitor.room().expect("it opens");
        let id = room.conversation_id();
        let asked = room.press("human", "a person, please").expect("kept");
        asked.fate().await.expect("stored");
        let served = |clerk: &Clerk| {
            let head = clerk.heads().get(&id);
            head.is_some_and(|head| head.phase() == Phase::Serving)
        };
        while !served(&clerk) {
            let event = timeout(PATIENCE, clerk.next()).await;
            event.expect("it is assigned").expect("it lives");
        }
        let mut desk = clerk.room(id, 0).expect("it opens");
        room.send("hello there").expect("kept");
        hears(&mut desk, "hello there").await;
        desk.send("good day").expect("kept");
        hears(&mut room, "good day").await;
        let dump = visitor.dump().await.expect("it answers");
        assert_eq!((dump.transport, dump.state), (name, State::Open.name()));
        assert_eq!(dump.count(EventName::Connect), 1, "{name}: {dump:?}");
    }
    // Beside it, without TLS, in the same process.
    let plain = Visitor::enter(Sdk::new(&service.base), None).await;
    plain.expect("they enter");
    let (status, _) = service.api().get("/healthz").await.expect("an answer");
    assert_eq!(status, 200);
    assert!(!installed());
}

async fn refused(server: &str, authorities: &Path) -> Problem {
    let options = Sdk::new(server).authorities(authorities);
    let entered = Visitor::enter(options, None).await;
    entered.err().expect("they are kept out")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_believed_is_refused_with_the_reason() {
    let service = service().await;
    for (shown, believed, words) in [
        ("here", "stranger", "not believed here"),
        ("expired", "authority", "has expired"),
        ("elsewhere", "authority", "for another host"),
    ] {
        let front = TlsFront::before_service(&service.base, shown).await;
        for host in ["localhost", "127.0.0.1"] {
            let server = front.base("https", host);
            let problem = refused(&server, &certificate(believed)).await;
            assert_eq!(problem.code, "tls", "{problem}");
            assert!(problem.message.contains(words), "{problem}");
            assert!(!problem.is_passing());
        }
    }
    // Nobody speaks TLS there.
    let plain = service.base.replace("http://", "https://");
    let problem = refused(&plain, &certificate("authority")).await;
    assert_eq!(problem.code, "tls", "{problem}");
    // There is nobody.
    let nobody = refused("https://127.0.0.1:1", &certificate("authority")).await;
    assert_eq!(nobody.code, "offline", "{nobody}");
    for (file, words) in [("none", "none.pem"), ("server.key", "no certificate in it")] {
        let problem = refused(&plain, &certificate(file)).await;
        assert_eq!(problem.code, "invalid");
        assert!(problem.message.contains(words), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_whose_certificate_is_not_believed_any_more_says_so_and_keeps_what_was_written() {
    let service = service().await;
    let good = TlsFront::before_service(&service.base, "here").await;
    let to = |front: &TlsFront| {
        Sdk::new(&front.base("https", "localhost")).authorities(certificate("authority"))
    };
    let visitor = Visitor::enter(to(&good), None).await.expect("they enter");
    let person = visitor.person().clone();
    drop((visitor, good));
    let expired = TlsFront::before_service(&service.base, "expired").await;
    // The session is believed: whoever operates the proxy may renew the certificate in the meantime.
    let visitor = Visitor::enter(to(&expired), Some(person)).await;
    let visitor = visitor.expect("they enter");
    let room = visitor.room().expect("it opens");
    let sent = room.send("hello there").expect("kept");
    let mut state = visitor.state();
    let waiting = state.wait_for(|state| *state == State::Waiting);
    timeout(PATIENCE, waiting)
        .await
        .expect("it is noticed")
        .expect("it lives");
    let dump = visitor.dump().await.expect("it answers");
    let told = serde_json::to_string(&dump).expect("JSON");
    assert!(told.contains("has expired"), "{told}");
    let waits = visitor.outgoing();
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].client_id, sent.client_id());
}
