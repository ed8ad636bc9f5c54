//! Keeps one role alive.

use std::time::Duration;

use kefu_config::SupervisorConfig;
use kefu_types::{Clock as _, SystemClock};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::{
    child::{self, Launch, Role},
    restarts::{Decision, Restarts},
};

/// What the supervisor hears.
#[derive(Debug)]
pub enum News {
    /// There is no user yet; this token creates the first admin.
    SetupToken(String),
    /// A role ended by itself.
    Died {
        /// Which.
        role: Role,
        /// Its exit code, if it had one.
        code: Option<i32>,
    },
    /// A role that people need died too often.
    GaveUp {
        /// Which.
        role: Role,
    },
}

/// One role's keeper.
pub struct Keeper {
    role: Role,
    launch: Launch,
    config: SupervisorConfig,
    restarts: Restarts,
    news: mpsc::Sender<News>,
    clock: SystemClock,
}

impl Keeper {
    /// Does nothing until [`Keeper::run`].
    pub fn new(
        role: Role,
        launch: Launch,
        config: SupervisorConfig,
        news: mpsc::Sender<News>,
    ) -> Self {
        let restarts = Restarts::new(config.clone());
        Self {
            role,
            launch,
            config,
            restarts,
            news,
            clock: SystemClock::new(),
        }
    }

    /// Starts the role again and again, until `stop` or until it died too often.
    pub async fn run(mut self, stop: CancellationToken) -> Role {
        let role = self.role;
        loop {
            let began = self.clock.monotonic();
            match self.live(&stop).await {
                Ok(Some(code)) => self.tell(News::Died { role, code }).await,
                Ok(None) => return role,
                Err(error) => error!(%role, "{error:#}"),
            }
            let lived = self.clock.monotonic().saturating_sub(began);
            let Some(wait) = self.after_death(lived).await else {
                return role;
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => return role,
            }
        }
    }

    /// One life. `None` when it was stopped, else the exit code.
    async fn live(&self, stop: &CancellationToken) -> anyhow::Result<Option<Option<i32>>> {
        let mut child = self.launch.start(self.role)?;
        info!(role = %self.role, pid = child.id(), "started");
        if let Some(stdout) = child.stdout.take() {
            let news = self.news.clone();
            tokio::spawn(child::read_setup_token(stdout, move |token| {
                // The supervisor reads all the time; if it does not, it is ending.
                let _ = news.try_send(News::SetupToken(token));
            }));
        }
        tokio::select! {
            status = child.wait() => {
                let status = status?;
                warn!(role = %self.role, %status, "ended by itself");
                Ok(Some(status.code()))
            }
            () = stop.cancelled() => {
                child::stop(&mut child, Duration::from_secs(self.config.drain_s)).await?;
                Ok(None)
            }
        }
    }

    /// How long to wait before the next life; `None` when there is none.
    async fn after_death(&mut self, lived: Duration) -> Option<Duration> {
        match self.restarts.died(lived) {
            Decision::Restart(wait) => {
                info!(role = %self.role, wait_ms = wait.as_millis() as u64, "starting again");
                Some(wait)
            }
            Decision::Exhausted if self.role == Role::Bot => {
                let rest_s = self.config.bot_rest_s;
                error!(
                    rest_s,
                    "the bot dies again and again; people serve while it rests"
                );
                self.restarts.forgive();
                Some(Duration::from_secs(rest_s))
            }
            Decision::Exhausted => {
                self.tell(News::GaveUp { role: self.role }).await;
                None
            }
        }
    }

    async fn tell(&self, news: News) {
        // Nobody hears it only when the supervisor is ending anyway.
        let _ = self.news.send(news).await;
    }
}
