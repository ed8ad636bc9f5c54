//! The one task that changes what serves.

mod change;
mod outcome;
mod refit;

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, civil::Date};
use kefu_proto::v1::CatalogueOrigin;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Background, changes, edits,
    load::{self, First, Problems, Read},
    record::Recorder,
    reloader::{Answer, By, Job, Refusal, Reloader, Request},
    snapshot::{Fingerprint, Snapshot},
    watch::Watch,
};
use crate::Status;
use refit::Refit;

pub(super) struct Actor {
    it: Reloader,
    watch: Watch,
    background: Arc<Background>,
    recorder: Recorder,
    status: Arc<Status>,
    /// The files of what serves.
    snapshot: Arc<Snapshot>,
    /// The day that what serves was read for.
    day: Date,
    /// The directory as it was read last.
    seen: Fingerprint,
    /// Connections to chat so far.
    links: u64,
    /// The whole fit that a patched engine owes.
    refit: Refit,
}

/// Where a new set comes from.
struct Source {
    origin: CatalogueOrigin,
    by: By,
    note: String,
    rolled_back_to: u64,
    noticed: Duration,
}

impl Actor {
    pub(super) fn new(
        it: Reloader,
        first: &First,
        background: Background,
        status: Arc<Status>,
        recorder: Recorder,
    ) -> Self {
        Self {
            watch: Watch::new(&it.settings.dir, it.settings.events),
            background: Arc::new(background),
            recorder,
            status,
            snapshot: Arc::default(),
            day: first.read.day,
            seen: first.seen.clone(),
            links: 0,
            refit: Refit::new(it.settings.refit_after),
            it,
        }
    }

    pub(super) async fn run(
        mut self,
        first: Read,
        mut requests: mpsc::Receiver<Job>,
        stop: CancellationToken,
    ) {
        self.begin(first);
        // What changed while the engine was built, or was never good.
        self.look().await;
        loop {
            let settings = &self.it.settings;
            let pause = if self.watch.mode() == "events" {
                settings.poll
            } else {
                settings.poll_blind
            };
            let pause = pause.min(self.until_midnight());
            self.refit.plan(&self.it.bot.engine());
            tokio::select! {
                () = stop.cancelled() => return,
                request = requests.recv() => match request {
                    Some((request, answer)) => {
                        let _ = answer.send(self.serve(request).await);
                    }
                    None => return,
                },
                () = self.watch.changed() => self.look().await,
                event = self.refit.next() => self.refit(event),
                () = tokio::time::sleep(pause) => self.look().await,
            }
        }
    }

    /// Takes over what the bot was started with.
    fn begin(&mut self, first: Read) {
        load::clear_drafts(&self.it.settings.work_dir);
        let noticed = self.it.clock.monotonic();
        let source = self.source(CatalogueOrigin::Start, By::default(), noticed);
        let version = changes::version(self.it.bot.engine().catalogue(), None);
        let model = self
            .it
            .bot
            .engine()
            .model_id()
            .unwrap_or_default()
            .to_owned();
        self.it.board.change(|status| status.model = model);
        self.serves(version, first, source, None);
    }

    /// The directory as it looks from outside. Thousands of files take milliseconds.
    async fn print(&self) -> Fingerprint {
        let dir = self.it.settings.dir.clone();
        let print = tokio::task::spawn_blocking(move || Fingerprint::of(&dir)).await;
        print.unwrap_or_default()
    }

    fn arm(&mut self, dir: (u64, u64)) {
        self.watch.arm(dir);
        let mode = self.watch.mode();
        self.it
            .board
            .change(|status| mode.clone_into(&mut status.watch));
    }

    /// Something may have changed: a file, the day, or the link to chat.
    async fn look(&mut self) {
        let links = self.status.links();
        if links != self.links {
            self.links = links;
            self.record_again();
        }
        // Watched first and read then, so that nothing falls between.
        let found = self.print().await;
        self.arm(found.dir);
        let print = self.print().await;
        let new_day = self.it.today() != self.day;
        if print == self.seen && !new_day {
            return;
        }
        let noticed = self.it.clock.monotonic();
        let settings = self.it.settings.clone();
        self.watch
            .settled(settings.settle, settings.settle_max)
            .await;
        let origin = if print == self.seen {
            CatalogueOrigin::Calendar
        } else {
            CatalogueOrigin::File
        };
        let source = self.source(origin, By::default(), noticed);
        // Whatever comes of it is on the board.
        let _ = self.reload(source).await;
    }

    async fn serve(&mut self, request: Request) -> Answer {
        let noticed = self.it.clock.monotonic();
        match request {
            Request::Reload { by } => {
                let source = self.source(CatalogueOrigin::File, by, noticed);
                self.reload(source).await
            }
            Request::Publish {
                by,
                edits,
                note,
                expected,
            } => {
                let mut source = self.source(CatalogueOrigin::Api, by, noticed);
                source.note = note;
                self.expect(Some(expected))?;
                let wrong = edits::refusals(&self.it.settings.dir, &edits);
                if !wrong.is_empty() {
                    return Err(Refusal::Problems(Problems {
                        list: wrong,
                        omitted: 0,
                    }));
                }
                let before = self.on_disk().await?;
                let after = edits::over(&before, &edits);
                self.publish(&before, after, source).await
            }
            Request::Rollback {
                by,
                set,
                number,
                note,
                expected,
            } => {
                let mut source = self.source(CatalogueOrigin::Rollback, by, noticed);
                source.note = note;
                source.rolled_back_to = number;
                self.expect(expected)?;
                let before = self.on_disk().await?;
                self.publish(&before, set, source).await
            }
        }
    }

    /// Two people who edit the same version: the second is told.
    fn expect(&self, expected: Option<u64>) -> Result<(), Refusal> {
        let number = self.it.board.number();
        match expected {
            Some(_) if number == 0 => Err(Refusal::Later(
                "the version that serves is not recorded yet".to_owned(),
            )),
            Some(expected) if expected != number => Err(Refusal::Conflict(format!(
                "version {number} serves by now, and the edit began with version {expected}: \
                 look at what changed, then publish again"
            ))),
            _ => Ok(()),
        }
    }

    fn source(&self, origin: CatalogueOrigin, by: By, noticed: Duration) -> Source {
        Source {
            origin,
            by,
            note: String::new(),
            rolled_back_to: 0,
            noticed,
        }
    }

    fn until_midnight(&self) -> Duration {
        let zone = &self.it.settings.time_zone;
        let now = Timestamp::from_millisecond(self.it.clock.wall_ms()).unwrap_or_default();
        let next = self.it.today().tomorrow().ok();
        let next = next.and_then(|day| day.to_zoned(zone.clone()).ok());
        let left = next.map(|next| next.timestamp().as_millisecond() - now.as_millisecond());
        // One more, so that the day has begun when it is asked for.
        Duration::from_millis(u64::try_from(left.unwrap_or(60_000).max(0) + 1).unwrap_or(60_000))
    }
}
