//! One server after the other, at each number of concurrent conversations; Kefu also at shares of
//! its highest rate.

use serde_json::{Value, json};

use crate::{
    load::{self, Conversation, Run, Tally, quantiles},
    plan::Plan,
    subjects::{Counters, Subject},
    watch::Watch,
};

/// What a server gave, or why there is nothing: a peer that cannot be had does not end the run.
pub fn or_why(figures: anyhow::Result<Value>) -> Value {
    figures.unwrap_or_else(|error| json!({ "failed": format!("{error:#}") }))
}

/// All figures of one server. `paced` adds the open loops.
///
/// # Errors
/// When it does not start, refuses something or breaks a promise.
pub async fn measure<S: Subject>(
    plan: &Plan,
    started: anyhow::Result<S>,
    paced: bool,
) -> anyhow::Result<Value> {
    let mut subject = started?;
    let mut conversations = subject.connect(plan.most()).await?;
    let (mut levels, mut best) = (Vec::new(), (0.0, 1));
    for level in &plan.levels {
        let (figure, rate) = at_level(plan, &subject, &mut conversations, *level).await?;
        if rate > best.0 {
            best = (rate, *level);
        }
        levels.push(figure);
    }
    let mut paces = Vec::new();
    for share in plan.shares.iter().filter(|_| paced) {
        paces.push(at_share(plan, &subject, &mut conversations, best, *share).await?);
    }
    let audit = subject.audit(conversations).await?;
    Ok(json!({ "closed": levels, "best_per_second": best.0, "open": paces, "audit": audit }))
}

/// As fast as acknowledgements come.
async fn at_level<S: Subject>(
    plan: &Plan,
    subject: &S,
    conversations: &mut Vec<Conversation<S::Line>>,
    level: usize,
) -> anyhow::Result<(Value, f64)> {
    let idle = conversations.split_off(level);
    let (watch, before) = (
        Watch::begin(subject.roles(), &plan.dir),
        subject.counters().await?,
    );
    let run = load::closed(conversations, plan.warm, plan.length).await?;
    let figure = figure(&run, level, watch, before, subject.counters().await?);
    conversations.extend(idle);
    Ok((figure, run.per_second()))
}

/// At a share of the highest rate, over as many conversations as gave it.
async fn at_share<S: Subject>(
    plan: &Plan,
    subject: &S,
    conversations: &mut Vec<Conversation<S::Line>>,
    (rate, level): (f64, usize),
    share: f64,
) -> anyhow::Result<Value> {
    let idle = conversations.split_off(level);
    let (watch, before) = (
        Watch::begin(subject.roles(), &plan.dir),
        subject.counters().await?,
    );
    let run = load::open(conversations, rate * share, plan.warm, plan.latency_length).await?;
    let mut figure = figure(&run, level, watch, before, subject.counters().await?);
    conversations.extend(idle);
    figure["share"] = json!(share);
    figure["intended_per_second"] = json!((rate * share).round());
    if let Some(late) = &run.late {
        figure["clock_late_ms"] = quantiles(late);
    }
    Ok(figure)
}

fn figure(
    run: &Run,
    conversations: usize,
    watch: Watch,
    before: Counters,
    after: Counters,
) -> Value {
    let (cores, syncs, passed) = watch.end();
    let Tally {
        to_acknowledged,
        to_delivered,
        ..
    } = &run.tally;
    let messages = run.messages as f64;
    let hundredths = |x: f64| (x * 100.0).round() / 100.0;
    let thousandths = |x: f64| (x * 1000.0).round() / 1000.0;
    let mut figure = json!({
        "conversations": conversations,
        "per_second": run.per_second().round(),
        "acknowledged_ms": quantiles(to_acknowledged),
        "delivered_ms": quantiles(to_delivered),
        "cores": cores,
        "syncs_per_message": syncs.map(|syncs| thousandths(syncs as f64 / messages)),
    });
    let commits = after.commits - before.commits;
    if commits > 0.0 {
        figure["commits_per_message"] =
            json!(thousandths(commits / (after.messages - before.messages)));
        figure["changes_per_commit"] =
            json!(hundredths((after.changes - before.changes) / commits));
        let busy = (after.commit_seconds - before.commit_seconds) / commits * 1_000.0;
        figure["commit_ms"] = json!(thousandths(busy));
        let share = (after.commit_seconds - before.commit_seconds) / passed;
        figure["writer_busy"] = json!(thousandths(share));
    }
    figure
}
