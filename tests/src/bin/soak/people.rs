//! Visitors who come, talk and go, and agents who answer them, for as long as it lasts.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use kefu_proto::v1::{Phase, Sender};
use kefu_tests::{
    Client, Codec, History, Place,
    history::{Summary, Violation},
};
use rand::{Rng as _, rngs::StdRng};
use tokio::time::{Instant, sleep};

use crate::world::agent;

/// A page gives up a connection that says nothing for this long.
const PATIENCE: Duration = Duration::from_secs(6);
/// A stall of half a minute is borne, and its end.
const LIMIT: Duration = Duration::from_secs(120);

/// What people share.
pub struct Shared {
    pub place: Place,
    pub history: Arc<History>,
    pub stop: AtomicBool,
    pub acknowledged: AtomicU64,
    /// What was found at the last look at each conversation.
    pub checked: Mutex<BTreeMap<u64, Summary>>,
    pub broken: Mutex<Vec<String>>,
}

impl Shared {
    pub fn new(place: Place, history: Arc<History>) -> Arc<Self> {
        Arc::new(Self {
            place,
            history,
            stop: AtomicBool::new(false),
            acknowledged: AtomicU64::new(0),
            checked: Mutex::default(),
            broken: Mutex::default(),
        })
    }

    pub fn over(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn acknowledged(&self) {
        self.acknowledged.fetch_add(1, Ordering::SeqCst);
    }

    /// All promises, in one conversation, now.
    pub async fn check(&self, client: &Client, conversation: u64) {
        let read = client.stored(conversation);
        match self.history.check_one(conversation, read).await {
            Ok(summary) => {
                let mut checked = self.checked.lock().expect("no panic holds it");
                checked.insert(conversation, summary);
            }
            Err(violations) => self.breaks(conversation, &violations),
        }
    }

    fn breaks(&self, conversation: u64, violations: &[Violation]) {
        let mut broken = self.broken.lock().expect("no panic holds it");
        let lines = violations.iter().take(5);
        broken.extend(lines.map(|violation| format!("conversation {conversation}: {violation}")));
    }
}

/// One after another, each a new visitor.
pub async fn visitors(shared: Arc<Shared>, mut random: StdRng, pause: Duration) {
    // Not all at the same moment.
    sleep(pause.mul_f64(random.random_range(0.0..2.0))).await;
    while !shared.over() {
        visitor(&shared, &mut random, pause).await;
    }
}

const WORDS: [&str; 5] = ["报时", "回声", "你好", "我要退货", "今天怎么样"];

async fn visitor(shared: &Shared, random: &mut StdRng, pause: Duration) {
    let codec = [Codec::Json, Codec::Proto][random.random_range(0..2)];
    let client = Client::visitor(&shared.place, &shared.history, codec).await;
    let mut client = client.patience(PATIENCE).limit(LIMIT);
    let conversation = client.conversation;
    let wants_a_person = random.random_bool(0.5);
    let length = random.random_range(8..40);
    for number in 0..length {
        if shared.over() {
            break;
        }
        if wants_a_person && number == 3 {
            client.acts(conversation, "ACTION_REQUEST_HUMAN").await;
        }
        let words = WORDS[random.random_range(0..WORDS.len())];
        let id = client.new_id();
        let over_rest = random.random_bool(0.2);
        if !over_rest || client.posts(conversation, &id, words).await.is_err() {
            let told = client.insists(conversation, &id, words).await;
            told.unwrap_or_else(|why| panic!("{id} is refused: {why:?}"));
        }
        shared.acknowledged();
        if random.random_bool(0.1) {
            client.hang_up();
        }
        client
            .listens(pause.mul_f64(random.random_range(0.2..1.8)))
            .await;
        if number % 10 == 9 {
            shared.check(&client, conversation).await;
        }
    }
    client.acts(conversation, "ACTION_CLOSE").await;
    client.reads_all().await;
    shared.check(&client, conversation).await;
    // An agent may be in the middle of a word; whatever it was, it is refused or checked.
    sleep(Duration::from_millis(200)).await;
    shared.check(&client, conversation).await;
}

/// Answers whoever is theirs, from a login to the end.
pub async fn clerk(shared: Arc<Shared>, number: usize, mut random: StdRng) {
    let client = Client::agent(&shared.place, &shared.history, &agent(number)).await;
    let mut client = client.patience(PATIENCE).limit(LIMIT);
    while !shared.over() {
        client.listens(Duration::from_millis(100)).await;
        attend(&shared, &mut client, &mut random).await;
    }
}

async fn attend(shared: &Shared, client: &mut Client, random: &mut StdRng) {
    let me = client.id();
    let heads: Vec<_> = client.heads.values().cloned().collect();
    for head in heads {
        let mine = head.agent_id == me;
        match head.phase() {
            Phase::Serving if mine => drop(client.opens(head.id).await),
            Phase::WrapUp if mine => {
                client.acts(head.id, "ACTION_FINISH").await;
            }
            _ => {}
        }
        if !(mine && head.phase() == Phase::Serving) && client.reads().contains(&head.id) {
            client.leaves(head.id).await;
        }
        if head.phase() == Phase::Closed {
            client.heads.remove(&head.id);
        }
    }
    let spoken: Vec<_> = client.inbox.drain(..).collect();
    for message in spoken {
        let conversation = message.conversation_id;
        if message.sender() != Sender::Visitor || !client.reads().contains(&conversation) {
            continue;
        }
        if random.random_bool(0.6) {
            let id = client.new_id();
            // It may be over, or another's by now: that is said, and no harm.
            if client.insists(conversation, &id, "好的").await.is_ok() {
                shared.acknowledged();
            }
        }
    }
}

/// Somebody new is served: until then the service has not recovered. How long that took.
pub async fn recovery(shared: &Shared) -> Duration {
    let began = Instant::now();
    let history = Arc::new(History::new(0));
    let client = Client::visitor(&shared.place, &history, Codec::Proto).await;
    let mut client = client.patience(Duration::from_secs(2)).limit(LIMIT);
    client.says("报时").await;
    began.elapsed()
}
