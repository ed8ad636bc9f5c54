//! The numbers of messages left, and when one is offered.

use std::time::Duration;

/// Messages left instead of waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRules {
    /// Visitors may leave any.
    pub enabled: bool,
    /// Characters of one, and of its answer.
    pub text_chars_max: usize,
    /// Characters of a phone number and of an e-mail address, each.
    pub contact_chars_max: usize,
    /// Characters of the reason for which one is closed.
    pub reason_chars_max: usize,
    /// Messages left of one conversation that wait for an answer.
    pub waiting_max: u32,
    /// Within the hours one is offered to who waits longer than this, as far as can be told, …
    pub offer_after: Duration,
    /// … or stands behind this place of the line.
    pub offer_behind: u32,
}

impl LeftRules {
    /// Whether somebody who waits is offered to leave a message instead.
    #[must_use]
    pub fn offered(&self, out_of_hours: bool, position: u32, wait_s: u32) -> bool {
        let long = Duration::from_secs(wait_s.into()) > self.offer_after;
        self.enabled && (out_of_hours || long || position > self.offer_behind)
    }
}

impl Default for LeftRules {
    fn default() -> Self {
        Self {
            enabled: true,
            text_chars_max: 2_000,
            contact_chars_max: 254,
            reason_chars_max: 200,
            waiting_max: 5,
            offer_after: Duration::from_secs(60),
            offer_behind: 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LeftRules;

    #[test]
    fn a_message_is_offered_to_who_waits_long_or_finds_nobody() {
        let rules = LeftRules::default();
        assert!(!rules.offered(false, 5, 60));
        assert!(rules.offered(false, 6, 0));
        assert!(rules.offered(false, 1, 61));
        assert!(rules.offered(true, 1, 0));
        let off = LeftRules {
            enabled: false,
            ..rules
        };
        assert!(!off.offered(true, 99, 999));
    }
}
