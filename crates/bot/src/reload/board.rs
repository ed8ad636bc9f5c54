//! What people are told about the intents in use.

use std::sync::Arc;

use kefu_proto::v1::{self, intents_status::State};
use parking_lot::Mutex;

use super::load::Problems;

/// Shared between the task that changes intents, the recorder and the service.
#[derive(Debug, Default)]
pub(super) struct Board {
    status: Mutex<v1::IntentsStatus>,
}

impl Board {
    /// As it stands.
    pub(super) fn status(&self) -> v1::IntentsStatus {
        self.status.lock().clone()
    }

    /// The number of what serves; 0 until it is recorded.
    pub(super) fn number(&self) -> u64 {
        let status = self.status.lock();
        status.serving.as_ref().map_or(0, |serving| serving.number)
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut v1::IntentsStatus) -> T) -> T {
        change(&mut self.status.lock())
    }

    /// A set is read and built. Says how things stood.
    pub(super) fn building(&self) -> State {
        self.change(|status| {
            let stood = status.state();
            status.set_state(State::Building);
            status.progress = 0.0;
            stood
        })
    }

    /// As before the building began.
    pub(super) fn stands(&self, as_before: State) {
        self.change(|status| status.set_state(as_before));
    }

    /// How far the next set is, between 0 and `all`.
    #[allow(clippy::cast_precision_loss, reason = "a share for people")]
    pub(super) fn progress(&self, done: usize, all: usize) {
        let share = done as f64 / all.max(1) as f64;
        self.change(|status| status.progress = share.min(1.0));
    }

    /// The directory's set is refused; what serves goes on.
    pub(super) fn refused(&self, problems: Problems, now_ms: i64) {
        self.change(|status| {
            status.set_state(State::Refused);
            status.problems = problems.list;
            status.problems_omitted = problems.omitted;
            status.refused_at_ms = now_ms;
            status.refusals += 1;
        });
    }

    /// The directory's set serves; its warnings are kept.
    pub(super) fn settled(&self, problems: Problems, files: Vec<v1::CatalogueFile>) {
        self.change(|status| {
            status.set_state(State::Serving);
            status.problems = problems.list;
            status.problems_omitted = problems.omitted;
            status.refused_at_ms = 0;
            status.files = files;
        });
    }

    /// Chat has recorded `version`; a later one may serve already.
    pub(super) fn recorded(&self, version: &v1::CatalogueVersion, files: &[v1::CatalogueFile]) {
        self.change(|status| {
            let same = status
                .serving
                .as_ref()
                .is_some_and(|serving| serving.hash == version.hash && serving.files == files);
            if same {
                let files = files.to_vec();
                status.serving = Some(v1::CatalogueVersion {
                    files,
                    ..version.clone()
                });
                status.record_pending.clear();
            }
        });
    }

    /// Why the newest version is not recorded yet.
    pub(super) fn pending(&self, why: &str) {
        self.change(|status| why.clone_into(&mut status.record_pending));
    }
}

pub(super) type SharedBoard = Arc<Board>;
