//! Cross-validation of what serves, one at a time, in the background.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use kefu_proto::v1::{EvaluationStatus, evaluation_status::State};
use parking_lot::Mutex;

use super::{Background, Reloader};

/// Parts when nothing is asked for, and the least and most that may be.
const FOLDS: u32 = 5;
pub(super) const FOLDS_MIN: u32 = 2;
pub(super) const FOLDS_MAX: u32 = 20;

/// Unwinds out of the builder: a newer set serves, nobody needs the report any more.
struct Cancelled;

/// The evaluation that runs or ran last.
pub(super) struct Evaluations {
    background: Background,
    status: Mutex<EvaluationStatus>,
    /// The running one is to end.
    cancelled: AtomicBool,
    /// A thread computes, even if its result is not wanted any more.
    busy: AtomicBool,
}

impl Evaluations {
    pub(super) fn new(background: Background) -> Self {
        Self {
            background,
            status: Mutex::new(EvaluationStatus {
                state: State::None.into(),
                ..EvaluationStatus::default()
            }),
            cancelled: AtomicBool::new(false),
            busy: AtomicBool::new(false),
        }
    }

    /// As it stands.
    pub(super) fn status(&self) -> EvaluationStatus {
        self.status.lock().clone()
    }

    /// Ends the running one early: another set serves.
    pub(super) fn cancel(&self) {
        self.end("");
    }

    /// Ends the running one early for an admin, or because of a newer set when `by` is empty. Says
    /// how it stands; it has ended when it is cancelled.
    pub(super) fn end(&self, by: &str) -> EvaluationStatus {
        let mut status = self.status.lock();
        if status.state() == State::Running && !self.cancelled.swap(true, Ordering::SeqCst) {
            status.cancelling = true;
            by.clone_into(&mut status.cancelled_by);
        }
        status.clone()
    }

    /// Starts one over what serves now.
    ///
    /// # Errors
    /// In words, when one runs already.
    pub(super) fn start(
        self: &Arc<Self>,
        it: &Reloader,
        folds: u32,
    ) -> Result<EvaluationStatus, String> {
        let folds = if folds == 0 { FOLDS } else { folds };
        if self.busy.swap(true, Ordering::SeqCst) {
            return Err("an evaluation runs already".to_owned());
        }
        self.cancelled.store(false, Ordering::SeqCst);
        let engine = it.bot.engine();
        let started = EvaluationStatus {
            state: State::Running.into(),
            started_at_ms: it.clock.wall_ms(),
            hash: engine.catalogue().version.clone(),
            folds,
            ..EvaluationStatus::default()
        };
        *self.status.lock() = started.clone();
        let (this, it) = (self.clone(), it.clone());
        tokio::task::spawn_blocking(move || {
            let folds = usize::try_from(folds).unwrap_or(2);
            let work = || {
                let progress = |done: usize, all: usize| this.progress(done, all);
                it.builder.evaluate(engine.catalogue(), folds, &progress)
            };
            let ended = this.background.run(|| catch_unwind(AssertUnwindSafe(work)));
            let mut status = this.status.lock();
            status.ended_at_ms = it.clock.wall_ms();
            status.cancelling = false;
            match ended {
                _ if this.cancelled.load(Ordering::SeqCst) => {
                    status.set_state(State::Cancelled);
                }
                Ok(Ok(report)) => {
                    status.set_state(State::Done);
                    status.progress = 1.0;
                    status.report_json = report;
                }
                Ok(Err(error)) => {
                    status.set_state(State::Failed);
                    status.error = error.to_string();
                }
                Err(_) => {
                    status.set_state(State::Failed);
                    "the evaluation failed inside".clone_into(&mut status.error);
                }
            }
            // Before anybody sees that it ended: the next may begin at once.
            this.busy.store(false, Ordering::SeqCst);
        });
        Ok(started)
    }

    #[allow(clippy::cast_precision_loss, reason = "a share for people")]
    fn progress(&self, done: usize, all: usize) {
        if self.cancelled.load(Ordering::SeqCst) {
            // Not a panic: no hook runs, and nothing is logged as one.
            resume_unwind(Box::new(Cancelled));
        }
        self.status.lock().progress = done as f64 / all.max(1) as f64;
    }
}
