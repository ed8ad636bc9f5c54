//! How often something may happen.

use std::time::Duration;

/// So many a second, twice as many at once. A plain value: whoever owns it brings the time.
#[derive(Debug, Clone)]
pub struct Bucket {
    per_second: f64,
    left: f64,
    filled_at: Duration,
}

impl Bucket {
    /// A full bucket of `per_second`, at least one, at the monotonic time `now`.
    #[must_use]
    pub fn new(per_second: u32, now: Duration) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self {
            per_second,
            left: per_second * 2.0,
            filled_at: now,
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// When there is none: the milliseconds until there is.
    pub fn take(&mut self, now: Duration) -> Result<(), u32> {
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
    use std::time::Duration;

    use super::Bucket;

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
