//! When the next message is due.

use std::{
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::tally::times;
use hdrhistogram::Histogram;
use kefu_benches::mix;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Sleeping is no more exact than this, so nearer moments are met at once.
const GRAIN: Duration = Duration::from_micros(20);

/// What decides when a sender writes.
#[derive(Debug)]
pub enum Pace {
    /// As soon as the last message is acknowledged, until then.
    Closed(Instant),
    /// At moments that nothing can put off.
    Open(UnboundedReceiver<Instant>),
}

impl Pace {
    /// The intended moment of the next message once it has come; `None` when there is none left.
    pub async fn due(&mut self, idle: bool) -> Option<Instant> {
        match self {
            Self::Closed(until) if idle => {
                let now = Instant::now();
                (now < *until).then_some(now)
            }
            Self::Closed(_) => std::future::pending().await,
            Self::Open(moments) => moments.recv().await,
        }
    }
}

/// How late the clock itself was, in microseconds: part of every time that is measured.
pub type Lateness = JoinHandle<Histogram<u64>>;

/// A Poisson process of `rate` messages per second from `from` to `to`, each for a conversation
/// drawn by chance, told apart from run to run only by the machine: the draws are seeded.
///
/// A thread of its own keeps the time, because the runtime's timers tick in milliseconds.
pub fn poisson(
    conversations: usize,
    rate: f64,
    from: Instant,
    to: Instant,
) -> (Vec<Pace>, Lateness) {
    let (told, paces): (Vec<UnboundedSender<Instant>>, Vec<Pace>) = (0..conversations)
        .map(|_| unbounded_channel())
        .map(|(told, moments)| (told, Pace::Open(moments)))
        .unzip();
    let thread = std::thread::spawn(move || {
        let mut late = times();
        let mut next = from;
        for draw in 0.. {
            next += gap(draw, rate);
            if next >= to {
                break;
            }
            let wait = next.saturating_duration_since(Instant::now());
            if wait > GRAIN {
                std::thread::sleep(wait);
            }
            let behind = Instant::now().saturating_duration_since(next);
            late.saturating_record(u64::try_from(behind.as_micros()).unwrap_or(u64::MAX));
            let whom = mix(draw, 2) % told.len() as u64;
            // A conversation that failed has gone; the run tells why.
            let _ = told[usize::try_from(whom).unwrap_or(0)].send(next);
        }
        late
    });
    (paces, thread)
}

/// An exponentially distributed pause.
fn gap(draw: u64, rate: f64) -> Duration {
    // 53 random bits make a number above 0 and up to 1.
    let uniform = ((mix(draw, 1) >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    Duration::from_secs_f64(-uniform.ln() / rate)
}
