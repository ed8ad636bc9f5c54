//! The bot role.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use jiff::civil::Date;
use kefu_bot::{
    ActionSettings, AssistSettings, Bot, BotOps, BotSettings, LinkSettings, NoConnector, Status,
    reload::{self, First, IntentsService, Parts, ReloadSettings, Reloader},
    time_zone,
};
use kefu_config::{ActionsConfig, Config};
use kefu_nlu::Engine;
use kefu_proto::transport::{channel, listen_unix};
use kefu_types::{Clock, Entropy, SystemClock, SystemEntropy};
use tokio::runtime::Handle;
use tonic::transport::Channel;

use super::{
    Context, address, create_dir,
    intents::{EngineBuilder, pools, reload_settings},
    load_model, policy, queued,
    today::day,
};
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
    let core = channel(&address(&config, "chat"))?;
    let time_zone = time_zone(&config.dialog.time_zone).or_unusable()?;
    let reloading = ReloadSettings {
        time_zone: time_zone.clone(),
        ..reload_settings(&config)
    };
    let reloader = Arc::new(OnceLock::new());
    let intents = IntentsService::server(
        reloader.clone(),
        core.clone(),
        reloading.tenant.clone(),
        reloading.edits_bytes_max,
    );
    let serving = tonic::transport::Server::builder()
        .add_service(ops)
        .add_service(intents)
        .serve_with_incoming_shutdown(listener, stop.clone().cancelled_owned());
    let serving = tokio::spawn(serving);

    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let began = clock.monotonic();
    let (loading, timing) = (config.clone(), clock.clone());
    let (history, settings) = (core.clone(), reloading.clone());
    let loading = move || load(&loading, &settings, &history, timing);
    let loaded = tokio::task::spawn_blocking(loading);
    let (builder, first, engine) = loaded.await?.or_unusable()?;
    let engine = Arc::new(engine);
    let catalogue = engine.catalogue();
    tracing::info!(
        intents = catalogue.intents.len(),
        version = %catalogue.version,
        took_ms = (clock.monotonic().saturating_sub(began)).as_millis() as u64,
        "the bot is ready to understand"
    );
    let settings = BotSettings {
        policy: policy(&config.dialog),
        time_zone,
        ..BotSettings::default()
    };
    // Connectors to a business are adapters; this installation has none yet.
    let bot = Bot::new(engine, settings, clock.clone())
        .with_connector(Arc::new(NoConnector), actions(&config.dialog.actions));
    let bot = Arc::new(bot);
    let (background, evaluating) = pools(&config)?;
    let parts = Parts {
        bot: bot.clone(),
        builder,
        background,
        evaluating,
        clock,
        entropy: Arc::new(SystemEntropy),
        core: core.clone(),
        status: status.clone(),
    };
    let _ = reloader.set(Reloader::start(parts, first, reloading, &stop));
    status.set_engine(true);
    let settings = LinkSettings {
        bot_id: format!("bot-{}-{}", config.node, std::process::id()),
        turns_max: config.bot.turns_max,
        drain: Duration::from_secs(config.supervisor.drain_s),
        failpoint: std::env::var("KEFU_FAILPOINT").ok(),
        ..LinkSettings::default()
    };
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let assisting = AssistSettings {
        bot_id: settings.bot_id.clone(),
        enabled: config.assist.enabled,
        probability_min: config.assist.probability_min,
        retry_first: settings.retry_first,
        reconnect_max: settings.reconnect_max,
    };
    tokio::join!(
        kefu_bot::assist(
            bot.clone(),
            core.clone(),
            assisting,
            entropy.clone(),
            stop.clone()
        ),
        kefu_bot::run(bot, core, settings, entropy, status, stop),
    );
    serving.await??;
    Ok(())
}

/// The model, the intents as they are now, and the engine over them.
fn load(
    config: &Config,
    settings: &ReloadSettings,
    history: &Channel,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<(Arc<EngineBuilder>, First, Engine)> {
    let model = load_model(&config.bot, config.bot.threads)?;
    let embedder = queued(&model, &config.bot, clock.clone())?;
    reload::resume(&settings.dir, &settings.work_dir)
        .context("a publication of intents that was cut short cannot be finished")?;
    let today = day(&settings.time_zone, clock.as_ref());
    let first = match reload::first(&settings.dir, today) {
        Ok(first) => first,
        Err(error) => newest(settings, history, today).ok_or(error)?,
    };
    let builder = Arc::new(EngineBuilder::new(config, embedder, clock));
    let engine = builder.first(first.catalogue.clone(), &teller())?;
    Ok((builder, first, engine))
}

/// Instead of a directory that is broken: the version that served last, if there is a history.
fn newest(settings: &ReloadSettings, history: &Channel, today: Date) -> Option<First> {
    let (tenant, work_dir) = (&settings.tenant, &settings.work_dir);
    let asking = reload::newest(history, tenant, work_dir, today);
    match Handle::current().block_on(asking) {
        Ok(found) => {
            if found.is_some() {
                tracing::warn!(
                    "the intents directory has errors; the newest recorded version serves"
                );
            }
            found
        }
        Err(error) => {
            tracing::warn!(
                error = error.message(),
                "the history of intents cannot be asked"
            );
            None
        }
    }
}

/// Says in the log how far the first engine is, for a first start with a large knowledge base: at each
/// twentieth, and not at all where it is a matter of seconds.
fn teller() -> impl Fn(usize, usize) + Sync {
    const STEPS: usize = 20;
    const ALL_MIN: usize = 4_096;
    let told = AtomicUsize::new(0);
    move |done, all| {
        let step = done * STEPS / all.max(1);
        if all >= ALL_MIN && told.fetch_max(step, Ordering::Relaxed) < step {
            tracing::info!(percent = 100 * step / STEPS, "building what understands");
        }
    }
}

fn actions(config: &ActionsConfig) -> ActionSettings {
    ActionSettings {
        at_once_max: config.at_once_max,
        timeout: Duration::from_millis(config.timeout_ms.into()),
        failures_max: config.failures_max,
        rest: Duration::from_secs(config.rest_s.into()),
    }
}
