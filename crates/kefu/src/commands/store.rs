//! `kefu store …`: what an admin has to say about the store.

use std::{io::Write as _, process::ExitCode};

use anyhow::Context as _;
use kefu_chat::begin_epoch;
use kefu_config::Config;
use kefu_types::{SystemClock, SystemEntropy};
use tokio_util::sync::CancellationToken;

use crate::{exit::OrUnusable as _, logging, roles};

/// The store was put back from a backup: a new epoch begins. Only while nobody serves from it here.
pub fn restored(config: &Config) -> anyhow::Result<ExitCode> {
    logging::start(&config.log)?;
    let _alone = roles::chat::alone_in(config).context("stop the service first")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let epoch = runtime.block_on(async {
        // Waits for a server that is away; Ctrl-C ends that, and nothing was changed.
        let Some(store) = roles::open_store(config, &CancellationToken::new()).await? else {
            anyhow::bail!("the store was not opened")
        };
        let witness = roles::witness(config);
        let clock = SystemClock::new();
        let epoch = begin_epoch(&store.shared(), &witness, &clock, &SystemEntropy).await;
        store.close().await?;
        anyhow::Ok(epoch.or_unusable()?)
    })?;
    writeln!(
        std::io::stdout(),
        "epoch {epoch} begins: clients read their conversations anew when they come back"
    )?;
    Ok(ExitCode::SUCCESS)
}
