//! The audit: every history is read back and held against what was said and told.

use std::{sync::Arc, time::Duration};

use kefu_sdk::{EventName, Problem, Rest, proto::Message};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{
    ledger::Audit,
    progress,
    world::{Conversation, World},
};

/// Histories that are read at the same time.
const AT_ONCE: usize = 16;
/// The server gives so many messages in a page.
const PAGE: u32 = 100;
/// For all who leave together.
const LEAVING: Duration = Duration::from_secs(60);

/// Reads everything back.
///
/// # Errors
/// When a history cannot be read.
pub async fn audit(world: &Arc<World>) -> anyhow::Result<Audit> {
    let mut audit = Audit::default();
    // Of all readers together: ten thousand who are each waited for take hours.
    let deadline = Instant::now() + world.plan.drain;
    let bar = progress::bar("histories are read back", world.conversations.len() as u64);
    let mut reading = JoinSet::new();
    for it in &world.conversations {
        if reading.len() >= AT_ONCE
            && let Some(read) = reading.join_next().await
        {
            audit.add(read??);
            bar.inc(1);
        }
        let (world, it) = (world.clone(), it.clone());
        reading.spawn(async move { one(&world, &it, deadline).await });
    }
    while let Some(read) = reading.join_next().await {
        audit.add(read??);
        bar.inc(1);
    }
    bar.finish();
    wire(world, &mut audit).await;
    Ok(audit)
}

async fn one(world: &World, it: &Conversation, deadline: Instant) -> Result<Audit, Problem> {
    loop {
        let stored = history(it.visitor.rest(), it.id).await?;
        // Readers may be behind what is stored, and the store ahead of what was read back.
        let read = it.ledger.lock().least_read();
        if read < stored.len() && Instant::now() < deadline {
            sleep(Duration::from_millis(50)).await;
            continue;
        }
        let audit = it.ledger.lock().audit(it.id, &stored, &world.plan.texts);
        if audit.is_good() || Instant::now() >= deadline || !is_moving(world, it, &stored).await {
            return Ok(audit);
        }
    }
}

/// Whether something was written while it was looked at: then it is looked at again.
async fn is_moving(world: &World, it: &Conversation, stored: &[Message]) -> bool {
    let before_us = world.read_us();
    sleep(Duration::from_millis(500)).await;
    let head = it.visitor.rest().conversation(it.id).await;
    let grown = head.is_ok_and(|head| head.last_seq > stored.len() as u64);
    grown || world.read_us() != before_us
}

async fn history(rest: &Rest, id: u64) -> Result<Vec<Message>, Problem> {
    let mut all: Vec<Message> = Vec::new();
    let mut tries = 0;
    loop {
        let after = all.last().map_or(0, |message| message.seq);
        match rest.page_after(id, after, PAGE).await {
            Ok(page) if page.messages.is_empty() => return Ok(all),
            Ok(page) => all.extend(page.messages),
            Err(problem) if problem.is_passing() && tries < 100 => {
                tries += 1;
                let wait_ms = problem.retry_after_ms.clamp(100, 5_000);
                sleep(Duration::from_millis(wait_ms)).await;
            }
            Err(problem) => return Err(problem),
        }
    }
}

/// What the clients saw on the wire: they mend it for whoever reads, and so must be asked.
async fn wire(world: &World, audit: &mut Audit) {
    let visitors = world.conversations.iter();
    let visitors = visitors.map(|it| it.visitor.client());
    let (mut repeats, mut gaps, mut resends) = (0, 0, 0);
    for client in visitors.chain(world.agents.iter().cloned()) {
        if let Ok(dump) = client.dump().await {
            repeats += dump.count(EventName::Repeat);
            gaps += dump.count(EventName::Gap);
            resends += dump.count(EventName::Resend);
        }
    }
    let example = |what: &str| format!("{what}, by what clients counted");
    audit.breaks(
        "nothing comes twice over a line",
        repeats,
        example("repeats"),
    );
    audit.breaks("nothing is missing on a line", gaps, example("gaps"));
    let ledgers = world
        .conversations
        .iter()
        .map(|it| it.ledger.lock().duplicates());
    let duplicates: u64 = ledgers.sum();
    let unexplained = duplicates.saturating_sub(resends);
    let example = format!("{duplicates} called duplicates, {resends} sent again");
    audit.breaks(
        "only what was sent again is a duplicate",
        unexplained,
        example,
    );
}

/// Conversations end, so that agents have room again; what cannot be ended, or not in time, ends by
/// itself.
pub async fn leave(world: &Arc<World>) {
    if timeout(LEAVING, all_leave(world)).await.is_err() {
        let seconds = LEAVING.as_secs();
        progress::say(&format!(
            "not all conversations could be ended in {seconds} s"
        ));
    }
}

async fn all_leave(world: &Arc<World>) {
    let bar = progress::bar("visitors leave", world.conversations.len() as u64);
    let mut leaving = JoinSet::new();
    for it in &world.conversations {
        if leaving.len() >= AT_ONCE {
            leaving.join_next().await;
            bar.inc(1);
        }
        let (visitor, id) = (it.visitor.client(), it.id);
        let agent = it.agent.get().map(|mouth| mouth.client());
        leaving.spawn(async move {
            let _ = visitor.rest().act(id, "CLOSE").await;
            if let Some(agent) = agent {
                let _ = agent.rest().act(id, "FINISH").await;
            }
        });
    }
    while leaving.join_next().await.is_some() {
        bar.inc(1);
    }
    bar.finish();
}
