//! When a dead role is started again. Pure: lifetimes come in, waits go out.

use std::time::Duration;

use kefu_config::SupervisorConfig;

/// What to do about a death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Start it again after this.
    Restart(Duration),
    /// It died too often without a healthy life in between.
    Exhausted,
}

/// One role's deaths.
#[derive(Debug)]
pub struct Restarts {
    config: SupervisorConfig,
    deaths: u32,
}

impl Restarts {
    /// No deaths yet.
    pub const fn new(config: SupervisorConfig) -> Self {
        Self { config, deaths: 0 }
    }

    /// The role died after having lived for `lived`.
    pub fn died(&mut self, lived: Duration) -> Decision {
        if lived >= Duration::from_secs(self.config.healthy_after_s) {
            self.deaths = 0;
        }
        self.deaths += 1;
        if self.deaths > self.config.deaths_max {
            return Decision::Exhausted;
        }
        let doubled = self
            .config
            .backoff_min_ms
            .saturating_mul(1 << (self.deaths - 1).min(30));
        Decision::Restart(Duration::from_millis(
            doubled.min(self.config.backoff_max_ms),
        ))
    }

    /// Rested; counts from the beginning.
    pub const fn forgive(&mut self) {
        self.deaths = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(10);

    fn restarts() -> Restarts {
        let config = SupervisorConfig {
            deaths_max: 9,
            ..SupervisorConfig::default()
        };
        Restarts::new(config)
    }

    #[test]
    fn waits_double_up_to_the_limit_and_then_end() {
        let mut restarts = restarts();
        let waits: Vec<Decision> = (0..10).map(|_| restarts.died(SHORT)).collect();
        let ms = |ms| Decision::Restart(Duration::from_millis(ms));
        assert_eq!(waits[..4], [ms(100), ms(200), ms(400), ms(800)]);
        assert_eq!(waits[8], ms(10_000));
        assert_eq!(waits[9], Decision::Exhausted);
    }

    #[test]
    fn a_healthy_life_is_forgiven() {
        let mut restarts = restarts();
        for _ in 0..5 {
            restarts.died(SHORT);
        }
        let first = Decision::Restart(Duration::from_millis(100));
        assert_eq!(restarts.died(Duration::from_secs(31)), first);
    }
}
