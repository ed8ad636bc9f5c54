//! The history, the board and the promises, from the settings.

use std::time::Duration;

use anyhow::Context as _;
use kefu_bot::time_zone;
use kefu_chat::{Sla, board::BoardRules};
use kefu_config::{Config, SlaConfig};

/// How the history is kept and counted.
///
/// # Errors
/// When `dialog.time_zone` names no zone.
pub(super) fn board(config: &Config) -> anyhow::Result<BoardRules> {
    let board = &config.board;
    Ok(BoardRules {
        zone: time_zone(&config.dialog.time_zone).context("dialog.time_zone")?,
        push_every: Duration::from_millis(board.push_ms),
        keep: Duration::from_secs(86_400 * u64::from(board.keep_days)),
        page_max: board.page_max,
        forget_every: Duration::from_secs(board.forget_s),
        forget_max: board.forget_max,
    })
}

/// What is promised.
pub(super) fn sla(sla: &SlaConfig) -> Sla {
    Sla {
        first_reply: Duration::from_secs(sla.first_reply_s),
        resolution: Duration::from_secs(60 * sla.resolution_minutes),
        warn_percent: sla.warn_percent,
    }
}

#[cfg(test)]
mod tests {
    use kefu_chat::board::BoardRules;
    use kefu_config::Config;

    use super::board;

    /// The defaults stand twice, for the core knows no configuration file: they agree.
    #[test]
    fn without_a_setting_the_core_has_its_own_defaults() {
        let mut config = Config::default();
        let rules = board(&config).expect("a zone");
        // The zone is the tenant's.
        let own = BoardRules {
            zone: rules.zone.clone(),
            ..BoardRules::default()
        };
        assert_eq!(rules, own);
        config.dialog.time_zone = "Mars/Olympus".to_owned();
        let error = board(&config).expect_err("no such zone");
        assert!(format!("{error:#}").starts_with("dialog.time_zone"));
    }
}
