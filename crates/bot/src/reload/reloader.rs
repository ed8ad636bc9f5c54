//! The way to the one task that changes what serves.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use kefu_proto::v1;
use kefu_types::{Clock, Entropy};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use super::{
    Background, Builder, ReloadSettings,
    actor::Actor,
    board::SharedBoard,
    evaluation::Evaluations,
    load::{First, Problems},
    record::Recorder,
    snapshot::Snapshot,
};
use crate::{Bot, Status};

/// Who asks, for the history.
#[derive(Debug, Clone, Default)]
pub(super) struct By {
    pub(super) id: u64,
    pub(super) name: String,
}

/// What is asked of the task.
pub(super) enum Request {
    Reload {
        by: By,
    },
    Publish {
        by: By,
        edits: Vec<v1::FileEdit>,
        note: String,
        expected: u64,
    },
    Rollback {
        by: By,
        set: Snapshot,
        number: u64,
        note: String,
        expected: Option<u64>,
    },
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Refusal {
    /// The set is wrong; nothing changed.
    Problems(Problems),
    /// Another version serves than the request began with.
    Conflict(String),
    /// Not now.
    Later(String),
}

/// What serves after a request, and whether that is new.
pub(super) struct Done {
    pub(super) version: v1::CatalogueVersion,
    pub(super) changed: bool,
    pub(super) problems: Problems,
}

pub(super) type Answer = Result<Done, Refusal>;

pub(super) type Job = (Request, oneshot::Sender<Answer>);

/// The way to the task, and what it says about itself.
#[derive(Clone)]
pub struct Reloader {
    pub(super) bot: Arc<Bot>,
    pub(super) builder: Arc<dyn Builder>,
    pub(super) board: SharedBoard,
    pub(super) settings: ReloadSettings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) evaluations: Arc<Evaluations>,
    jobs: mpsc::Sender<Job>,
}

/// What a reloader needs from the process.
pub struct Parts {
    /// Whose engine is swapped.
    pub bot: Arc<Bot>,
    /// Makes engines.
    pub builder: Arc<dyn Builder>,
    /// Threads that build.
    pub background: Background,
    /// Threads that evaluate.
    pub evaluating: Background,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Jitter of retries.
    pub entropy: Arc<dyn Entropy>,
    /// Chat, which keeps the history.
    pub core: Channel,
    /// Whether the link to chat is up.
    pub status: Arc<Status>,
}

impl Reloader {
    /// Starts to watch, and to record what serves: `first`, over which the bot's engine was built.
    #[must_use]
    pub fn start(
        parts: Parts,
        first: First,
        settings: ReloadSettings,
        stop: &CancellationToken,
    ) -> Self {
        let (jobs, requests) = mpsc::channel(settings.requests_max.max(1));
        let recorder = Recorder::new(&settings);
        let reloader = Self {
            bot: parts.bot,
            builder: parts.builder,
            board: SharedBoard::default(),
            settings: settings.clone(),
            clock: parts.clock,
            evaluations: Arc::new(Evaluations::new(parts.evaluating)),
            jobs,
        };
        let recording = recorder.clone().run(
            parts.core,
            reloader.board.clone(),
            settings,
            parts.entropy,
            stop.clone(),
        );
        tokio::spawn(recording);
        let actor = Actor::new(
            reloader.clone(),
            &first,
            parts.background,
            parts.status,
            recorder,
        );
        tokio::spawn(actor.run(first.read, requests, stop.clone()));
        reloader
    }

    /// Hands a request to the task and waits for it.
    pub(super) async fn ask(&self, request: Request) -> Answer {
        let (answer, answered) = oneshot::channel();
        let full = |_| Refusal::Later("other changes of the intents are under way".to_owned());
        self.jobs.try_send((request, answer)).map_err(full)?;
        let gone = |_| Refusal::Later("the bot is stopping".to_owned());
        answered.await.map_err(gone)?
    }

    /// The tenant's day.
    pub(super) fn today(&self) -> Date {
        let now = Timestamp::from_millisecond(self.clock.wall_ms()).unwrap_or_default();
        self.settings.time_zone.to_datetime(now).date()
    }
}
