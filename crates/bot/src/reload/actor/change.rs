//! From files to an engine: reading, checking, building, writing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kefu_intents::Catalogue;
use kefu_nlu::Engine;
use tokio::sync::oneshot;

use super::{
    super::{
        edits,
        load::{self, Outcome, Problems, Read},
        plan,
        reloader::{Answer, Refusal},
        snapshot::{Fingerprint, Snapshot},
    },
    Actor, Source,
};

impl Actor {
    /// Reads the directory until it holds still, and lets it serve if it is good.
    pub(super) async fn reload(&mut self, source: Source) -> Answer {
        self.it.board.building();
        self.refit.put_off();
        let settings = self.it.settings.clone();
        let give_up = source.noticed + 10 * settings.settle_max;
        loop {
            let (today, known) = (self.it.today(), self.snapshot.clone());
            let (dir, most) = (settings.dir.clone(), settings.problems_max);
            let read = move || load::directory(&dir, today, &known, most);
            let outcome = self.background(read).await;
            match outcome {
                Ok(Outcome::Read(read, print)) => {
                    self.seen = print;
                    return self.take(*read, source).await;
                }
                Ok(Outcome::Moved) if self.it.clock.monotonic() < give_up => {
                    self.watch
                        .settled(settings.settle, settings.settle_max)
                        .await;
                }
                Ok(Outcome::Moved) => {
                    let why = "the files change all the time; they are read when they rest";
                    return self.refuse(Problems::one(why));
                }
                Err(why) => return self.refuse(Problems::one(why)),
            }
        }
    }

    /// A set that was read from the directory.
    pub(super) async fn take(&mut self, read: Read, source: Source) -> Answer {
        let day = read.day;
        let Some(catalogue) = read.catalogue.clone() else {
            self.day = day;
            return self.refuse(read.problems);
        };
        let engine = match self.build(catalogue).await {
            Ok(engine) => engine,
            Err(why) => {
                // The files are good; the encoder was not, perhaps. The next look tries again.
                self.seen = Fingerprint::default();
                return self.refuse(Problems::one(why));
            }
        };
        Ok(self.swap(read, engine, source, None))
    }

    /// Checks `after`, builds it, writes what differs from `before`, and lets it serve.
    pub(super) async fn publish(
        &mut self,
        before: &Snapshot,
        after: Snapshot,
        source: Source,
    ) -> Answer {
        self.refit.put_off();
        let today = self.it.today();
        let settings = self.it.settings.clone();
        let edits = edits::between(before, &after);
        let undo = edits::between(&after, before);
        let wrong = edits::refusals(&settings.dir, &edits);
        if !wrong.is_empty() {
            return Err(Refusal::Problems(Problems {
                list: wrong,
                omitted: 0,
            }));
        }
        let (work_dir, most) = (settings.work_dir.clone(), settings.problems_max);
        let draft = move || load::draft(&work_dir, &after, today, most);
        let later = |why| Refusal::Later(why);
        let read = self.background(draft).await.map_err(later)?;
        let Some(catalogue) = read.catalogue.clone() else {
            return Err(Refusal::Problems(read.problems));
        };
        let stood = self.it.board.building();
        let engine = self.build(catalogue).await;
        // What became of it is said by the answer, and by the swap.
        self.it.board.stands(stood);
        let engine = engine.map_err(|why| Refusal::Problems(Problems::one(why)))?;
        let write = move || {
            plan::carry_out(&settings.dir, &settings.work_dir, &edits, &undo)
                .map_err(|error| format!("the files cannot be written: {error}"))
        };
        let written = tokio::task::spawn_blocking(write).await;
        let lost = |_| Refusal::Later("writing the files failed".to_owned());
        written.map_err(lost)?.map_err(later)?;
        let (done, recorded) = oneshot::channel();
        let mut answer = self.swap(read, engine, source, Some(done));
        if answer.changed
            && let Ok(Ok(version)) =
                tokio::time::timeout(self.it.settings.record_wait, recorded).await
        {
            answer.version = version;
        }
        Ok(answer)
    }

    /// An engine over `catalogue`; the one that serves when it is the same set.
    pub(super) async fn build(&self, catalogue: Arc<Catalogue>) -> Result<Arc<Engine>, String> {
        let serving = self.it.bot.engine();
        if serving.catalogue().version == catalogue.version {
            return Ok(serving);
        }
        let (builder, board) = (self.it.builder.clone(), self.it.board.clone());
        let progress = move |done, all| board.progress(done, all);
        let build = move || builder.build(catalogue, Some(&serving), &progress);
        match self.background(build).await {
            Ok(Ok(engine)) => Ok(Arc::new(engine)),
            Ok(Err(error)) => Err(error.to_string()),
            Err(why) => Err(why),
        }
    }

    /// Runs `work` on threads of low priority. A panic is an error of the set that caused it.
    pub(super) async fn background<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, String> {
        let background = self.background.clone();
        let work = move || background.run(|| catch_unwind(AssertUnwindSafe(work)));
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) | Err(_) => {
                metrics::counter!("kefu_bot_panics_total").increment(1);
                Err("building this set failed inside; please report it with the files".to_owned())
            }
        }
    }

    /// The directory's files now, good or bad.
    pub(super) async fn on_disk(&self) -> Result<Snapshot, Refusal> {
        let (dir, known) = (self.it.settings.dir.clone(), self.snapshot.clone());
        let read = tokio::task::spawn_blocking(move || Snapshot::read(&dir, &known)).await;
        let read = read.map_err(|_| Refusal::Later("reading the directory failed".to_owned()))?;
        read.map_err(|error| {
            Refusal::Later(format!("the intents directory cannot be read: {error}"))
        })
    }
}
