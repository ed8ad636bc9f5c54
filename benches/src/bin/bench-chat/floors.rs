//! The floor of the store: the same rows in full batches, one transaction after the other, with
//! no server around it.

use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    plan::Plan,
    rows::{BATCH, Rows, apply},
    stores::{Kind, Place},
};

/// Conversations that the batches go round in, as many as the highest level has.
const CONVERSATIONS: usize = 1_000;

/// Rows per second.
///
/// # Errors
/// When the store refuses anything.
pub async fn batches(plan: &Plan, kind: Kind) -> anyhow::Result<Value> {
    let place = Place::new(plan, kind).await?;
    let mut rows = Rows::new(place.open().await?).await?;
    rows.begin_up_to(CONVERSATIONS).await?;
    let (mut written, mut turn, mut applying) = (0_usize, 0_usize, 0.0);
    let begun = Instant::now();
    while begun.elapsed() < plan.floor_length {
        let changes: Vec<_> = (0..BATCH)
            .map(|_| {
                turn += 1;
                rows.append(turn % CONVERSATIONS, 1)
            })
            .collect();
        let writing = Instant::now();
        apply(&rows.store, &changes).await?;
        applying += writing.elapsed().as_secs_f64();
        written += BATCH;
    }
    // Making the changes up is no part of it.
    Ok(json!({ "batch": BATCH, "per_second": (written as f64 / applying).round() }))
}
