//! How many, and how long it took.

use std::time::Instant;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// The time in which it counts: what is before is warming up, what is after is draining.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub from: Instant,
    pub to: Instant,
}

impl Window {
    fn has(&self, at: Instant) -> bool {
        self.from <= at && at < self.to
    }
}

/// Counts of what happened inside the window, times of what was meant to be sent inside it.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Acknowledgements inside the window.
    pub acknowledged: u64,
    /// Deliveries inside the window.
    pub delivered: u64,
    /// Microseconds from the intended moment to the acknowledgement.
    pub to_acknowledged: Histogram<u64>,
    /// The same to the delivery.
    pub to_delivered: Histogram<u64>,
}

impl Tally {
    pub fn new() -> Self {
        let empty = times;
        Self {
            acknowledged: 0,
            delivered: 0,
            to_acknowledged: empty(),
            to_delivered: empty(),
        }
    }

    pub fn note_acknowledged(&mut self, window: &Window, intended: Instant, now: Instant) {
        self.acknowledged += u64::from(window.has(now));
        record(&mut self.to_acknowledged, window, intended, now);
    }

    pub fn note_delivered(&mut self, window: &Window, intended: Instant, now: Instant) {
        self.delivered += u64::from(window.has(now));
        record(&mut self.to_delivered, window, intended, now);
    }

    pub fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.delivered += other.delivered;
        self.to_acknowledged += &other.to_acknowledged;
        self.to_delivered += &other.to_delivered;
    }
}

fn record(into: &mut Histogram<u64>, window: &Window, intended: Instant, now: Instant) {
    if window.has(intended) {
        let took = now.saturating_duration_since(intended);
        into.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }
}

/// For times in microseconds up to two minutes, longer than anything is waited for.
pub fn times() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 120_000_000, 3).expect("good bounds")
}

/// The usual quantiles of microseconds, in milliseconds.
#[must_use]
pub fn quantiles(times: &Histogram<u64>) -> Value {
    let ms = |q: f64| times.value_at_quantile(q) as f64 / 1_000.0;
    json!({ "n": times.len(), "p50": ms(0.5), "p99": ms(0.99), "p999": ms(0.999), "max": times.max() as f64 / 1_000.0 })
}
