//! How often: a gate per address for what strangers may do, a bucket per socket for what it sends.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter, clock, middleware::NoOpMiddleware, state::keyed::DashMapStateStore,
};
use kefu_proto::v1::Problem;
use kefu_types::Clock;

use super::Peer;
use crate::problem::passing;

/// The injected clock, as governor wants it.
#[derive(Clone)]
struct Monotonic(Arc<dyn Clock>);

impl clock::Clock for Monotonic {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

type Limiter = RateLimiter<IpAddr, DashMapStateStore<IpAddr>, Monotonic, NoOpMiddleware<Duration>>;

/// So many a minute from one address; all of a minute's at once are let pass.
pub(crate) struct Gate {
    limiter: Limiter,
    clock: Monotonic,
}

impl Gate {
    /// A gate that lets `per_minute` pass; at least one.
    pub(crate) fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        let clock = Monotonic(clock);
        Self {
            limiter: RateLimiter::dashmap_with_clock(quota, clock.clone()),
            clock,
        }
    }

    /// # Errors
    /// `rate_limited` with the wait until the next is let pass.
    pub(crate) fn pass(&self, peer: Peer) -> Result<(), Problem> {
        self.limiter.check_key(&peer.key()).map_err(|refused| {
            let wait = refused.wait_time_from(clock::Clock::now(&self.clock));
            let wait_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
            passing(
                "rate_limited",
                "too often from this address",
                wait_ms.max(1),
            )
        })
    }

    /// Forgets addresses that have been quiet; to be called now and then.
    pub(crate) fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// So many a second, twice as many at once: for one socket, so without a map and a lock.
pub(crate) struct Bucket {
    per_second: f64,
    left: f64,
    filled_at: Duration,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(per_second: u32, now: Duration) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self {
            per_second,
            left: per_second * 2.0,
            filled_at: now,
        }
    }

    /// Takes one; when there is none, the milliseconds until there is.
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), u32> {
        let passed = now.saturating_sub(self.filled_at).as_secs_f64();
        self.filled_at = now;
        self.left = (self.left + passed * self.per_second).min(self.per_second * 2.0);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 1000"
        )]
        let wait_ms = ((1.0 - self.left) / self.per_second * 1_000.0).ceil() as u32;
        Err(wait_ms.max(1))
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use kefu_types::ManualClock;

    use super::{Bucket, Gate, Peer};

    #[test]
    fn an_address_waits_and_its_neighbour_does_not() {
        let clock = Arc::new(ManualClock::new(0));
        let gate = Gate::new(2, clock.clone());
        let peer = |text: &str| Peer(text.parse().expect("an address"));
        let one = peer("192.0.2.1");
        assert!(gate.pass(one).is_ok() && gate.pass(one).is_ok());
        let refused = gate.pass(one).expect_err("the third is too many");
        assert_eq!(refused.code, "rate_limited");
        assert!(
            (29_000..=30_000).contains(&refused.retry_after_ms),
            "{}",
            refused.retry_after_ms
        );
        assert!(gate.pass(peer("192.0.2.2")).is_ok());
        clock.advance(Duration::from_secs(31));
        assert!(gate.pass(one).is_ok());
    }

    #[test]
    fn one_subscriber_of_ipv6_is_one_address() {
        let gate = Gate::new(1, Arc::new(ManualClock::new(0)));
        assert!(
            gate.pass(Peer("2001:db8::1".parse().expect("an address")))
                .is_ok()
        );
        assert!(
            gate.pass(Peer("2001:db8::2".parse().expect("an address")))
                .is_err()
        );
    }

    #[test]
    fn a_bucket_refills_with_time() {
        let mut bucket = Bucket::new(2, Duration::ZERO);
        for _ in 0..4 {
            assert_eq!(bucket.take(Duration::ZERO), Ok(()));
        }
        assert_eq!(bucket.take(Duration::ZERO), Err(500));
        assert_eq!(bucket.take(Duration::from_millis(500)), Ok(()));
    }
}
