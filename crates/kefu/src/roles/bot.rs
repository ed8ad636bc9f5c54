//! The bot role.

use std::{sync::Arc, time::Duration};

use kefu_bot::{Bot, BotOps, BotSettings, LinkSettings, Status};
use kefu_config::Config;
use kefu_dialog::Policy;
use kefu_proto::transport::{channel, listen_unix};
use kefu_types::{Clock, SystemClock, SystemEntropy};

use super::{Context, address, create_dir, load_engine, load_model};
use crate::exit::OrUnusable as _;

/// Understands and answers turns.
pub async fn run(config: Config, context: Context) -> anyhow::Result<()> {
    create_dir(&config.run_dir()).or_unusable()?;
    let status = Arc::new(Status::default());
    let listener = listen_unix(&config.run_dir().join("bot.sock"))
        .await
        .or_unusable()?;
    let ops = BotOps::server(status.clone(), context.metrics.clone());
    let stop = context.stop.clone();
    let serving = tonic::transport::Server::builder()
        .add_service(ops)
        .serve_with_incoming_shutdown(listener, stop.clone().cancelled_owned());
    let serving = tokio::spawn(serving);

    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let began = clock.monotonic();
    let loading = config.clone();
    let engine = tokio::task::spawn_blocking(move || {
        let model = load_model(&loading.bot, loading.bot.threads)?;
        load_engine(&loading, &loading.bot.intents_dir, &model, &|_, _| {})
    });
    let engine = Arc::new(engine.await?.or_unusable()?);
    let catalogue = engine.catalogue();
    tracing::info!(
        intents = catalogue.intents.len(),
        version = %catalogue.version,
        took_ms = (clock.monotonic().saturating_sub(began)).as_millis() as u64,
        "the bot is ready to understand"
    );
    let policy = Policy {
        fallbacks_before_human: config.dialog.fallbacks_before_human,
        slot_attempts: config.dialog.slot_attempts,
    };
    let bot = Arc::new(Bot::new(
        engine,
        BotSettings {
            policy,
            ..BotSettings::default()
        },
        clock,
    ));
    status.set_engine(true);
    let settings = LinkSettings {
        bot_id: format!("bot-{}-{}", config.node, std::process::id()),
        turns_max: config.bot.turns_max,
        drain: Duration::from_secs(config.supervisor.drain_s),
        ..LinkSettings::default()
    };
    let core = channel(&address(&config, "chat"))?;
    kefu_bot::run(bot, core, settings, Arc::new(SystemEntropy), status, stop).await;
    serving.await??;
    Ok(())
}
