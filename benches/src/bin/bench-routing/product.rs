//! The whole way: an agent ends a talk and is free; when is the next one on their screen? Through the
//! edge, gRPC, the core and SQLite, each step durable, while 5,000 wait and 200 workspaces are open.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hdrhistogram::Histogram;
use kefu_proto::v1::{Conversation, Phase, server_frame};
use kefu_tests::{PATIENCE, Socket};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};

use crate::{
    fair::Waits,
    people::{self, AT_ONCE, Seat, Session},
};

/// How much of everything.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where the service keeps its data.
    pub dir: PathBuf,
    /// Who waits, all the time.
    pub queued: usize,
    /// Who serves.
    pub agents: usize,
    /// Conversations that each may own, and owns.
    pub capacity: u32,
    /// Talks that end, and visitors who come.
    pub frees_per_second: u32,
    /// Of what is measured.
    pub length: Duration,
}

impl Plan {
    fn held(&self) -> usize {
        self.agents * usize::try_from(self.capacity).unwrap_or(usize::MAX)
    }

    /// The moments at which talks end.
    fn moments(&self, begin: Instant) -> Vec<Instant> {
        let count = self.frees_per_second * u32::try_from(self.length.as_secs()).unwrap_or(0);
        let every = Duration::from_secs(1) / self.frees_per_second.max(1);
        (0..count).map(|n| begin + every * n).collect()
    }
}

/// What is counted while it runs.
#[derive(Debug, Default)]
struct Books {
    waits: Waits,
    /// An agent was shown more than they may own.
    crowded: AtomicU64,
}

/// One talk that ended.
#[derive(Debug)]
struct Freed {
    /// The agent said that they are done.
    asked: Instant,
    /// They were told that it is so.
    answered: Instant,
    /// The next one was on their screen.
    shown: Instant,
}

/// The figures, and how often something was wrong.
///
/// # Errors
/// When the service does not start or refuses anything, or somebody gets nothing.
pub async fn measure(plan: &Plan) -> anyhow::Result<(Value, u64)> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let service = people::start(&dir.path().join("data")).await?;
    let seats = people::seats(&service, plan).await?;
    let frees = plan.moments(Instant::now()).len();
    let waiting = plan.queued + plan.held();
    let mut sessions = people::visitors(&service.api(), waiting + frees).await?;
    let later = sessions.split_off(waiting);
    let books = Arc::new(Books::default());
    stream::iter(&sessions)
        .map(|session| ask(&books, session))
        .buffer_unordered(AT_ONCE)
        .try_for_each(|()| async { Ok(()) })
        .await?;
    let mut readers = JoinSet::new();
    let mut desks = Vec::with_capacity(seats.len());
    for seat in seats {
        let socket = people::workspace(&seat).await?;
        let (given, gets) = unbounded_channel();
        let (books, most) = (books.clone(), plan.capacity);
        let id = seat.id;
        readers.spawn(async move { reads(socket, id, most, &given, &books).await });
        desks.push(Desk::full(seat, gets, plan.capacity).await?);
    }
    let freed = work(plan, desks, later, &books).await?;
    let waited = books.waits.waiting();
    readers.abort_all();
    drop(service);
    let crowded = books.crowded.load(Ordering::SeqCst);
    let inversions = books.waits.inversions();
    let since = |begun: fn(&Freed) -> Instant| times(&freed, begun);
    let figures = json!({
        "queued": plan.queued, "agents": plan.agents, "capacity": plan.capacity,
        "frees_per_second": plan.frees_per_second, "seconds": plan.length.as_secs(),
        "freed": freed.len(), "waiting_at_the_end": waited,
        "from_request": since(|freed| freed.asked)?,
        "from_answer": since(|freed| freed.answered)?,
        "inversions": inversions, "capacity_violations": crowded,
    });
    let lost = u64::from(waited != plan.queued);
    Ok((figures, crowded + inversions + lost))
}

async fn ask(books: &Books, session: &Session) -> anyhow::Result<()> {
    let sent = Instant::now();
    people::act(&session.api, session.conversation, "ACTION_REQUEST_HUMAN").await?;
    books
        .waits
        .asked(session.conversation, sent, Instant::now());
    Ok(())
}

/// Talks end at their moments, and as many visitors come.
async fn work(
    plan: &Plan,
    desks: Vec<Desk>,
    later: Vec<Session>,
    books: &Arc<Books>,
) -> anyhow::Result<Vec<Freed>> {
    let begin = Instant::now() + Duration::from_secs(1);
    let moments = plan.moments(begin);
    let count = desks.len();
    let mut working = JoinSet::new();
    for (n, mut desk) in desks.into_iter().enumerate() {
        let mine: Vec<Instant> = moments.iter().copied().skip(n).step_by(count).collect();
        working.spawn(async move { desk.works(&mine).await });
    }
    let coming = async {
        for (moment, session) in moments.iter().zip(&later) {
            tokio::time::sleep_until((*moment).into()).await;
            ask(books, session).await?;
        }
        anyhow::Ok(())
    };
    let ending = async {
        let mut freed = Vec::with_capacity(moments.len());
        while let Some(done) = working.join_next().await {
            freed.extend(done??);
        }
        anyhow::Ok(freed)
    };
    let (freed, came) = tokio::join!(ending, coming);
    came?;
    freed
}

/// An agent with a full desk.
#[derive(Debug)]
struct Desk {
    seat: Seat,
    gets: UnboundedReceiver<(u64, Instant)>,
    owned: VecDeque<u64>,
}

impl Desk {
    async fn full(
        seat: Seat,
        gets: UnboundedReceiver<(u64, Instant)>,
        capacity: u32,
    ) -> anyhow::Result<Self> {
        let mut desk = Self {
            seat,
            gets,
            owned: VecDeque::new(),
        };
        for _ in 0..capacity {
            desk.next().await?;
        }
        Ok(desk)
    }

    /// Waits for the next one on the screen; when it came.
    async fn next(&mut self) -> anyhow::Result<Instant> {
        let next = timeout(PATIENCE, self.gets.recv()).await;
        let next = next.context("nothing is given to who is free")?;
        let (conversation, at) = next.context("the workspace is gone")?;
        self.owned.push_back(conversation);
        Ok(at)
    }

    async fn works(&mut self, moments: &[Instant]) -> anyhow::Result<Vec<Freed>> {
        let mut freed = Vec::with_capacity(moments.len());
        for moment in moments {
            tokio::time::sleep_until((*moment).into()).await;
            let oldest = self.owned.pop_front().context("nothing to end")?;
            people::act(&self.seat.api, oldest, "ACTION_END").await?;
            let asked = Instant::now();
            people::act(&self.seat.api, oldest, "ACTION_FINISH").await?;
            let answered = Instant::now();
            let shown = self.next().await?;
            freed.push(Freed {
                asked,
                answered,
                shown,
            });
        }
        Ok(freed)
    }
}

/// Reads a workspace, and says what its agent is given.
async fn reads(
    mut socket: Socket,
    agent: u64,
    most: u32,
    given: &UnboundedSender<(u64, Instant)>,
    books: &Books,
) -> anyhow::Result<()> {
    // Which it was shown as its own, at which version, and whether it is.
    let mut known: HashMap<u64, (u64, bool)> = HashMap::new();
    loop {
        let frame = socket.next().await?;
        let now = Instant::now();
        let heads: Vec<Conversation> = match frame.body {
            Some(server_frame::Body::Workspace(snapshot)) => snapshot.conversations,
            Some(server_frame::Body::Conversation(head)) => vec![head],
            _ => continue,
        };
        for head in heads {
            let phases = [Phase::Serving, Phase::WrapUp];
            let mine = head.agent_id == agent && phases.contains(&head.phase());
            let before = known.get(&head.id).copied();
            if before.is_some_and(|(version, _)| version > head.version) {
                continue;
            }
            if mine || before.is_some() {
                known.insert(head.id, (head.version, mine));
            }
            if mine && !before.is_some_and(|(_, mine)| mine) {
                books.waits.shown(head.id, now);
                let owned = known.values().filter(|(_, mine)| *mine).count();
                let crowded = owned > usize::try_from(most).unwrap_or(usize::MAX);
                books
                    .crowded
                    .fetch_add(u64::from(crowded), Ordering::SeqCst);
                given.send((head.id, now)).context("nobody works there")?;
            }
        }
    }
}

fn times(freed: &[Freed], begun: fn(&Freed) -> Instant) -> anyhow::Result<Value> {
    let mut all = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    for one in freed {
        let took = one.shown.saturating_duration_since(begun(one));
        all.saturating_record(u64::try_from(took.as_micros())?);
    }
    let ms = |q: f64| all.value_at_quantile(q) as f64 / 1e3;
    Ok(json!({ "p50": ms(0.5), "p99": ms(0.99), "p999": ms(0.999), "max": ms(1.0) }))
}
