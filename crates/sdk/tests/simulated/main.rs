//! Seeded stories in simulated time: lines that break, answers that are lost, transports that are
//! shut, applications that are slow or killed, services that are put back in time. In the end every
//! device shows what is stored, and what was written is stored once, in its order.
//!
//! `KEFU_SEED=7` plays one story again, `KEFU_SEEDS=10000` plays more than usual.

mod server;

use std::{path::PathBuf, sync::Arc, time::Duration};

use kefu_sdk::{
    Client, FileOutbox, Limits, Options, Person, Room, RoomEvent, State, net::Transport,
    proto::Message, pure::chance::Chance,
};
use kefu_types::{Clock, SeededEntropy};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use server::{CONVERSATION, Line, Server};

/// Longer than any story takes when it goes well; simulated.
const PATIENCE: Duration = Duration::from_secs(6 * 3_600);

/// The runtime's clock, which is simulated.
struct Simulated(Instant);

impl Clock for Simulated {
    fn wall_ms(&self) -> i64 {
        1_700_000_000_000 + i64::try_from(self.0.elapsed().as_millis()).expect("hours")
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

/// One device: a client that is killed now and then, and what it shows.
struct Device {
    name: &'static str,
    server: Arc<Server>,
    outbox: PathBuf,
    chance: Chance,
    lives: u64,
    seed: u64,
    client: Option<Client>,
    reader: Option<tokio::task::JoinHandle<()>>,
    shown: mpsc::UnboundedReceiver<Shown>,
    show: mpsc::UnboundedSender<Shown>,
    screen: Vec<Message>,
    written: u64,
}

/// What happens on a screen.
enum Shown {
    Cleared,
    More(Vec<Message>),
}

impl Device {
    fn new(name: &'static str, server: &Arc<Server>, dir: &std::path::Path, seed: u64) -> Self {
        let (show, shown) = mpsc::unbounded_channel();
        Self {
            name,
            server: server.clone(),
            outbox: dir.join(name),
            chance: Chance::new(seed),
            lives: 0,
            seed,
            client: None,
            reader: None,
            shown,
            show,
            screen: Vec::new(),
            written: 0,
        }
    }

    async fn starts(&mut self) {
        self.lives += 1;
        let limits = Limits {
            // Stories have more passing refusals than people have patience for.
            send_tries: u32::MAX,
            room_events_max: 2,
            ..Limits::default()
        };
        let outbox = loop {
            // The one before has not let go of its file yet.
            match FileOutbox::open(&self.outbox, &limits) {
                Ok(outbox) => break outbox,
                Err(_) => sleep(Duration::from_millis(5)).await,
            }
        };
        assert!(outbox.damaged().is_none());
        let lines = [("websocket", 0), ("sse", 1), ("long-poll", 2)];
        let lines = lines.map(|(name, rung)| -> Arc<dyn Transport> {
            Arc::new(Line::new(name, rung, &self.server))
        });
        let options = Options::new("http://simulated")
            .limits(limits)
            .outbox(outbox)
            .transports(lines.to_vec())
            .clock(Arc::new(Simulated(Instant::now())))
            .entropy(Arc::new(SeededEntropy::new(self.seed ^ self.lives)));
        let person = Person {
            token: "t".into(),
            id: 1,
            conversation_id: CONVERSATION,
        };
        let client = Client::start(options, person).expect("it starts");
        let room = client.room(CONVERSATION, 0).expect("it opens");
        let _ = self.show.send(Shown::Cleared);
        let slow_ms = [0, 0, 50, 2_000][self.chance.up_to(3) as usize];
        self.reader = Some(tokio::spawn(reads(room, self.show.clone(), slow_ms)));
        self.client = Some(client);
    }

    /// The program is killed: nothing of it is left but its file.
    fn is_killed(&mut self) {
        self.client = None;
        if let Some(reader) = self.reader.take() {
            reader.abort();
        }
    }

    fn writes(&mut self) {
        let Some(client) = &self.client else { return };
        let words = format!("{}{}", self.name, self.written + 1);
        let mouth = client.mouth(CONVERSATION);
        let body = kefu_sdk::text(words.clone());
        // Full outboxes are for another test: here they only make a story shorter.
        if mouth.send_body(body, 0, Some(words)).is_ok() {
            self.written += 1;
        }
    }

    fn looks(&mut self) {
        while let Ok(shown) = self.shown.try_recv() {
            match shown {
                Shown::Cleared => self.screen.clear(),
                Shown::More(messages) => self.screen.extend(messages),
            }
        }
    }
}

async fn reads(mut room: Room, show: mpsc::UnboundedSender<Shown>, slow_ms: u64) {
    while let Some(event) = room.next().await {
        let _ = match event {
            RoomEvent::Rewound => show.send(Shown::Cleared),
            RoomEvent::Messages(fresh) => {
                assert!(room.messages().ends_with(&fresh));
                room.read();
                show.send(Shown::More(fresh))
            }
            _ => Ok(()),
        };
        sleep(Duration::from_millis(slow_ms)).await;
    }
}

async fn story(seed: u64, restores: bool) {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Server::new(seed);
    let mut chance = Chance::new(seed.wrapping_mul(31));
    let mut devices = ["a", "b"].map(|name| {
        Device::new(
            name,
            &server,
            dir.path(),
            seed.wrapping_add(u64::from(name.as_bytes()[0])),
        )
    });
    for device in &mut devices {
        device.starts().await;
    }
    for _ in 0..40 + chance.up_to(80) {
        sleep(Duration::from_millis(chance.up_to(4_000))).await;
        let device = &mut devices[chance.up_to(1) as usize];
        match chance.up_to(19) {
            0 => {
                device.is_killed();
                device.starts().await;
            }
            1 => server.cuts(),
            2 => server.shuts(chance.up_to(2) as usize, true),
            3..=5 => server.shuts(chance.up_to(2) as usize, false),
            6 if restores => server.is_restored(),
            7 => server.mutes(),
            8 => {
                if let Some(client) = &device.client {
                    client.nudge().expect("it hears");
                }
            }
            9 => server.another_writes(),
            _ => device.writes(),
        }
    }
    server.calms_down();
    let settled = async {
        loop {
            sleep(Duration::from_secs(1)).await;
            let stored = server.stored();
            let mut all = true;
            for device in &mut devices {
                device.looks();
                let client = device.client.as_ref().expect("it runs");
                all &= *client.state().borrow() == State::Open;
                all &= client.outgoing().is_empty() && device.screen == stored;
            }
            if all {
                return;
            }
        }
    };
    let is_settled = timeout(PATIENCE, settled).await.is_ok();
    for device in &devices {
        let client = device.client.as_ref().expect("it runs");
        let dump = client.dump().await.expect("it answers");
        assert!(
            is_settled,
            "seed {seed}: never settled, {}: {dump:#?}",
            device.name
        );
        assert_eq!(*client.state().borrow(), State::Open, "seed {seed}");
        let words = serde_json::to_string(&dump).expect("JSON");
        assert!(!words.contains("秘"), "seed {seed}: a dump holds no words");
    }
    let stored = server.stored();
    for device in &devices {
        assert_eq!(device.screen, stored, "seed {seed}: {} shows", device.name);
        let own = |message: &&Message| message.client_id.starts_with(device.name);
        let numbers: Vec<u64> = stored
            .iter()
            .filter(own)
            .map(|message| message.client_id[1..].parse().expect("a number"))
            .collect();
        assert!(
            numbers.windows(2).all(|pair| pair[0] < pair[1]),
            "seed {seed}: {} is stored once and in order: {numbers:?}",
            device.name
        );
        let all: Vec<u64> = (1..=device.written).collect();
        assert!(
            restores || numbers == all,
            "seed {seed}: {} lost some",
            device.name
        );
    }
}

fn play(restores: bool) {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let one = number("KEFU_SEED");
    let seeds = one.map_or(0..number("KEFU_SEEDS").unwrap_or(60), |seed| seed..seed + 1);
    for seed in seeds {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(story(seed, restores));
    }
}

#[test]
fn every_device_shows_what_is_stored_and_what_was_written_is_stored_once() {
    play(false);
}

#[test]
fn a_service_that_was_put_back_in_time_is_believed() {
    play(true);
}
