//! The operations that are timed.

use std::time::{Duration, Instant};

use anyhow::ensure;
use kefu_benches::mix;
use kefu_chat::{
    Person,
    store::{Change, Mark, MissedAsk, Outcome, Page},
};
use kefu_proto::v1;
use kefu_text::search::Query;
use kefu_types::ConversationId;

use crate::rows::{BATCH, Rows, TENANT, apply, number_of};

/// Messages of a page.
const PAGE: u32 = 50;
/// How far back the reader of the far page turns.
const FAR: u64 = 10_000;
/// What somebody missed who comes back; every short conversation has as many at every size.
pub const MISSED: u64 = 9;
/// In how many conversations.
const CONVERSATIONS: usize = 20;
/// In every message.
const COMMON: &str = "包裹";

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
    /// What an agent missed in all of their conversations.
    Missed,
    /// The one message that has a word.
    SearchRare,
    /// The newest fifty of the messages that have a word which all have.
    SearchCommon,
}

/// All of them, in the order in which they run: what only reads first, at exactly the size.
pub const ALL: &[Operation] = &[
    Operation::PageFirst,
    Operation::PageFar,
    Operation::Resume,
    Operation::List,
    Operation::Missed,
    Operation::SearchRare,
    Operation::SearchCommon,
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
            Self::Missed => "what an agent missed, in 20 conversations",
            Self::SearchRare => "search for a word of one message",
            Self::SearchCommon => "search for a word of every message",
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
            Self::Missed => missed(rows, draw).await,
            Self::SearchRare => {
                let head = &rows.heads[some(rows, draw, 0)];
                let seq = 1 + mix(draw, 4) % head.last_seq;
                search(rows, &number_of(head.id, seq), 1).await
            }
            Self::SearchCommon => search(rows, COMMON, PAGE as usize).await,
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

/// Who asks what they missed: somebody who has read in the first short conversations.
const AGENT: Person = Person {
    sender: v1::Sender::Agent as i32,
    id: 1,
};

/// As far as [`MISSED`] before the end, in so many conversations.
async fn mark(rows: &Rows) -> anyhow::Result<()> {
    let marks = rows.heads.iter().skip(1).take(CONVERSATIONS).map(|head| {
        let seq = head.last_seq.saturating_sub(MISSED).max(1);
        Change::Mark(Mark {
            tenant: TENANT,
            conversation: head.id,
            person: AGENT,
            device: "page".to_owned(),
            delivered_seq: seq,
            read_seq: seq,
            at_ms: 1,
            devices_max: 8,
        })
    });
    let marks: Vec<Change> = marks.collect();
    let outcomes = rows.store.apply(&marks).await?;
    let refused = outcomes
        .iter()
        .find(|outcome| !matches!(outcome, Outcome::Marked { .. }));
    ensure!(refused.is_none(), "the store answers {refused:?}");
    Ok(())
}

async fn missed(rows: &Rows, draw: u64) -> anyhow::Result<(Duration, u64)> {
    if draw == 0 {
        mark(rows).await?;
    }
    let ask = MissedAsk {
        tenant: TENANT,
        person: AGENT,
        device: "page".to_owned(),
        only: None,
        after: ConversationId(0),
        limit: u32::try_from(CONVERSATIONS)?,
        messages_max: PAGE,
        unread_max: 99,
        unread_scan_max: 200,
    };
    let begun = Instant::now();
    let found = rows.store.missed(&ask).await?;
    let took = begun.elapsed();
    ensure!(
        found.len() == CONVERSATIONS && found.iter().all(|one| one.messages.len() as u64 >= MISSED),
        "not everything that was missed came"
    );
    Ok((took, 0))
}

async fn search(rows: &Rows, words: &str, hits: usize) -> anyhow::Result<(Duration, u64)> {
    let query = Query::of(words);
    let begun = Instant::now();
    let found = rows.store.search(TENANT, &query, None, u64::MAX, PAGE);
    let found = found.await?;
    let took = begun.elapsed();
    ensure!(
        found.len() == hits,
        "{} messages have {words}, {hits} were due",
        found.len()
    );
    Ok((took, 0))
}
