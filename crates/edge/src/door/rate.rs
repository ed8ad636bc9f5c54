//! How often: a gate per address for what strangers may do, one per session for requests.

use std::{
    hash::{BuildHasher as _, Hash, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

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

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Monotonic, NoOpMiddleware<Duration>>;

/// So many a minute of one key; all of a minute's at once are let pass.
struct Minutes<K: Hash + Eq + Clone> {
    limiter: Limiter<K>,
    clock: Monotonic,
}

impl<K: Hash + Eq + Clone> Minutes<K> {
    fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        let clock = Monotonic(clock);
        Self {
            limiter: RateLimiter::dashmap_with_clock(quota, clock.clone()),
            clock,
        }
    }

    fn pass(&self, key: &K, why: &str) -> Result<(), Problem> {
        self.limiter.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(clock::Clock::now(&self.clock));
            let wait_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
            passing("rate_limited", why, wait_ms.max(1))
        })
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// Bounds what one address may do.
pub(crate) struct Gate(Minutes<IpAddr>);

impl Gate {
    /// A gate that lets `per_minute` pass; at least one.
    pub(crate) fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        Self(Minutes::new(per_minute, clock))
    }

    /// # Errors
    /// `rate_limited` with the wait until the next is let pass.
    pub(crate) fn pass(&self, peer: Peer) -> Result<(), Problem> {
        self.0.pass(&peer.key(), "too often from this address")
    }

    /// Forgets addresses that have been quiet; to be called now and then.
    pub(crate) fn sweep(&self) {
        self.0.sweep();
    }
}

/// Bounds how many requests one session makes. A token is remembered by a hash that nobody
/// outside can foresee, never by itself.
pub(crate) struct TokenGate {
    gate: Minutes<u64>,
    hashing: RandomState,
}

impl TokenGate {
    /// A gate that lets `per_minute` requests of one session pass; at least one.
    pub(crate) fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        Self {
            gate: Minutes::new(per_minute, clock),
            hashing: RandomState::new(),
        }
    }

    /// # Errors
    /// `rate_limited` with the wait until the next is let pass.
    pub(crate) fn pass(&self, token: &str) -> Result<(), Problem> {
        let key = self.hashing.hash_one(token);
        self.gate.pass(&key, "too many requests with this session")
    }

    /// Forgets sessions that have been quiet; to be called now and then.
    pub(crate) fn sweep(&self) {
        self.gate.sweep();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use kefu_types::ManualClock;

    use super::{Gate, Peer, TokenGate};

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
    fn a_session_waits_and_another_from_the_same_address_does_not() {
        let clock = Arc::new(ManualClock::new(0));
        let gate = TokenGate::new(2, clock.clone());
        assert!(gate.pass("one").is_ok() && gate.pass("one").is_ok());
        let refused = gate.pass("one").expect_err("the third is too many");
        assert_eq!(refused.code, "rate_limited");
        assert!(refused.retry_after_ms > 0);
        assert!(gate.pass("two").is_ok());
        clock.advance(Duration::from_secs(31));
        assert!(gate.pass("one").is_ok());
    }
}
