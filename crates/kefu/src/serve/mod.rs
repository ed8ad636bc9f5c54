//! `kefu serve`: starts the three roles, restarts what dies, drains on SIGTERM.
//!
//! Everything runs on one thread: the kernel ends a child when the *thread* that started it ends.

mod banner;
mod child;
mod keeper;
mod probe;
mod restarts;

use std::{net::TcpListener, path::Path, process::ExitCode, time::Duration};

use anyhow::Context as _;
use kefu_config::{Config, Mode, StoreUrl};
use nix::fcntl::Flock;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::{
    child::{Launch, Role},
    keeper::{Keeper, News},
};
use crate::{
    cli::Settings,
    exit::{OrUnusable as _, UNUSABLE},
    lock::alone,
};

/// Runs until a signal or until a role that people need cannot be kept alive.
///
/// # Errors
/// When the data directory, the port or the configuration cannot be used.
pub fn serve(config: &Config, settings: &Settings) -> anyhow::Result<ExitCode> {
    if config.mode == Mode::Cluster {
        let text = "mode \"cluster\" is not built yet; this version serves mode \"mini\"";
        return Err(anyhow::anyhow!(text)).or_unusable();
    }
    if settings
        .store
        .as_deref()
        .map(StoreUrl::from)
        .is_some_and(|url| url.has_password())
    {
        warn!(
            "everybody on this machine can read the password in --store; store.password_file and KEFU_STORE__URL hide it"
        );
    }
    prepare(&config.data_dir).or_unusable()?;
    let _lock = lock(&config.data_dir).or_unusable()?;
    let listener = bind(&config.listen).or_unusable()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(supervise(config, settings, listener))
}

/// Creates the directories and proves that they can be written.
fn prepare(data_dir: &Path) -> anyhow::Result<()> {
    let run = data_dir.join("run");
    let trial = run.join(".writable");
    std::fs::create_dir_all(&run)
        .and_then(|()| std::fs::write(&trial, b"kefu"))
        .and_then(|()| std::fs::remove_file(&trial))
        .with_context(|| {
            format!("the data directory {} cannot be written (choose another with --data-dir, or give this user the right to write)", data_dir.display())
        })
}

/// Only one service per data directory. One that was just killed may need a moment to go.
fn lock(data_dir: &Path) -> anyhow::Result<Flock<std::fs::File>> {
    let held = format!(
        "another kefu serves from {}; stop it or choose another --data-dir",
        data_dir.display()
    );
    alone(&data_dir.join("run/serve.lock"), 30, &held)
}

fn bind(listen: &str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(listen).with_context(|| {
        format!("cannot listen on {listen} (is it taken? choose another with --listen HOST:PORT)")
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn supervise(
    config: &Config,
    settings: &Settings,
    listener: TcpListener,
) -> anyhow::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let address = listener.local_addr()?;
    let (news, mut heard) = mpsc::channel(64);
    let launch = Launch::new(settings, &config.identity, listener)?;

    let mut keepers = JoinSet::new();
    let mut stops = Vec::new();
    for role in [Role::Edge, Role::Bot, Role::Chat] {
        let stop = CancellationToken::new();
        stops.push((role, stop.clone()));
        let keeper = Keeper::new(
            role,
            launch.clone(),
            config.supervisor.clone(),
            news.clone(),
        );
        keepers.spawn(keeper.run(stop));
    }
    drop(news);

    let ready = probe::until_ready(address, Duration::from_secs(config.supervisor.ready_s));
    tokio::pin!(ready);
    let mut is_ready = false;
    let mut setup_token = None;
    let code = loop {
        tokio::select! {
            outcome = &mut ready, if !is_ready => {
                is_ready = true;
                match outcome {
                    Ok(()) => banner::print(address, setup_token.as_deref()),
                    Err(text) => warn!("not ready yet: {text}; serving what is up"),
                }
            }
            event = heard.recv() => match event {
                Some(News::SetupToken(token)) => {
                    // A core that was started again before there is an admin made the old link void.
                    if is_ready {
                        banner::print(address, Some(&token));
                    }
                    setup_token = Some(token);
                }
                Some(News::Died { role, code }) if code == Some(i32::from(UNUSABLE)) && !is_ready => {
                    info!(%role, "cannot start; the reason stands above");
                    break ExitCode::from(UNUSABLE);
                }
                Some(News::Died { .. }) => {}
                Some(News::GaveUp { role }) => {
                    warn!(%role, "cannot be kept alive; ending the service");
                    break ExitCode::FAILURE;
                }
                None => break ExitCode::FAILURE,
            },
            _ = terminate.recv() => break ExitCode::SUCCESS,
            _ = interrupt.recv() => break ExitCode::SUCCESS,
        }
    };
    drain(stops, &mut keepers).await;
    Ok(code)
}

/// The door first, so that nothing new comes in; the core last, so that all is written.
async fn drain(stops: Vec<(Role, CancellationToken)>, keepers: &mut JoinSet<Role>) {
    for (role, stop) in stops {
        info!(%role, "draining");
        stop.cancel();
        while let Some(ended) = keepers.join_next().await {
            if ended.is_ok_and(|ended| ended == role) {
                break;
            }
        }
    }
}
