//! Who says what when, decided before the first word: an open loop does not wait for answers.

use std::time::Duration;

use kefu_sdk::pure::chance::Chance;

/// One message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Planned {
    /// Since the beginning of the step.
    pub at: Duration,
    /// Which conversation, of all.
    pub conversation: u32,
    /// Its agent says it, not its visitor.
    pub by_agent: bool,
    /// Which text, of all.
    pub text: u32,
}

/// A Poisson process of `rate` messages per second for `length`, each in a conversation drawn
/// evenly; `agent_share` of those in `served` conversations are the agent's.
pub struct Schedule<'a> {
    chance: Chance,
    rate: f64,
    length: Duration,
    at: Duration,
    served: &'a [bool],
    agent_share: f64,
    texts: u32,
}

impl<'a> Schedule<'a> {
    pub fn new(
        seed: u64,
        rate: f64,
        length: Duration,
        served: &'a [bool],
        agent_share: f64,
        texts: usize,
    ) -> Self {
        // Agents speak in their conversations only: there more often, so that the share holds.
        let all = served.len().max(1) as f64;
        let share = served.iter().filter(|it| **it).count() as f64 / all;
        Self {
            chance: Chance::new(seed),
            rate,
            length,
            at: Duration::ZERO,
            served,
            agent_share: if share > 0.0 {
                (agent_share / share).min(1.0)
            } else {
                0.0
            },
            texts: u32::try_from(texts).unwrap_or(u32::MAX),
        }
    }
}

impl Iterator for Schedule<'_> {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        // An exponentially distributed pause: of a number above 0 and up to 1.
        let pause = -(1.0 - self.chance.share()).ln() / self.rate;
        self.at += Duration::from_secs_f64(pause);
        if self.at >= self.length {
            return None;
        }
        let count = self.served.len() as f64;
        let conversation = (self.chance.share() * count) as usize;
        let draw = self.chance.share();
        let text = (self.chance.share() * f64::from(self.texts)) as u32;
        Some(Planned {
            at: self.at,
            conversation: u32::try_from(conversation).unwrap_or_default(),
            by_agent: self.served.get(conversation) == Some(&true) && draw < self.agent_share,
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Schedule;

    #[test]
    fn a_schedule_repeats_and_has_the_rate_and_the_shares_that_were_asked_for() {
        let served: Vec<bool> = (0..40).map(|number| number < 20).collect();
        let length = Duration::from_secs(1_000);
        let of = |seed| Schedule::new(seed, 50.0, length, &served, 0.25, 7).collect::<Vec<_>>();
        let all = of(3);
        assert_eq!(all, of(3));
        assert_ne!(all, of(4));
        assert!(all.is_sorted_by_key(|it| it.at));
        // Three standard deviations of a Poisson process.
        let expected = 50.0 * 1_000.0;
        assert!((all.len() as f64 - expected).abs() < 3.0 * f64::sqrt(expected));
        let by_agents = all.iter().filter(|it| it.by_agent).count() as f64;
        assert!((by_agents / all.len() as f64 - 0.25).abs() < 0.01);
        assert!(all.iter().all(|it| !it.by_agent || it.conversation < 20));
        assert!(all.iter().all(|it| it.text < 7));
    }
}
