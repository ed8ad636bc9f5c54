//! Noticing that the directory changed. A sign says only "look": what changed is read from the
//! directory itself, so that signs may be lost, doubled or about nothing.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, ModifyKind},
};
use parking_lot::Mutex;
use tokio::{sync::Notify, time::Instant};

/// Files remembered as being written; beyond it waiting for them is left out.
const OPEN_MAX: usize = 10_000;

/// What the system reported and nobody has looked at yet.
#[derive(Default)]
struct Signs {
    changed: Notify,
    /// Written to, and not closed since.
    open: Mutex<HashSet<PathBuf>>,
}

impl Signs {
    fn take(&self, dir: &Path, event: notify::Result<Event>) {
        let Ok(event) = event else {
            // Signs were lost (a full queue): look.
            self.open.lock().clear();
            self.changed.notify_one();
            return;
        };
        let paths = event.paths.iter();
        let ours: Vec<&PathBuf> = paths.filter(|path| path.starts_with(dir)).collect();
        if ours.is_empty() && !event.need_rescan() {
            return;
        }
        let mut open = self.open.lock();
        match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Remove(_)
            | EventKind::Modify(ModifyKind::Name(_)) => {
                for path in ours {
                    open.remove(path);
                }
            }
            // Somebody reads: we do, too.
            EventKind::Access(_) => return,
            EventKind::Modify(ModifyKind::Data(_)) => {
                let written = ours.into_iter().filter(|path| is_of_the_set(path));
                for path in written {
                    if open.len() < OPEN_MAX {
                        open.insert(path.clone());
                    }
                }
            }
            _ => {}
        }
        drop(open);
        self.changed.notify_one();
    }
}

/// Editors' own files beside it are hidden or end otherwise.
fn is_of_the_set(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_none_or(|name| name.to_string_lossy().starts_with('.'));
    let known = ["yaml", "yml", "csv"];
    !hidden
        && path
            .extension()
            .is_some_and(|ext| known.iter().any(|known| ext == *known))
}

/// Watches one directory, and the one it lies in, so that it may be replaced.
pub(super) struct Watch {
    dir: PathBuf,
    signs: Arc<Signs>,
    /// `None` where the system reports nothing.
    watcher: Option<RecommendedWatcher>,
    /// Device and inode of the directory that is watched, or could not be.
    armed: Option<(u64, u64)>,
    wanted: bool,
}

impl Watch {
    pub(super) fn new(dir: &Path, wanted: bool) -> Self {
        Self {
            dir: std::path::absolute(dir).unwrap_or_else(|_| dir.to_path_buf()),
            signs: Arc::default(),
            watcher: None,
            armed: None,
            wanted,
        }
    }

    /// Sees to it that the directory that lies there now (`id` is its device and inode) is the
    /// one that is watched.
    pub(super) fn arm(&mut self, id: (u64, u64)) {
        if !self.wanted || self.armed == Some(id) {
            return;
        }
        self.armed = Some(id);
        let (dir, signs) = (self.dir.clone(), self.signs.clone());
        let take = move |event: notify::Result<Event>| signs.take(&dir, event);
        let watching = notify::recommended_watcher(take).and_then(|mut watcher| {
            watcher.watch(&self.dir, RecursiveMode::Recursive)?;
            if let Some(parent) = self.dir.parent() {
                // Without it a directory that is replaced is noticed by the next poll.
                if let Err(error) = watcher.watch(parent, RecursiveMode::NonRecursive) {
                    tracing::debug!(%error, "the parent of the intents directory is not watched");
                }
            }
            Ok(watcher)
        });
        self.watcher = watching
            .inspect_err(|error| {
                tracing::warn!(%error, "changes of intent files are not reported here; the directory is compared now and then");
            })
            .ok();
        self.signs.open.lock().clear();
    }

    /// "events" or "poll".
    pub(super) const fn mode(&self) -> &'static str {
        if self.watcher.is_some() {
            "events"
        } else {
            "poll"
        }
    }

    /// Returns at the next sign.
    pub(super) async fn changed(&self) {
        self.signs.changed.notified().await;
    }

    /// Returns when there has been no sign for `settle` and no file is half written; after
    /// `settle_max` at the latest, because somebody may hold a file open for ever.
    pub(super) async fn settled(&self, settle: Duration, settle_max: Duration) {
        let until = Instant::now() + settle_max;
        loop {
            let quiet = tokio::time::timeout(settle, self.changed()).await.is_err();
            let whole = self.signs.open.lock().is_empty();
            if (quiet && whole) || Instant::now() >= until {
                self.signs.open.lock().clear();
                return;
            }
        }
    }
}
