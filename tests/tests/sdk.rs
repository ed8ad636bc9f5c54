//! The Rust SDK against the real service: lines are cut, processes killed, transports changed in the
//! middle of the stream, programs ended. In the end both sides show what is stored, and what was
//! written is stored once, in its order.

use std::{path::Path, sync::Arc, time::Duration};

use kefu_sdk::{
    Codec, EventName, FileOutbox, Limits, Options as Sdk, Person, Room, RoomEvent, State, Visitor,
    net::transports,
    proto::{Message, Phase, Sender},
};
use kefu_tests::{
    Agent, Options, PASSWORD, PATIENCE, Proxy, Road, Service, assert_gapless, generator, seed,
    text_of,
};
use rand::{Rng as _, rngs::StdRng, seq::SliceRandom as _};
use tokio::time::{sleep, timeout};

/// A service whose roles come back at once.
async fn service() -> Service {
    let options = Options::default()
        .without_model()
        .env("KEFU_SUPERVISOR__DEATHS_MAX", 10_000)
        .env("KEFU_SUPERVISOR__BACKOFF_MAX_MS", 100)
        .env("KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP", 10_000)
        .env("KEFU_EDGE__LOGINS_PER_MINUTE_PER_IP", 10_000);
    Service::start(options).await
}

/// Impatient, so that a test need not wait for what a person would.
fn limits() -> Limits {
    Limits {
        backoff_max_ms: 500,
        connect_ms: 2_000,
        reply_ms: 1_500,
        stable_ms: 200,
        upgrade_base_ms: 300,
        upgrade_max_ms: 300,
        heartbeat_min_ms: 500,
        heartbeat_share: 0.04,
        pong_ms: 800,
        send_tries: u32::MAX,
        ..Limits::default()
    }
}

fn options(server: &str, random: &mut StdRng) -> Sdk {
    let codec = [Codec::Json, Codec::Proto][random.random_range(0..2)];
    let mut ways = transports();
    ways.shuffle(random);
    Sdk::new(server)
        .limits(limits())
        .codec(codec)
        .compression(random.random_bool(0.5))
        .transports(ways)
}

/// All that a room has shown, until it has this many messages.
async fn reads(room: &mut Room, count: usize, seed: u64) {
    let all = async {
        while room.messages().len() < count {
            let event = room.next().await.expect("it goes on");
            assert!(
                !matches!(event, RoomEvent::Refused(_)),
                "seed {seed}: {event:?}"
            );
        }
    };
    let read = timeout(PATIENCE, all).await;
    let shown = room.messages().len();
    assert!(read.is_ok(), "seed {seed}: {shown} of {count} messages");
}

async fn stored(visitor: &Visitor) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let after = all.last().map_or(0, |last| last.seq);
        let id = visitor.person().conversation_id;
        match visitor.rest().page_after(id, after, 100).await {
            Ok(page) if page.messages.is_empty() => return all,
            Ok(page) => all.extend(page.messages),
            Err(problem) => {
                assert!(problem.is_passing(), "{problem}");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// What visitors are never shown is the only difference.
fn as_visitors_see(messages: &[Message]) -> Vec<(u64, u64, String, String)> {
    let line = |it: &Message| {
        let words = text_of(it).to_owned();
        (it.id, it.seq, it.client_id.clone(), words)
    };
    messages.iter().map(line).collect()
}

async fn trouble(service: &Service, road: &Proxy, random: &mut StdRng) {
    match random.random_range(0..6_usize) {
        kind @ 0..=1 => {
            let role = ["edge", "chat"][kind];
            // It may be dead already.
            if service.pid_of(role).is_some() {
                service.kill_role(role);
            }
        }
        2 => road.strand(),
        3 => {
            road.set(Road::Cut);
            sleep(Duration::from_millis(random.random_range(0..300))).await;
            road.set(Road::Open);
        }
        4 => {
            road.set(Road::Frozen);
            sleep(Duration::from_millis(random.random_range(0..1_200))).await;
            road.set(Road::Open);
        }
        _ => {}
    }
}

async fn story(service: &Service, login: &str, dir: &Path, seed: u64) {
    let mut random = generator(seed);
    service.until_ready().await;
    let road = Proxy::before_service(&service.base).await;
    let outbox = dir.join(format!("outbox-{seed}"));
    let with_outbox =
        |options: Sdk| options.outbox(FileOutbox::open(&outbox, &limits()).expect("it opens"));
    let first = with_outbox(options(&road.base(), &mut random)).device("phone");
    let mut visitor = Visitor::enter(first, None).await.expect("they enter");
    let person: Person = visitor.person().clone();
    let mut room = visitor.room().expect("it opens");
    let clerk = options(&road.base(), &mut random);
    let mut clerk = kefu_sdk::Agent::login(clerk, login, PASSWORD)
        .await
        .expect("they log in");
    clerk.free().await.expect("they are free");
    visitor
        .rest()
        .act(person.conversation_id, "REQUEST_HUMAN")
        .await
        .expect("a person is asked for");
    let head = |agent: &kefu_sdk::Agent| agent.heads().get(&person.conversation_id).cloned();
    while head(&clerk).is_none_or(|head| head.phase() != Phase::Serving) {
        clerk.next().await.expect("it is assigned");
    }
    let mut desk = clerk.room(person.conversation_id, 0).expect("it opens");

    let (mut asked, mut answered) = (0, 0);
    for round in 0..random.random_range(14..24) {
        for _ in 0..random.random_range(0..4) {
            asked += 1;
            room.send(format!("问{asked}")).expect("kept");
        }
        for _ in 0..random.random_range(0..3) {
            answered += 1;
            desk.send(format!("答{answered}")).expect("kept");
        }
        // Whatever has come is looked at, and no longer waited for.
        while timeout(Duration::from_millis(5), room.next()).await.is_ok() {}
        while timeout(Duration::from_millis(5), desk.next()).await.is_ok() {}
        while timeout(Duration::from_millis(1), clerk.next())
            .await
            .is_ok()
        {}
        trouble(service, &road, &mut random).await;
        if round == 10 {
            // The visitor's program ends, with whatever waits, and starts again.
            drop(room);
            drop(visitor);
            let again = again(&outbox, options(&road.base(), &mut random)).await;
            visitor = Visitor::enter(again, Some(person.clone()))
                .await
                .expect("they enter");
            assert_eq!(visitor.person(), &person, "seed {seed}: the same session");
            room = visitor.room().expect("it opens");
        }
        sleep(Duration::from_millis(random.random_range(0..120))).await;
    }
    road.set(Road::Open);
    service.until_ready().await;
    let sent = async {
        while !visitor.outgoing().is_empty() || !clerk.outgoing().is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    if timeout(PATIENCE, sent).await.is_err() {
        let dumps = (visitor.dump().await, clerk.dump().await);
        panic!("seed {seed}: never sent: {dumps:#?}\n{}", service.log());
    }
    let stored = stored(&visitor).await;
    assert_gapless(&stored);
    reads(&mut room, stored.len(), seed).await;
    reads(&mut desk, stored.len(), seed).await;
    let expected = as_visitors_see(&stored);
    assert_eq!(as_visitors_see(room.messages()), expected, "seed {seed}");
    assert_eq!(as_visitors_see(desk.messages()), expected, "seed {seed}");
    for (sender, word, count) in [
        (Sender::Visitor, '问', asked),
        (Sender::Agent, '答', answered),
    ] {
        let said = stored.iter().filter(|it| it.sender() == sender);
        let said: Vec<&str> = said
            .map(text_of)
            .filter(|it| it.starts_with(word))
            .collect();
        let meant: Vec<String> = (1..=count).map(|n| format!("{word}{n}")).collect();
        assert_eq!(
            said, meant,
            "seed {seed}: each once, in the order of writing"
        );
    }
    let dump = visitor.dump().await.expect("it answers");
    let words = serde_json::to_string(&dump).expect("JSON");
    assert!(!words.contains('问') && !words.contains(&person.token));
    let _ = visitor.rest().act(person.conversation_id, "CLOSE").await;
}

/// The outbox of a program that has ended, once it has let go of it.
async fn again(path: &Path, options: Sdk) -> Sdk {
    loop {
        match FileOutbox::open(path, &limits()) {
            Ok(outbox) => return options.outbox(outbox).device("phone"),
            Err(_) => sleep(Duration::from_millis(5)).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ends_show_what_is_stored_whatever_is_cut_killed_and_changed() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = service().await;
    let admin = Agent::first_admin(&service).await;
    drop(admin.hires("clerk", 100).await);
    let away = serde_json::json!({ "status": "AGENT_STATUS_AWAY" });
    let put = reqwest::Method::PUT;
    let told = admin.api.call(put, "/api/v1/me/status", Some(away)).await;
    assert_eq!(told.expect("an answer").0, 200);
    drop(admin);
    let first = seed();
    for number in 0..3 {
        story(&service, "clerk", dir.path(), first.wrapping_add(number)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_transport_with_each_codec_carries_everything_that_a_visitor_does() {
    let service = service().await;
    let mut admin = Agent::first_admin(&service).await;
    for way in transports() {
        let name = way.name();
        let codecs = [Codec::Json, Codec::Proto].map(|codec| [(codec, false), (codec, true)]);
        for (codec, compression) in codecs.into_iter().flatten() {
            if compression && name != "websocket" {
                continue;
            }
            let options = Sdk::new(&service.base)
                .codec(codec)
                .compression(compression)
                .transports(vec![way.clone()])
                .language("en")
                .device("desk");
            let visitor = Visitor::enter(options, None).await.expect("they enter");
            let mut room = visitor.room().expect("it opens");
            let conversation = room.conversation_id();
            let accepted = room.send("hello there").expect("kept").fate().await;
            let accepted = accepted.expect("stored");
            assert!(!accepted.duplicate, "{name}");
            assert_eq!(admin.acts(conversation, "ACTION_CLAIM").await.0, 200);
            admin.opens(conversation).await;
            let said = admin.says(conversation, "good day").await;
            reads(&mut room, usize::try_from(said.seq).expect("a few"), 0).await;
            let quote = room.quote(said.seq, "thanks").expect("kept").fate().await;
            let quote = quote.expect("stored");
            let recalled = room.recall(quote.seq).await.expect("taken back");
            reads(&mut room, usize::try_from(recalled.seq).expect("a few"), 0).await;
            let quoted = room.messages().iter().find(|it| it.seq == quote.seq);
            let quoted = quoted.expect("it is there");
            assert_eq!(
                (quoted.quote_seq, quoted.recalled_seq),
                (said.seq, recalled.seq)
            );
            assert!(quoted.body.is_none(), "{name}");
            room.typing(true).expect("told");
            room.read();
            let read = async {
                while room.reach(Sender::Visitor).read < recalled.seq {
                    visitor.nudge().expect("it hears");
                    let id = visitor.person().conversation_id;
                    let head = visitor.rest().conversation(id).await.expect("an answer");
                    let mine = head.cursors.iter().find(|it| it.who() == Sender::Visitor);
                    if mine.is_some_and(|it| it.read_seq == recalled.seq) {
                        break;
                    }
                    sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(PATIENCE, read).await.expect("the mark arrives");
            let missed = visitor.missed(0).await.expect("a page");
            assert_eq!(missed.len(), 1, "{name}");
            assert_eq!(missed[0].unread, 0, "{name}");
            let dump = visitor.dump().await.expect("it answers");
            assert_eq!((dump.transport, dump.state), (name, State::Open.name()));
            assert_eq!(dump.count(EventName::Connect), 1, "{name}: {dump:?}");
            let acks = dump.count(EventName::Ack);
            assert_eq!((acks, dump.count(EventName::FirstAck)), (2, 1));
            for action in ["ACTION_END", "ACTION_FINISH"] {
                assert_eq!(admin.acts(conversation, action).await.0, 200, "{action}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_is_said_and_one_that_is_refused_is_not_tried_for_ever() {
    let service = service().await;
    let nobody = Person {
        token: "no such token".into(),
        id: 1,
        conversation_id: 2,
    };
    let client = kefu_sdk::Client::start(Sdk::new(&service.base), nobody.clone());
    let client = client.expect("it starts");
    let mut state = client.state();
    let over = state.wait_for(|state| *state == State::Ended);
    timeout(PATIENCE, over)
        .await
        .expect("it is said")
        .expect("it lives");
    let dump = client.dump().await.expect("it answers");
    assert_eq!(dump.count(EventName::SessionOver), 1);
    // Entering again with it gives a new one.
    let visitor = Visitor::enter(Sdk::new(&service.base), Some(nobody.clone())).await;
    assert_ne!(visitor.expect("they enter").person(), &nobody);
    let refused = kefu_sdk::Agent::login(Sdk::new(&service.base), "nobody", "wrong").await;
    assert_eq!(
        refused.err().map(|it| it.code).as_deref(),
        Some("unauthenticated")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_without_a_connection_is_sent_when_there_is_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("outbox");
    let service = service().await;
    let road = Proxy::before_service(&service.base).await;
    let open = || FileOutbox::open(&path, &limits()).expect("it opens");
    let options = || Sdk::new(&road.base()).limits(limits()).outbox(open());
    let visitor = Visitor::enter(options(), None).await.expect("they enter");
    let person = visitor.person().clone();
    road.set(Road::Cut);
    let room = visitor.room().expect("it opens");
    for number in 1..=5 {
        room.send(format!("第{number}句")).expect("kept");
    }
    assert_eq!(visitor.outgoing().len(), 5);
    let mut state = visitor.state();
    let cut = state.wait_for(|state| *state == State::Waiting);
    timeout(PATIENCE, cut)
        .await
        .expect("it is noticed")
        .expect("it lives");
    drop((room, visitor));
    // The next program, still without a connection: the session is believed.
    while FileOutbox::open(&path, &limits()).is_err() {
        sleep(Duration::from_millis(5)).await;
    }
    let visitor = Visitor::enter(options(), Some(person.clone())).await;
    let visitor = visitor.expect("they enter");
    assert_eq!(visitor.person(), &person);
    let mut room = visitor.room().expect("it opens");
    room.send("第6句").expect("kept");
    road.set(Road::Open);
    let texts = async {
        loop {
            let own = room
                .messages()
                .iter()
                .filter(|it| it.sender() == Sender::Visitor);
            let own: Vec<String> = own.map(|it| text_of(it).to_owned()).collect();
            if own.len() == 6 {
                return own;
            }
            room.next().await.expect("it goes on");
        }
    };
    let texts = timeout(PATIENCE, texts).await.expect("all are sent");
    let meant: Vec<String> = (1..=6).map(|number| format!("第{number}句")).collect();
    assert_eq!(texts, meant);
    let visitor = Arc::new(visitor);
    let empty = async {
        while !visitor.outgoing().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, empty).await.expect("nothing waits");
}
