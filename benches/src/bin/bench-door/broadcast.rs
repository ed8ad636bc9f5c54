//! One conversation that all agents watch: what each waits for a message, without and with one of
//! them who reads nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use kefu_proto::v1::{Hello, Open, client_frame, server_frame};
use kefu_tests::{Codec, Options, Service, Socket, text_of};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    line::Line,
    plan::Plan,
    service::{self, Session, address, agents, ask_for_a_person, log_in, sessions},
};

/// Between two messages.
const EVERY: Duration = Duration::from_millis(20);
/// For what is on its way when the last was said.
const LAST: Duration = Duration::from_secs(10);

/// Milliseconds to the screens of all but the stuck one, twice each, by turns.
///
/// # Errors
/// When the service does not start, or somebody who reads does not get everything.
pub async fn measure(plan: &Plan) -> anyhow::Result<Value> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let options = Options::default()
        .without_model()
        .data_dir(&dir.path().join("data"));
    let service = service::start(options).await?;
    let logins = agents(&service, plan.agents).await?;
    let mut tokens = Vec::new();
    for login in &logins {
        tokens.push(log_in(&service.api(), login).await?);
    }
    let mut runs = Vec::new();
    for stuck in [false, true, false, true] {
        runs.push(run(&service, plan, &tokens, stuck).await?);
        eprintln!("  {} of 4 runs", runs.len());
    }
    let every_ms = u64::try_from(EVERY.as_millis())?;
    Ok(json!({ "agents": plan.agents, "every_ms": every_ms, "runs": runs }))
}

async fn run(
    service: &Service,
    plan: &Plan,
    tokens: &[String],
    stuck: bool,
) -> anyhow::Result<Value> {
    let api = service.api();
    let visitor = sessions(&api, 1).await?.remove(0);
    ask_for_a_person(&api, &visitor).await?;
    let at = address(&service.base);
    let (first, readers) = tokens.split_first().context("no agents")?;
    let count = u32::try_from(plan.broadcast.as_millis() / EVERY.as_millis())?;
    // It stays connected, or is cut; what it does not do is read.
    let mut unread = None;
    if stuck {
        unread = Some(never_reads(&service.base, first, visitor.conversation).await?);
    }
    let mut speaker = Line::enter(at, &visitor.token, false).await?;
    let begun = Arc::new(std::sync::OnceLock::<Instant>::new());
    let mut reading = JoinSet::new();
    for token in readers {
        let mut line = Line::enter(at, token, false).await?;
        line.open(visitor.conversation).await?;
        reading.spawn(read(line, begun.clone(), count));
    }
    let start = *begun.get_or_init(|| Instant::now() + EVERY);
    for n in 0..count {
        tokio::time::sleep_until((start + EVERY * n).into()).await;
        say(&mut speaker, &visitor, n).await?;
    }
    let mut all = times()?;
    let reading = async {
        while let Some(read) = reading.join_next().await {
            all.add(read??)?;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(LAST, reading)
        .await
        .context("somebody did not get everything")??;
    drop(unread);
    let due = u64::from(count) * readers.len() as u64;
    ensure!(all.len() == due, "{} of {due} came", all.len());
    let ms = |q: f64| all.value_at_quantile(q) as f64 / 1e3;
    Ok(json!({
        "stuck": stuck, "readers": readers.len(), "messages": count, "delivered": all.len(),
        "p50": ms(0.5), "p99": ms(0.99), "p999": ms(0.999), "max": ms(1.0),
    }))
}

fn times() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 60_000_000, 3)?)
}

async fn say(speaker: &mut Line, visitor: &Session, n: u32) -> anyhow::Result<()> {
    speaker
        .say(visitor.conversation, &format!("第 {n} 条"))
        .await
}

/// Reads all of it, in order; microseconds since each was meant to be said.
async fn read(
    mut line: Line,
    begun: Arc<std::sync::OnceLock<Instant>>,
    count: u32,
) -> anyhow::Result<Histogram<u64>> {
    let (mut all, mut due) = (times()?, 0);
    while due < count {
        let server_frame::Body::Messages(batch) = line.next().await? else {
            continue;
        };
        let now = Instant::now();
        for message in &batch.messages {
            let words = text_of(message);
            let Some(n) = words
                .strip_prefix("第 ")
                .and_then(|it| it.strip_suffix(" 条"))
            else {
                continue;
            };
            ensure!(n.parse::<u32>()? == due, "{n} came where {due} was due");
            let meant = *begun.get().context("before the beginning")? + EVERY * due;
            let late = now.saturating_duration_since(meant);
            all.saturating_record(u64::try_from(late.as_micros())?);
            due += 1;
        }
    }
    Ok(all)
}

/// An agent's socket with the smallest of buffers, which nobody reads after it was opened.
async fn never_reads(base: &str, token: &str, conversation_id: u64) -> anyhow::Result<Socket> {
    let mut socket = Socket::connect_with(base, Codec::Proto, true).await?;
    let hello = Hello {
        token: token.to_owned(),
        ..Hello::default()
    };
    socket.send(client_frame::Body::Hello(hello)).await?;
    let open = Open {
        conversation_id,
        ..Open::default()
    };
    socket.send(client_frame::Body::Open(open)).await?;
    Ok(socket)
}
