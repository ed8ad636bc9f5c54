//! One run over some conversations, which come back for the next one.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use super::{
    Conversation, Heard, Line, Tally,
    pace::{Pace, poisson},
    tally::Window,
};

/// After the last message everything must have come within this.
const DRAIN: Duration = Duration::from_secs(60);
/// The generator's clock starts this much later, when all tasks wait.
const LEAD: Duration = Duration::from_millis(50);

/// What a run gave.
#[derive(Debug)]
pub struct Run {
    /// Counts and times of all conversations together.
    pub tally: Tally,
    /// Messages sent in all, in the window and around it.
    pub messages: u64,
    /// What they were counted over.
    pub window: Duration,
    /// How late the pacing clock was, in microseconds; only in open loops.
    pub late: Option<Histogram<u64>>,
}

impl Run {
    /// Messages per second that were both acknowledged and delivered.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        let whole = self.tally.acknowledged.min(self.tally.delivered);
        whole as f64 / self.window.as_secs_f64()
    }
}

/// Each conversation with one message on its way: the next is written when it is acknowledged.
///
/// # Errors
/// When a promise is broken, a message refused, or a connection lost.
pub async fn closed<L: Line>(
    conversations: &mut Vec<Conversation<L>>,
    warm: Duration,
    length: Duration,
) -> anyhow::Result<Run> {
    let from = Instant::now() + warm;
    let to = from + length;
    let paces = conversations.iter().map(|_| Pace::Closed(to)).collect();
    let window = Window { from, to };
    let (tally, messages) = all(conversations, paces, window).await?;
    Ok(Run {
        tally,
        messages,
        window: length,
        late: None,
    })
}

/// Messages at moments of their own, `rate` a second over all conversations, whether the ones
/// before are answered or not; times count from the intended moments.
///
/// # Errors
/// As [`closed`].
pub async fn open<L: Line>(
    conversations: &mut Vec<Conversation<L>>,
    rate: f64,
    warm: Duration,
    length: Duration,
) -> anyhow::Result<Run> {
    let start = Instant::now() + LEAD;
    let (from, to) = (start + warm, start + warm + length);
    let (paces, late) = poisson(conversations.len(), rate, start, to);
    let window = Window { from, to };
    let (tally, messages) = all(conversations, paces, window).await?;
    let late = late.join().ok().context("the pacing thread ended")?;
    Ok(Run {
        tally,
        messages,
        window: length,
        late: Some(late),
    })
}

async fn all<L: Line>(
    conversations: &mut Vec<Conversation<L>>,
    paces: Vec<Pace>,
    window: Window,
) -> anyhow::Result<(Tally, u64)> {
    let said = |all: &[Conversation<L>]| all.iter().map(|it| it.ledger.sent).sum::<u64>();
    let before = said(conversations);
    let mut running = JoinSet::new();
    for (place, (conversation, pace)) in conversations.drain(..).zip(paces).enumerate() {
        running.spawn(async move { (place, talk(conversation, pace, window).await) });
    }
    let mut whole = Tally::new();
    let mut back = Vec::with_capacity(running.len());
    while let Some(done) = running.join_next().await {
        let (place, talked) = done?;
        let (conversation, tally) = talked?;
        whole.add(&tally);
        back.push((place, conversation));
    }
    back.sort_unstable_by_key(|(place, _)| *place);
    conversations.extend(back.into_iter().map(|(_, conversation)| conversation));
    Ok((whole, said(conversations) - before))
}

async fn talk<L: Line>(
    mut it: Conversation<L>,
    mut pace: Pace,
    window: Window,
) -> anyhow::Result<(Conversation<L>, Tally)> {
    let mut tally = Tally::new();
    let before = it.ledger.sent;
    let mut intended: Vec<Instant> = Vec::new();
    let mut over = false;
    let patience = tokio::time::sleep_until((window.to + DRAIN).into());
    tokio::pin!(patience);
    while !(over && it.ledger.is_settled()) {
        let idle = it.ledger.acknowledged.len() as u64 == it.ledger.sent;
        let heard = tokio::select! {
            moment = pace.due(idle), if !over => {
                match moment {
                    Some(moment) => {
                        intended.push(moment);
                        it.ledger.sent += 1;
                        it.sender.say(it.ledger.sent).await?;
                    }
                    None => over = true,
                }
                continue;
            }
            heard = it.sender.hear() => heard?,
            heard = hear(it.reader.as_mut()) => heard?,
            () = &mut patience => bail!(
                "of {} messages {} were acknowledged and {} delivered, {DRAIN:?} after the last",
                it.ledger.sent, it.ledger.acknowledged.len(), it.ledger.delivered.len(),
            ),
        };
        let now = Instant::now();
        let moment = |n: u64| intended[usize::try_from(n - before - 1).unwrap_or(usize::MAX)];
        it.ledger.note(heard)?;
        match heard {
            Heard::Acknowledged(n, place) => {
                tally.note_acknowledged(&window, moment(n), now);
                if it.reader.is_none() {
                    it.ledger.note(Heard::Delivered(n, place))?;
                    tally.note_delivered(&window, moment(n), now);
                }
            }
            Heard::Delivered(n, _) => tally.note_delivered(&window, moment(n), now),
        }
    }
    Ok((it, tally))
}

async fn hear<L: Line>(reader: Option<&mut L>) -> anyhow::Result<Heard> {
    match reader {
        Some(reader) => reader.hear().await,
        None => std::future::pending().await,
    }
}
