//! What each operation costs as what is stored grows: one function per operation, each over the
//! store's port.
//!
//! Both stores are filled side by side, each by one writer; while the times of one are taken, the
//! other stands still.

mod fill;
mod operations;

use std::time::Instant;

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::{
    plan::Plan,
    rows::Rows,
    stores::{Kind, Place},
};
use operations::Operation;

/// Shared by those who fill, a transaction at a time; held alone by who takes times.
#[derive(Debug, Default)]
pub struct Quiet(RwLock<()>);

/// Times of every operation at every size, in one store that grows. A size that is not reached is
/// said so, and ends it: what was measured before counts.
///
/// # Errors
/// When there is no store.
pub async fn measure(plan: &Plan, kind: Kind, quiet: &Quiet) -> anyhow::Result<Value> {
    let place = Place::new(plan, kind).await?;
    let mut rows = Rows::new(place.open().await?).await?;
    let (mut stored, mut sizes) = (0, Vec::new());
    for size in &plan.sizes {
        match at(plan, &place, (&mut rows, &mut stored), *size, quiet).await {
            Ok(figures) => sizes.push(figures),
            Err(why) => {
                sizes.push(json!({ "messages": size, "failed": format!("{why:#}") }));
                break;
            }
        }
    }
    Ok(Value::Array(sizes))
}

async fn at(
    plan: &Plan,
    place: &Place,
    (rows, stored): (&mut Rows, &mut u64),
    size: u64,
    quiet: &Quiet,
) -> anyhow::Result<Value> {
    let begun = Instant::now();
    fill::up_to(rows, stored, size, quiet).await?;
    place.settle().await?;
    let alone = quiet.0.write().await;
    let filled = begun.elapsed().as_secs_f64();
    let mut figures = serde_json::Map::new();
    for operation in operations::ALL {
        let times = time(plan, rows, *operation, stored).await?;
        let us = |q: f64| times.value_at_quantile(q) as f64 / 1_000.0;
        let figure = json!({ "n": times.len(), "p50_us": us(0.5), "p99_us": us(0.99) });
        figures.insert(operation.name().to_owned(), figure);
    }
    drop(alone);
    eprintln!("{size} messages: {filled:.0} s to fill");
    Ok(
        json!({ "messages": size, "conversations": rows.heads.len(), "fill_seconds": filled, "operations": figures }),
    )
}

async fn time(
    plan: &Plan,
    rows: &mut Rows,
    operation: Operation,
    stored: &mut u64,
) -> anyhow::Result<Histogram<u64>> {
    let mut times = Histogram::new_with_bounds(1, 60_000_000_000, 3)?;
    let begun = Instant::now();
    for draw in 0..operation.times_max() {
        // The first tenth warms up what was just filled, the same at every size.
        let passed = begun.elapsed();
        if passed > plan.operation_length {
            break;
        }
        let (took, appended) = operation.run(rows, draw).await?;
        *stored += appended;
        if passed > plan.operation_length / 10 || draw >= operation.times_max() / 10 {
            times.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        }
    }
    Ok(times)
}
