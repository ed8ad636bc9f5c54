//! The dialog's numbers, the same for the core and the bot: both step the same machine.

use kefu_config::DialogConfig;
use kefu_dialog::Policy;

/// The dialog's policy as configured.
pub fn policy(config: &DialogConfig) -> Policy {
    Policy {
        fallbacks_before_human: config.fallbacks_before_human,
        slot_attempts: config.slot_attempts,
        digressions_max: config.digressions_max,
        form_turns_max: config.form_turns_max,
        forget_after_ms: i64::from(config.forget_after_s) * 1_000,
    }
}
