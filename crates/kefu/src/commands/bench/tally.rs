//! How many, and how long it took, from the moments at which things were meant to be said.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Longer than anything is waited for, microseconds.
const LONGEST_US: u64 = 600_000_000;

/// Quantiles in milliseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Times {
    pub count: u64,
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
    /// Points of the whole distribution: share of messages, and what it took at most.
    pub curve: Vec<(f64, f64)>,
}

/// One second of a step.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Second {
    /// Messages meant to be said in it.
    pub intended: u64,
    /// Acknowledgements that came in it.
    pub acknowledged: u64,
    /// Of what was meant to be said in it, the longest time to an acknowledgement, milliseconds.
    pub worst_ms: f64,
}

/// What a step measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Acknowledged,
    Delivered,
    Echoed,
    Answered,
}

/// All of one step. Microseconds since the beginning of the run.
#[derive(Debug)]
pub struct Tally {
    from_us: u64,
    to_us: u64,
    acknowledged: Histogram<u64>,
    delivered: Histogram<u64>,
    echoed: Histogram<u64>,
    answered: Histogram<u64>,
    late: Histogram<u64>,
    seconds: Vec<Second>,
    pub intended: u64,
    pub acknowledged_in_time: u64,
    pub refused: u64,
}

impl Tally {
    /// What counts is what is meant to be said from `from` to `to`.
    pub fn new(from: Duration, to: Duration) -> Self {
        let seconds = (to.saturating_sub(from)).as_secs_f64().ceil() as usize;
        Self {
            from_us: micros(from),
            to_us: micros(to),
            acknowledged: times(),
            delivered: times(),
            echoed: times(),
            answered: times(),
            late: times(),
            seconds: vec![Second::default(); seconds.max(1)],
            intended: 0,
            acknowledged_in_time: 0,
            refused: 0,
        }
    }

    pub fn counts(&self, intended_us: u64) -> bool {
        (self.from_us..self.to_us).contains(&intended_us)
    }

    /// Something was said, so late.
    pub fn said(&mut self, intended_us: u64, now_us: u64) {
        if self.counts(intended_us) {
            self.intended += 1;
            self.late
                .saturating_record(now_us.saturating_sub(intended_us));
            if let Some(second) = self.second(intended_us) {
                second.intended += 1;
            }
        }
    }

    pub fn note(&mut self, what: What, intended_us: u64, now_us: u64) {
        if what == What::Acknowledged && self.counts(now_us) {
            self.acknowledged_in_time += 1;
            if let Some(second) = self.second(now_us) {
                second.acknowledged += 1;
            }
        }
        if !self.counts(intended_us) {
            return;
        }
        let took_us = now_us.saturating_sub(intended_us);
        let times = match what {
            What::Acknowledged => &mut self.acknowledged,
            What::Delivered => &mut self.delivered,
            What::Echoed => &mut self.echoed,
            What::Answered => &mut self.answered,
        };
        times.saturating_record(took_us);
        if what == What::Acknowledged
            && let Some(second) = self.second(intended_us)
        {
            second.worst_ms = second.worst_ms.max(took_us as f64 / 1_000.0);
        }
    }

    fn second(&mut self, at_us: u64) -> Option<&mut Second> {
        let second = at_us.checked_sub(self.from_us)? / 1_000_000;
        self.seconds.get_mut(usize::try_from(second).ok()?)
    }

    pub fn seconds(&self) -> &[Second] {
        &self.seconds
    }

    pub fn length_s(&self) -> f64 {
        (self.to_us - self.from_us) as f64 / 1e6
    }

    pub fn times(&self, what: What) -> Times {
        quantiles(match what {
            What::Acknowledged => &self.acknowledged,
            What::Delivered => &self.delivered,
            What::Echoed => &self.echoed,
            What::Answered => &self.answered,
        })
    }

    /// How late the generator itself was: part of every time.
    pub fn late(&self) -> Times {
        quantiles(&self.late)
    }
}

pub fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[allow(clippy::expect_used, reason = "the bounds are constants, and good")]
fn times() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_US, 3).expect("good bounds")
}

fn quantiles(times: &Histogram<u64>) -> Times {
    let ms = |us: u64| us as f64 / 1_000.0;
    let at = |share: f64| ms(times.value_at_quantile(share));
    if times.is_empty() {
        return Times::default();
    }
    // Ever nearer to all of them: 0, 1/2, 3/4, 7/8 …, each in four steps.
    let shares = (0..72).map(|step| 1.0 - 0.5_f64.powf(f64::from(step) / 4.0));
    let known = 1.0 - 1.0 / times.len() as f64;
    let shares = shares.take_while(|share| *share <= known);
    Times {
        count: times.len(),
        mean: times.mean() / 1_000.0,
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        p999: at(0.999),
        max: ms(times.max()),
        curve: shares
            .chain([1.0])
            .map(|share| (share, at(share)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Tally, What};

    #[test]
    fn only_what_was_meant_for_the_window_counts_and_its_time_is_from_the_intention() {
        let mut tally = Tally::new(Duration::from_secs(1), Duration::from_secs(3));
        for intended_us in [999_999, 1_000_000, 2_999_999, 3_000_000] {
            tally.said(intended_us, intended_us + 10);
            tally.note(What::Acknowledged, intended_us, intended_us + 5_000);
        }
        assert_eq!((tally.intended, tally.acknowledged_in_time), (2, 2));
        let times = tally.times(What::Acknowledged);
        assert_eq!(times.count, 2);
        assert!((times.p50 - 5.0).abs() < 0.01 && (times.max - 5.0).abs() < 0.01);
        assert_eq!(tally.seconds()[0].intended, 1);
        assert_eq!(tally.seconds()[1].acknowledged, 0);
    }
}
