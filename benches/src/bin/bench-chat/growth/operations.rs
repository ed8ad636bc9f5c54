//! The operations that are timed.

use std::time::{Duration, Instant};

use anyhow::ensure;
use kefu_benches::mix;
use kefu_chat::store::Page;
use kefu_proto::v1;

use crate::rows::{BATCH, Rows, TENANT, apply};

/// Messages of a page.
const PAGE: u32 = 50;
/// How far back the reader of the far page turns.
const FAR: u64 = 10_000;
/// What somebody missed who comes back; every short conversation has as many at every size.
const MISSED: u64 = 9;

/// One operation.
#[derive(Debug, Clone, Copy)]
pub enum Operation {
    /// One message, durable when it returns.
    AppendOne,
    /// A full batch of one message each; the time is that of one message.
    AppendBatch,
    /// The newest page of the long conversation.
    PageFirst,
    /// The 10,000th page of it counted from the newest, or the oldest when there are fewer.
    PageFar,
    /// Everything after a sequence, of some conversation, near its end.
    Resume,
    /// The newest fifty conversations of a list.
    List,
}

/// All of them, in the order in which they run: what only reads first, at exactly the size.
pub const ALL: &[Operation] = &[
    Operation::PageFirst,
    Operation::PageFar,
    Operation::Resume,
    Operation::List,
    Operation::AppendOne,
    Operation::AppendBatch,
];

impl Operation {
    /// As figures name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppendOne => "append one",
            Self::AppendBatch => "append in batches of 512, per message",
            Self::PageFirst => "first page",
            Self::PageFar => "10,000th page",
            Self::Resume => "resume after a sequence",
            Self::List => "list of conversations",
        }
    }

    /// How often it may run at one size: appending must not make the smallest size another one.
    pub const fn times_max(self) -> u64 {
        match self {
            Self::AppendOne => 1_000,
            Self::AppendBatch => 20,
            _ => u64::MAX,
        }
    }

    /// Runs it once; how long it took, and how many messages it added.
    ///
    /// # Errors
    /// When the store refuses, or finds something else than is stored.
    pub async fn run(self, rows: &mut Rows, draw: u64) -> anyhow::Result<(Duration, u64)> {
        match self {
            Self::AppendOne => append(rows, draw, 1).await,
            Self::AppendBatch => append(rows, draw, BATCH).await,
            Self::PageFirst => page(rows, rows.heads[0].last_seq + 1).await,
            Self::PageFar => {
                let skipped = (FAR - 1) * u64::from(PAGE);
                let before = (rows.heads[0].last_seq + 1).saturating_sub(skipped);
                page(rows, before.max(u64::from(PAGE) + 1)).await
            }
            Self::Resume => resume(rows, draw).await,
            Self::List => list(rows).await,
        }
    }
}

/// The `at`-th short conversation from one drawn by chance.
fn some(rows: &Rows, draw: u64, at: u64) -> usize {
    let short = rows.heads.len() as u64 - 1;
    1 + usize::try_from((mix(draw, 3) % short + at) % short).unwrap_or(0)
}

async fn append(rows: &mut Rows, draw: u64, count: usize) -> anyhow::Result<(Duration, u64)> {
    let changes: Vec<_> = (0..count as u64)
        .map(|at| {
            let place = some(rows, draw, at);
            rows.append(place, 1)
        })
        .collect();
    let begun = Instant::now();
    apply(&rows.store, &changes).await?;
    let each = begun.elapsed() / u32::try_from(count)?;
    Ok((each, count as u64))
}

async fn page(rows: &Rows, before: u64) -> anyhow::Result<(Duration, u64)> {
    let id = rows.heads[0].id;
    let begun = Instant::now();
    let messages = rows
        .store
        .messages(TENANT, id, Page::Before(before), PAGE)
        .await?;
    let took = begun.elapsed();
    let (first, last) = (messages.first(), messages.last());
    let wanted = (Some(before - u64::from(PAGE)), Some(before - 1));
    ensure!(
        (first.map(|it| it.seq), last.map(|it| it.seq)) == wanted,
        "another page came"
    );
    Ok((took, 0))
}

async fn resume(rows: &Rows, draw: u64) -> anyhow::Result<(Duration, u64)> {
    let head = &rows.heads[some(rows, draw, 0)];
    let after = head.last_seq.saturating_sub(MISSED);
    let begun = Instant::now();
    let messages = rows
        .store
        .messages(TENANT, head.id, Page::After(after), PAGE)
        .await?;
    let took = begun.elapsed();
    ensure!(
        messages.len() as u64 == head.last_seq - after,
        "not everything came"
    );
    Ok((took, 0))
}

async fn list(rows: &Rows) -> anyhow::Result<(Duration, u64)> {
    let newest = kefu_types::ConversationId(i64::MAX.cast_unsigned());
    let begun = Instant::now();
    let heads = rows
        .store
        .heads(TENANT, &[v1::Phase::Bot], newest, PAGE)
        .await?;
    let took = begun.elapsed();
    let wanted = rows.heads.len().min(PAGE as usize);
    ensure!(heads.len() == wanted, "{} conversations came", heads.len());
    Ok((took, 0))
}
