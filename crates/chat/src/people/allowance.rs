//! What all people of one tenant may do together, so that no tenant takes the machine from the others.

use std::{collections::HashMap, time::Duration};

use kefu_types::{Bucket, TenantId};
use parking_lot::Mutex;

use crate::error::CoreError;

/// So many a second for each tenant; twice as many at once.
pub(crate) struct Allowance {
    tenants: Mutex<HashMap<TenantId, Bucket>>,
    per_second: u32,
    refusal: &'static str,
}

impl Allowance {
    /// `refusal` says for people what came too often.
    pub(crate) fn new(per_second: u32, refusal: &'static str) -> Self {
        Self {
            tenants: Mutex::default(),
            per_second,
            refusal,
        }
    }

    /// # Errors
    /// `rate_limited` with the wait until there is one more.
    pub(crate) fn take(&self, tenant: TenantId, now: Duration) -> Result<(), CoreError> {
        let mut tenants = self.tenants.lock();
        let bucket = tenants.entry(tenant);
        let taken = bucket
            .or_insert_with(|| Bucket::new(self.per_second, now))
            .take(now);
        taken.map_err(|wait_ms| {
            metrics::counter!("kefu_chat_refused_total", "reason" => "tenant").increment(1);
            CoreError::RateLimited {
                message: self.refusal,
                retry_after: Duration::from_millis(wait_ms.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kefu_types::TenantId;

    use super::Allowance;

    #[test]
    fn a_tenant_waits_and_its_neighbour_does_not() {
        let allowance = Allowance::new(2, "too many");
        let at = Duration::from_millis;
        for _ in 0..4 {
            assert!(allowance.take(TenantId(1), at(0)).is_ok());
        }
        let refused = allowance.take(TenantId(1), at(0)).expect_err("a fifth");
        assert_eq!(
            (refused.code(), refused.retry_after_ms()),
            ("rate_limited", 500)
        );
        assert!(allowance.take(TenantId(2), at(0)).is_ok());
        assert!(allowance.take(TenantId(1), at(500)).is_ok());
    }
}
