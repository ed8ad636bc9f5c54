//! Everybody comes back within one second of the edge's restart.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use kefu_benches::mix;
use kefu_tests::{Options, PATIENCE};
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    line::{Line, Refused, refusal},
    plan::Plan,
    service::{self, Session, address, peak_mib, role, sessions},
};

/// In which all of them knock for the first time.
const WITHIN_MS: u64 = 1_000;
/// Before a connection that was refused without a word about when is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// What happened to those who knocked.
#[derive(Debug, Default)]
struct Knocks {
    /// Turned away, and told when to come again.
    told: AtomicU64,
    /// Turned away without that.
    untold: AtomicU64,
    /// No connection was made, or it broke: no refusal.
    broken: AtomicU64,
}

impl Knocks {
    fn clear(&self) {
        for count in [&self.told, &self.untold, &self.broken] {
            count.store(0, Relaxed);
        }
    }
}

/// Seconds until all are served again, and what it took.
///
/// # Errors
/// When the service does not start, or somebody is not served in a minute.
pub async fn measure(plan: &Plan) -> anyhow::Result<Value> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let options = Options::default()
        .without_model()
        .data_dir(&dir.path().join("data"));
    let service = service::start(options).await?;
    // The supervisor keeps the address over the edge's deaths.
    let at = address(&service.base).to_owned();
    let all = sessions(&service.api(), plan.visitors).await?;
    let (knocks, (again, round)) = (Arc::new(Knocks::default()), watch::channel(None));
    let (served, mut heard) = mpsc::unbounded_channel();
    let mut visiting = JoinSet::new();
    for (n, session) in all.into_iter().enumerate() {
        let visitor = Visitor {
            at: at.clone(),
            session,
            delay: Duration::from_millis(mix(n as u64, 1) % WITHIN_MS),
            knocks: knocks.clone(),
            round: round.clone(),
            served: served.clone(),
        };
        visiting.spawn(visitor.stay());
    }
    let first = everybody(&mut heard, plan.visitors).await?;
    knocks.clear();
    let chat = role(&service, "chat")?;
    let dead = service.kill_role("edge");
    let killed = Instant::now();
    service.until_restarted("edge", dead).await;
    service.until_ready().await;
    let ready = Instant::now();
    again.send(Some(ready))?;
    let times = everybody(&mut heard, plan.visitors).await?;
    let took = ready.elapsed();
    let edge = role(&service, "edge")?;
    let ms = |q: f64| times.value_at_quantile(q) as f64 / 1e3;
    Ok(json!({
        "visitors": plan.visitors, "within_ms": WITHIN_MS,
        "restart_ms": (ready - killed).as_secs_f64() * 1e3,
        "all_served_ms": took.as_secs_f64() * 1e3,
        "p50": ms(0.5), "p99": ms(0.99), "max": ms(1.0),
        "first_round_p99": first.value_at_quantile(0.99) as f64 / 1e3,
        "refused_told_when": knocks.told.load(Relaxed),
        "refused_not_told": knocks.untold.load(Relaxed),
        "broken": knocks.broken.load(Relaxed),
        "edge_peak_mib": peak_mib(edge)?, "chat_peak_mib": peak_mib(chat)?,
    }))
}

/// Waits until everybody was served once; how long each took from its first knock, microseconds.
async fn everybody(
    heard: &mut mpsc::UnboundedReceiver<Duration>,
    count: usize,
) -> anyhow::Result<Histogram<u64>> {
    let mut times = Histogram::new_with_bounds(1, 600_000_000, 3)?;
    for n in 0..count {
        let next = tokio::time::timeout(PATIENCE, heard.recv()).await;
        let took = next
            .with_context(|| format!("{n} of {count} are served"))?
            .context("nobody visits any more")?;
        times.saturating_record(u64::try_from(took.as_micros())?);
    }
    Ok(times)
}

/// One who stays connected.
struct Visitor {
    at: String,
    session: Session,
    /// Of the first knock in each round.
    delay: Duration,
    knocks: Arc<Knocks>,
    /// When the edge was ready again.
    round: watch::Receiver<Option<Instant>>,
    served: mpsc::UnboundedSender<Duration>,
}

impl Visitor {
    async fn stay(mut self) {
        let mut from = Instant::now();
        loop {
            tokio::time::sleep_until((from + self.delay).into()).await;
            let knocked = Instant::now();
            let mut line = loop {
                match self.enter().await {
                    Ok(line) => break line,
                    Err(error) => tokio::time::sleep(self.wait(&error)).await,
                }
            };
            if self.served.send(knocked.elapsed()).is_err() {
                return;
            }
            while line.next().await.is_ok() {}
            if self.round.changed().await.is_err() {
                return;
            }
            from = self.round.borrow().unwrap_or_else(Instant::now);
        }
    }

    async fn enter(&self) -> anyhow::Result<Line> {
        let mut line = Line::enter(&self.at, &self.session.token, false).await?;
        line.open(self.session.conversation).await?;
        Ok(line)
    }

    /// How long to wait after this.
    fn wait(&self, error: &anyhow::Error) -> Duration {
        let (count, wait) = match refusal(error) {
            Some(Refused { after: Some(after) }) => (&self.knocks.told, after),
            Some(Refused { after: None }) => (&self.knocks.untold, AGAIN),
            None => (&self.knocks.broken, AGAIN),
        };
        count.fetch_add(1, Relaxed);
        wait
    }
}
