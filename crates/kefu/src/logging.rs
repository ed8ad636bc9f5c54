//! The log of a role, on standard error.

use anyhow::Context as _;
use kefu_config::{LogConfig, LogFormat};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Starts logging; `RUST_LOG` beats the configuration.
///
/// # Errors
/// When the configured filter is no filter.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(&text).context("RUST_LOG")?,
        _ => EnvFilter::try_new(&config.level).context("log.level")?,
    };
    let registry = tracing_subscriber::registry().with(filter);
    match config.format {
        LogFormat::Json => registry
            .with(fmt::layer().json().with_writer(std::io::stderr))
            .try_init(),
        LogFormat::Text => registry
            .with(
                fmt::layer()
                    .with_writer(std::io::stderr)
                    .with_ansi(is_terminal()),
            )
            .try_init(),
    }
    .context("the log is started once")
}

fn is_terminal() -> bool {
    use std::io::IsTerminal as _;
    std::io::stderr().is_terminal()
}
