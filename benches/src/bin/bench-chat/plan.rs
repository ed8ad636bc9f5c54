//! How much of everything: a full run, or a quick one that shows that all parts work.

use std::{path::PathBuf, time::Duration};

/// All the numbers of a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Concurrent conversations of each throughput figure, ascending.
    pub levels: Vec<usize>,
    /// Before each measurement.
    pub warm: Duration,
    /// Of each throughput figure.
    pub length: Duration,
    /// Of each latency figure.
    pub latency_length: Duration,
    /// Shares of the highest rate at which latency is measured.
    pub shares: Vec<f64>,
    /// Of each measurement of the disk and of the store without a server.
    pub floor_length: Duration,
    /// Stored messages at which the cost of each operation is measured, ascending.
    pub sizes: Vec<u64>,
    /// Of each operation at each size.
    pub operation_length: Duration,
    /// Where everything is kept, on the disk that is measured.
    pub dir: PathBuf,
}

impl Plan {
    /// The figures that are recorded.
    #[must_use]
    pub fn full(dir: PathBuf, large: bool) -> Self {
        let mut sizes = vec![10_000, 1_000_000];
        if large {
            sizes.push(10_000_000);
        }
        Self {
            levels: vec![1, 64, 1_000],
            warm: Duration::from_secs(2),
            length: Duration::from_secs(10),
            latency_length: Duration::from_secs(15),
            shares: vec![0.2, 0.5, 0.8],
            floor_length: Duration::from_secs(8),
            sizes,
            operation_length: Duration::from_secs(5),
            dir,
        }
    }

    /// Every part for a moment, with the same code.
    #[must_use]
    pub fn quick(dir: PathBuf) -> Self {
        let short = Duration::from_secs(2);
        Self {
            levels: vec![1, 8, 100],
            warm: Duration::from_millis(500),
            length: short,
            latency_length: short,
            shares: vec![0.2, 0.5, 0.8],
            floor_length: short,
            sizes: vec![10_000, 20_000],
            operation_length: Duration::from_secs(1),
            dir,
        }
    }

    /// The same levels for less time: for a server that slows down with what it has stored.
    #[must_use]
    pub fn brief(&self) -> Self {
        let second = Duration::from_secs(1);
        Self {
            warm: self.warm.min(second),
            length: self.length.min(2 * second),
            ..self.clone()
        }
    }

    /// The most conversations of any figure.
    #[must_use]
    pub fn most(&self) -> usize {
        self.levels.iter().copied().max().unwrap_or(1)
    }
}
