//! What became of a new set: it serves and is recorded, or it is refused.

use std::{sync::Arc, time::Duration};

use kefu_nlu::Engine;
use kefu_proto::v1::{self, CatalogueOrigin};
use tokio::sync::oneshot;

use super::{
    super::{
        changes,
        load::{Problems, Read},
        record::Wish,
        reloader::{Answer, Done, Refusal},
    },
    Actor, Source,
};

impl Actor {
    /// From here on new turns use the new engine.
    pub(super) fn swap(
        &mut self,
        read: Read,
        engine: Arc<Engine>,
        source: Source,
        done: Option<oneshot::Sender<v1::CatalogueVersion>>,
    ) -> Done {
        let serving = self.it.bot.engine();
        let changed = serving.catalogue().version != engine.catalogue().version;
        let version = changes::version(engine.catalogue(), Some(serving.catalogue()));
        if changed {
            self.it.bot.swap(engine);
            self.it.evaluations.cancel();
        }
        let problems = read.problems.clone();
        let same_files = *self.snapshot == read.snapshot;
        if !changed && same_files {
            let files = read.snapshot.manifest();
            self.day = read.day;
            self.it.board.settled(read.problems, files);
            self.count("same", source.noticed);
        } else {
            self.serves(version, read, source, done);
        }
        Done {
            version: self.it.board.status().serving.unwrap_or_default(),
            changed: changed || !same_files,
            problems,
        }
    }

    /// Puts what serves on the board and has it recorded.
    pub(super) fn serves(
        &mut self,
        version: v1::CatalogueVersion,
        read: Read,
        source: Source,
        done: Option<oneshot::Sender<v1::CatalogueVersion>>,
    ) {
        let files = read.snapshot.manifest();
        let version = v1::CatalogueVersion {
            origin: source.origin.into(),
            by_id: source.by.id,
            by_name: source.by.name,
            note: source.note,
            rolled_back_to: source.rolled_back_to,
            files_count: u32::try_from(files.len()).unwrap_or(u32::MAX),
            bytes: files.iter().map(|file| file.bytes).sum(),
            files: files.clone(),
            ..version
        };
        self.snapshot = Arc::new(read.snapshot);
        self.day = read.day;
        let now = self.it.clock.wall_ms();
        let took = self.it.clock.monotonic().saturating_sub(source.noticed);
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.it.board.settled(read.problems, files);
        self.it.board.change(|status| {
            status.serving = Some(version.clone());
            status.served_at_ms = now;
            status.took_ms = took_ms;
            status.noticed_at_ms = now - i64::try_from(took_ms).unwrap_or(0);
            status.reloads += u64::from(source.origin != CatalogueOrigin::Start);
            "the version is being recorded".clone_into(&mut status.record_pending);
        });
        tracing::info!(
            version = %version.hash,
            origin = source.origin.as_str_name(),
            intents = version.intents,
            added = version.added.len(),
            changed = version.changed.len(),
            removed = version.removed.len(),
            took_ms,
            "intents serve"
        );
        self.count("served", source.noticed);
        self.recorder.wish(Wish {
            version,
            snapshot: self.snapshot.clone(),
            done,
        });
    }

    /// Chat was away and may be another one now: it knows this version already, or learns it.
    pub(super) fn record_again(&self) {
        if let Some(serving) = self.it.board.status().serving {
            self.recorder.wish(Wish {
                version: serving,
                snapshot: self.snapshot.clone(),
                done: None,
            });
        }
    }

    /// The directory's set is not used. Problems name files and lines, never what people wrote.
    pub(super) fn refuse(&self, problems: Problems) -> Answer {
        const LOGGED_MAX: usize = 20;
        let errors = problems
            .list
            .iter()
            .filter(|problem| problem.severity == "error");
        for problem in errors.take(LOGGED_MAX) {
            tracing::warn!(
                file = %problem.file,
                line = problem.line,
                column = problem.column,
                problem = %problem.message,
                "the intents are refused; the old set serves on"
            );
        }
        metrics::counter!("kefu_bot_reloads_total", "outcome" => "refused").increment(1);
        let now = self.it.clock.wall_ms();
        self.it.board.refused(problems.clone(), now);
        Err(Refusal::Problems(problems))
    }

    pub(super) fn count(&self, outcome: &'static str, noticed: Duration) {
        let took = self.it.clock.monotonic().saturating_sub(noticed);
        metrics::counter!("kefu_bot_reloads_total", "outcome" => outcome).increment(1);
        metrics::histogram!("kefu_bot_reload_seconds").record(took.as_secs_f64());
    }
}
