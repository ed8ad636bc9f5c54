//! Hot reload: the intents directory is the working copy, chat keeps the history, this bot serves.
//!
//! A change is noticed ([`watch`]), read whole and checked, built beside the engine that serves on
//! threads of low priority, swapped in one step, and recorded in chat in the background. Whatever
//! is wrong with the new set, the old one serves on. One task does all of this, so a publication
//! and a saved file never mix.
//!
//! Files are written by [`edits`] only, each by renaming a complete one into place, after a plan of
//! all of them is durable: a process that is killed half way finishes when it starts again.

mod actor;
mod authority;
mod background;
mod board;
mod changes;
mod edits;
mod evaluation;
mod fetch;
mod load;
mod paths;
mod plan;
mod record;
mod reloader;
mod service;
mod settings;
mod snapshot;
mod watch;

use std::sync::Arc;

use kefu_intents::Catalogue;
use kefu_nlu::{BuildError, Engine, Progress};

pub use background::Background;
pub use fetch::newest;
pub use load::{First, first};
pub use plan::resume;
pub use reloader::{Parts, Reloader};
pub use service::IntentsService;
pub use settings::ReloadSettings;

/// Makes engines and reports. The model and its caches stay with whoever composed the process.
/// Computes on the calling thread and the current rayon pool.
pub trait Builder: Send + Sync + 'static {
    /// An engine over `catalogue`; `previous` may spare work, and the result may differ from one without
    /// it as far as [`Engine::is_patched`] says. `progress` may unwind to end it early.
    ///
    /// # Errors
    /// When it cannot be built; the one that serves goes on.
    fn build(
        &self,
        catalogue: Arc<Catalogue>,
        previous: Option<&Engine>,
        progress: Progress<'_>,
    ) -> Result<Engine, BuildError>;

    /// The report of a cross-validation as JSON. `progress` may unwind to end it early.
    ///
    /// # Errors
    /// When an engine cannot be built.
    fn evaluate(
        &self,
        catalogue: &Catalogue,
        folds: usize,
        progress: Progress<'_>,
    ) -> Result<String, BuildError>;
}
