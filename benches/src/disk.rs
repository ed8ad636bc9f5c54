//! What the disk itself can do: the floor under everything durable.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures")]

use std::{os::unix::fs::FileExt as _, path::Path, time::Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

/// The disk's own answer: single 4 KiB writes, each with its fdatasync, for `seconds`.
///
/// # Errors
/// When the directory cannot be written to.
pub fn fdatasync(dir: &Path, seconds: f64) -> anyhow::Result<Value> {
    let path = dir.join("fdatasync.bin");
    let file = std::fs::File::create(&path).context("a file for fdatasync")?;
    let mut times = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3)?;
    let begun = Instant::now();
    while begun.elapsed().as_secs_f64() < seconds {
        let write = Instant::now();
        file.write_all_at(&[7; 4096], (times.len() % 256) * 4096)?;
        file.sync_data()?;
        times.saturating_record(u64::try_from(write.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    let passed = begun.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    let ms = |q: f64| times.value_at_quantile(q) as f64 / 1e6;
    Ok(
        json!({ "per_second": (times.len() as f64 / passed).round(), "p50": ms(0.5), "p99": ms(0.99), "p999": ms(0.999) }),
    )
}
