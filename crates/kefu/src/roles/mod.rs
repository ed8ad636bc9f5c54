//! The roles: each wires adapters to use cases and runs until it is told to stop.

mod board;
pub mod bot;
pub mod chat;
mod dialog;
pub mod edge;
mod graph;
mod hours;
mod identity;
mod intents;
mod model;
mod store;
mod today;
mod witness;
mod words;

use std::{future::Future, path::Path, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use kefu_config::Config;
use kefu_proto::transport::Address;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use nix::{
    sys::{
        prctl,
        resource::{Resource, getrlimit, setrlimit},
        signal::Signal,
    },
    unistd::getppid,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

pub use dialog::policy;
pub use model::{Model, load_engine, load_model, load_plain_model, nlu_settings, queued};
pub use store::open as open_store;
pub use today::today;
pub use witness::witness;

use crate::{logging, panics};

/// How the core tells the supervisor, on standard output, that there is no user yet.
pub const SETUP_TOKEN_LINE: &str = "setup-token ";

/// What every role gets.
pub struct Context {
    /// Ends the role, gently.
    pub stop: CancellationToken,
    /// Renders the role's metrics as Prometheus text.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Started by `kefu serve`.
    pub supervised: bool,
}

/// Runs a role until SIGTERM (or Ctrl-C when it runs alone).
///
/// # Errors
/// Whatever the role could not live with.
pub fn run<F, R>(role: R, config: &Config, supervisor: Option<i32>) -> anyhow::Result<ExitCode>
where
    R: FnOnce(Config, Context) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    die_with(supervisor)?;
    logging::start(&config.log)?;
    panics::log_only_the_place();
    raise_file_limit();
    let recorder = recorder()?;
    let rendering = recorder.clone();
    let metrics = Arc::new(move || rendering.render());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        let stop = CancellationToken::new();
        tokio::spawn(await_signals(stop.clone()));
        tokio::spawn(keep_up(recorder));
        role(
            config.clone(),
            Context {
                stop,
                metrics,
                supervised: supervisor.is_some(),
            },
        )
        .await
    });
    // A stuck blocking task must not keep a finished role alive.
    runtime.shutdown_timeout(Duration::from_secs(2));
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Seconds that histograms of times are counted in.
const SECONDS: [f64; 14] = [
    0.000_05, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0,
];
/// Steps that all other histograms are counted in.
const COUNTS: [f64; 10] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0,
];

fn recorder() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets(&COUNTS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
        })
        .and_then(PrometheusBuilder::install_recorder)
        .context("metrics")
}

/// Samples wait in memory until they are counted; a service that nobody scrapes counts them, too.
async fn keep_up(recorder: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        recorder.run_upkeep();
    }
}

/// The kernel ends this process when its supervisor ends, however that ended.
fn die_with(supervisor: Option<i32>) -> anyhow::Result<()> {
    let Some(supervisor) = supervisor else {
        return Ok(());
    };
    prctl::set_pdeathsig(Signal::SIGKILL).context("prctl")?;
    if getppid().as_raw() != supervisor {
        bail!("the supervisor has gone already");
    }
    Ok(())
}

/// Every socket is a file; the default limit of many systems is 1,024.
fn raise_file_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        tracing::warn!(%error, soft, hard, "the limit of open files stays low");
    }
}

async fn await_signals(stop: CancellationToken) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::error!("signals cannot be received; only SIGKILL ends this role");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.cancel();
}

/// Where a role of this machine listens.
fn address(config: &Config, role: &str) -> Address {
    Address::Unix(config.run_dir().join(format!("{role}.sock")))
}

fn create_dir(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be created", dir.display()))
}
