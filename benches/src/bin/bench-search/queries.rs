//! Queries over many messages: rare and common, one character and several, of one conversation.

use std::time::Instant;

use kefu_chat::{Head, store::SharedStore};
use kefu_text::search::Query;
use kefu_types::ConversationId;
use serde_json::{Value, json};

use crate::{
    Place,
    texts::{TENANT, has_unique, head, says, tenant, unique, visitor},
};

const CONVERSATIONS: u64 = 20_000;
const BATCH: u64 = 512;
const ROUNDS: usize = 21;
/// Hits of a page.
const LIMIT: u32 = 20;

pub async fn measure(kind: &str, sizes: &[u64]) -> anyhow::Result<Value> {
    let place = Place::new(kind).await?;
    let store = place.open(true).await?;
    let mut heads: Vec<Head> = (1..=CONVERSATIONS).map(head).collect();
    store.apply(&[tenant()]).await?;
    for some in heads.chunks(2_000) {
        let made: Vec<_> = some.iter().map(visitor).collect();
        store.apply(&made).await?;
    }
    let (mut said, mut found) = (0, Vec::new());
    for size in sizes {
        let begun = Instant::now();
        while said < *size {
            let mut changes = Vec::new();
            while said < *size && changes.len() < BATCH as usize {
                let at = (said % CONVERSATIONS) as usize;
                changes.push(says(&mut heads[at], said));
                said += 1;
            }
            store.apply(&changes).await?;
        }
        let filled_s = begun.elapsed().as_secs_f64();
        found.push(
            json!({ "messages": said, "filled_s": filled_s, "ms": ask(&store, said).await? }),
        );
    }
    Ok(json!(found))
}

async fn ask(store: &SharedStore, said: u64) -> anyhow::Result<Value> {
    let rare = (said / 3..said)
        .find(|number| has_unique(*number))
        .unwrap_or(0);
    let number = unique(rare);
    let kinds: [(&str, &str, Option<u64>, u64); 9] = [
        ("a number that stands once", &number, None, u64::MAX),
        ("no hit", "火星文呀", None, u64::MAX),
        ("a common pair", "退款", None, u64::MAX),
        ("a common phrase", "什么时候发货", None, u64::MAX),
        ("two common words", "退款 发票", None, u64::MAX),
        ("one common character", "我", None, u64::MAX),
        ("one rare character", "丞", None, u64::MAX),
        (
            "a common pair, the oldest page",
            "退款",
            None,
            (1 << 40) + said / 100,
        ),
        (
            "a common pair in one conversation",
            "退款",
            Some(77),
            u64::MAX,
        ),
    ];
    let mut rows = serde_json::Map::new();
    for (name, query, place, before) in kinds {
        let (query, place) = (Query::of(query), place.map(ConversationId));
        let (mut took, mut hits) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let found = store.search(TENANT, &query, place, before, LIMIT).await?;
            took.push(1e3 * begun.elapsed().as_secs_f64());
            hits = found.len();
        }
        took.sort_by(f64::total_cmp);
        let figures =
            json!({ "hits": hits, "median": took[ROUNDS / 2], "worst": took[ROUNDS - 1] });
        rows.insert(name.to_owned(), figures);
    }
    Ok(Value::Object(rows))
}
