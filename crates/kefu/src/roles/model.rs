//! From configuration to an NLU engine: model, intents, cache.

use std::{path::Path, sync::Arc, time::Duration};

use kefu_config::{BotConfig, Config};
use kefu_encoder::{Encoder, ModelOptions, Pooling, Queue, QueueOptions};
use kefu_intents::Catalogue;
use kefu_nlu::{Embedder, Engine, Progress, Settings};
use kefu_types::{Clock, SystemClock};

use super::today;
use crate::vector_cache::FileVectorCache;

/// The encoder, or why there is none although the operator allows that.
pub type Model = Option<Arc<Encoder>>;

/// Loads the configured model as the NLU reads it: with the second part that intents are told apart
/// better by, where token vectors are averaged.
///
/// # Errors
/// When it cannot be used and `bot.model_required` is set.
pub fn load_model(config: &BotConfig, threads: usize) -> anyhow::Result<Model> {
    load(config, threads, config.model_pooling != "cls")
}

/// Loads the configured model for the vectors that others make of it too.
///
/// # Errors
/// When it cannot be used and `bot.model_required` is set.
pub fn load_plain_model(config: &BotConfig, threads: usize) -> anyhow::Result<Model> {
    load(config, threads, false)
}

fn load(config: &BotConfig, threads: usize, middle: bool) -> anyhow::Result<Model> {
    let pooling = if config.model_pooling == "cls" {
        Pooling::Cls
    } else {
        Pooling::Mean
    };
    let options = ModelOptions {
        prefix: config.model_prefix.clone(),
        pooling,
        middle,
        threads,
        cache_entries_max: config.recent_texts_max,
        cache_bytes_max: config.limits.recent_bytes_max,
        ..ModelOptions::default()
    };
    match Encoder::load(&config.model_dir, options) {
        Ok(encoder) => Ok(Some(Arc::new(encoder))),
        Err(error) if config.model_required => Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, "no usable model; keywords and lexical features serve alone");
            Ok(None)
        }
    }
}

/// The model behind its queue, for a role that serves: turns are admitted, batched and kept to their
/// deadlines; catalogues are built on their builder's own threads.
///
/// # Errors
/// When the system gives no thread.
pub fn queued(
    model: &Model,
    config: &BotConfig,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Option<Arc<dyn Embedder>>> {
    let Some(encoder) = model else {
        return Ok(None);
    };
    let limits = &config.limits;
    let options = QueueOptions {
        requests_max: limits.encoder_requests_max,
        tokens_max: limits.encoder_tokens_max,
        batch_tokens_max: limits.encoder_batch_tokens_max,
        wait_max: Duration::from_millis(limits.encoder_wait_max_ms),
        threads: config.threads,
    };
    let queue = Queue::start(Arc::clone(encoder), options, clock)?;
    Ok(Some(Arc::new(queue)))
}

/// Builds the engine over the intents of `dir`.
///
/// # Errors
/// All that is wrong with the files, or the model's failure.
pub fn load_engine(
    config: &Config,
    dir: &Path,
    model: &Model,
    progress: Progress<'_>,
) -> anyhow::Result<Engine> {
    let embedder = model.clone().map(|encoder| encoder as Arc<dyn Embedder>);
    let catalogue = Catalogue::load_dir(dir, today(&config.dialog, &SystemClock::new())?)?;
    let cache = FileVectorCache::new(&config.cache_dir());
    Ok(Engine::build(
        Arc::new(catalogue),
        embedder,
        &cache,
        &nlu_settings(config),
        progress,
    )?)
}

/// What the operator wants of the decision.
pub fn nlu_settings(config: &Config) -> Settings {
    Settings {
        target_precision: config.nlu.target_precision,
        confirm_choices: config.nlu.confirm_choices,
        confirm_hit_rate: config.nlu.confirm_hit_rate,
        close_ratio: config.nlu.close_ratio,
        out_of_scope_share: config.nlu.out_of_scope_share,
        refusal_rate: config.nlu.refusal_rate,
        exact_texts_max: config.nlu.exact_texts_max,
    }
}
