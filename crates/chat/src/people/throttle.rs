//! Failed logins, counted per name.

use std::{sync::Arc, time::Duration};

use kefu_types::TenantId;
use moka::{policy::EvictionPolicy, sync::Cache};
use parking_lot::Mutex;

use crate::error::CoreError;

/// Start of the window (monotonic) and failures in it.
type Failures = Arc<Mutex<(Duration, u32)>>;

/// Remembers a bounded number of names; the least recently tried is forgotten first.
pub(crate) struct Throttle {
    names: Cache<(TenantId, String), Failures>,
    window: Duration,
    most: u32,
}

impl Throttle {
    pub(crate) fn new(names_max: u64, window: Duration, most: u32) -> Self {
        let names = Cache::builder()
            .max_capacity(names_max)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self {
            names,
            window,
            most,
        }
    }

    /// Counts an attempt before it is checked, so that many at once cannot slip through.
    pub(crate) fn attempt(
        &self,
        tenant: TenantId,
        login: &str,
        now: Duration,
    ) -> Result<(), CoreError> {
        let failures = self.names.get_with((tenant, login.to_owned()), || {
            Arc::new(Mutex::new((now, 0)))
        });
        let mut failures = failures.lock();
        let passed = now.saturating_sub(failures.0);
        if passed >= self.window {
            *failures = (now, 0);
        }
        if failures.1 >= self.most {
            metrics::counter!("kefu_chat_refused_total", "reason" => "login").increment(1);
            return Err(CoreError::RateLimited {
                message: "too many failed logins for this name",
                retry_after: self.window.saturating_sub(passed),
            });
        }
        failures.1 += 1;
        Ok(())
    }

    /// The right password clears the name.
    pub(crate) fn succeeded(&self, tenant: TenantId, login: &str) {
        self.names.invalidate(&(tenant, login.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kefu_types::TenantId;

    use super::Throttle;

    const TENANT: TenantId = TenantId(1);

    #[test]
    fn the_window_bounds_failures_of_one_name_and_of_no_other() {
        let throttle = Throttle::new(10, Duration::from_secs(60), 3);
        let at = Duration::from_secs;
        for _ in 0..3 {
            assert!(throttle.attempt(TENANT, "a", at(1)).is_ok());
        }
        let refused = throttle
            .attempt(TENANT, "a", at(11))
            .expect_err("the fourth is one too many");
        assert_eq!(refused.retry_after_ms(), 50_000);
        assert!(throttle.attempt(TENANT, "b", at(11)).is_ok());
        assert!(
            throttle.attempt(TENANT, "a", at(61)).is_ok(),
            "a new window has begun"
        );
    }
}
