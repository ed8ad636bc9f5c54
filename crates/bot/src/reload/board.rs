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

    pub(super) fn building(&self) {
        self.change(|status| status.set_state(State::Building));
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
