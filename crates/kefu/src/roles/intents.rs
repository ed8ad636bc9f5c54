//! Intents in the bot role: engines are made with this process's model and caches.

use std::{num::NonZero, path::PathBuf, sync::Arc, thread, time::Duration};

use anyhow::Context as _;
use kefu_bot::reload::{Background, Builder, ReloadSettings};
use kefu_config::Config;
use kefu_intents::Catalogue;
use kefu_nlu::{BuildError, CrossValidation, Embedder, Engine, Progress, Settings, cross_validate};
use kefu_types::Clock;

use super::{graph, nlu_settings};
use crate::vector_cache::FileVectorCache;

/// Parts of an evaluation are drawn alike every time, so that two reports can be compared.
const EVALUATION_SEED: u64 = 1;

/// Makes engines and reports.
pub struct EngineBuilder {
    embedder: Option<Arc<dyn Embedder>>,
    cache: FileVectorCache,
    cache_dir: PathBuf,
    settings: Settings,
    clock: Arc<dyn Clock>,
}

impl EngineBuilder {
    pub fn new(
        config: &Config,
        embedder: Option<Arc<dyn Embedder>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let cache_dir = config.cache_dir();
        Self {
            embedder,
            cache: FileVectorCache::new(&cache_dir),
            cache_dir,
            settings: nlu_settings(config),
            clock,
        }
    }

    /// The first engine of this process.
    ///
    /// # Errors
    /// When the model or a keyword fails.
    pub fn first(
        &self,
        catalogue: Arc<Catalogue>,
        progress: Progress<'_>,
    ) -> Result<Engine, BuildError> {
        let embedder = self.embedder.clone();
        let engine = Engine::build(catalogue, embedder, &self.cache, &self.settings, progress)?;
        graph::attach(&engine, &self.cache_dir);
        Ok(engine)
    }
}

impl Builder for EngineBuilder {
    fn build(
        &self,
        catalogue: Arc<Catalogue>,
        previous: Option<&Engine>,
        progress: Progress<'_>,
    ) -> Result<Engine, BuildError> {
        let Some(previous) = previous else {
            return self.first(catalogue, progress);
        };
        let embedder = self.embedder.clone();
        let settings = &self.settings;
        let engine = Engine::rebuild(
            previous,
            catalogue,
            embedder,
            &self.cache,
            settings,
            progress,
        )?;
        graph::attach(&engine, &self.cache_dir);
        Ok(engine)
    }

    fn evaluate(
        &self,
        catalogue: &Catalogue,
        folds: usize,
        progress: Progress<'_>,
    ) -> Result<String, BuildError> {
        let plan = CrossValidation {
            folds,
            seed: EVALUATION_SEED,
        };
        let now = || self.clock.monotonic();
        let embedder = self.embedder.clone();
        let (cache, settings) = (&self.cache, &self.settings);
        let report = cross_validate(catalogue, embedder, cache, settings, plan, &now, progress)?;
        // Plain data: it can always be written.
        Ok(serde_json::to_string(&report).unwrap_or_default())
    }
}

/// The limits of reloading, from the configuration.
pub fn reload_settings(config: &Config) -> ReloadSettings {
    let intents = &config.intents;
    ReloadSettings {
        dir: config.bot.intents_dir.clone(),
        work_dir: config.data_dir.join("intents"),
        settle: Duration::from_millis(intents.settle_ms),
        settle_max: Duration::from_millis(intents.settle_max_ms),
        poll: Duration::from_millis(intents.poll_ms.max(50)),
        poll_blind: Duration::from_millis(intents.poll_blind_ms.max(50)),
        edits_bytes_max: intents.publish_bytes_max,
        records_max: intents.records_max,
        refit_after: Duration::from_secs(intents.refit_after_s),
        events: intents.events,
        ..ReloadSettings::default()
    }
}

/// Threads that build, and threads that evaluate.
///
/// # Errors
/// When the system gives none.
pub fn pools(config: &Config) -> anyhow::Result<(Background, Background)> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = match config.intents.build_threads {
        0 => cores,
        threads => threads,
    };
    let building = Background::new("build", threads).context("no threads to build intents with")?;
    let evaluating =
        Background::new("evaluate", threads).context("no threads to evaluate intents with")?;
    Ok((building, evaluating))
}
