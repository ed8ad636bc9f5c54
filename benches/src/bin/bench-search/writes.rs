//! The write path with the index and without it, in turns, so that both meet the same machine.

use std::time::{Duration, Instant};

use kefu_chat::{Head, store::SharedStore};
use serde_json::{Value, json};

use crate::{
    Place,
    texts::{head, says, tenant, visitor},
};

/// Messages in a batch, and batches of each size in one turn.
const SIZES: [(usize, usize); 3] = [(1, 100), (100, 20), (512, 8)];
const TURNS: usize = 3;

struct Side {
    _place: Place,
    store: SharedStore,
    heads: Vec<Head>,
    said: u64,
}

impl Side {
    async fn new(kind: &str, search: bool) -> anyhow::Result<Self> {
        let place = Place::new(kind).await?;
        let store = place.open(search).await?;
        let heads: Vec<Head> = (1..=512).map(head).collect();
        let mut changes = vec![tenant()];
        changes.extend(heads.iter().map(visitor));
        store.apply(&changes).await?;
        Ok(Self {
            _place: place,
            store,
            heads,
            said: 0,
        })
    }

    async fn write(&mut self, size: usize, batches: usize) -> anyhow::Result<Duration> {
        let mut took = Duration::ZERO;
        for _ in 0..batches {
            let mut changes = Vec::with_capacity(size);
            for at in 0..size {
                self.said += 1;
                changes.push(says(&mut self.heads[at], self.said));
            }
            let begun = Instant::now();
            self.store.apply(&changes).await?;
            took += begun.elapsed();
        }
        Ok(took)
    }
}

pub async fn measure(kind: &str) -> anyhow::Result<Value> {
    let (mut on, mut off) = (Side::new(kind, true).await?, Side::new(kind, false).await?);
    let mut rows = Vec::new();
    for (size, batches) in SIZES {
        let (mut with, mut without) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..TURNS {
            without += off.write(size, batches).await?;
            with += on.write(size, batches).await?;
        }
        let messages = (size * batches * TURNS) as f64;
        let (with, without) = (with.as_secs_f64(), without.as_secs_f64());
        rows.push(json!({
            "batch": size,
            "rows_per_second_on": (messages / with).round(),
            "rows_per_second_off": (messages / without).round(),
            "batch_ms_on": 1e3 * with / (batches * TURNS) as f64,
            "batch_ms_off": 1e3 * without / (batches * TURNS) as f64,
            "times": with / without,
        }));
    }
    Ok(json!(rows))
}
