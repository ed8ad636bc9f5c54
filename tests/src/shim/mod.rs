//! A disk and a clock that do what a test says, under a real process.
//!
//! `shim.c` is compiled with the machine's C compiler and stands between the process and libc. It
//! remembers what SQLite's files held when they were last synced, so that the power can be taken
//! away; it makes syncs fail or lie, makes files unable to grow, and sets the wall clock. Uploads find
//! no room where it says so, and stop half way.

mod power;

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Options, binary};

pub use power::Lost;

const SOURCE: &str = include_str!("shim.c");

/// Offsets in `struct control`.
mod at {
    pub(super) const SYNC_FAILURES: u64 = 0;
    pub(super) const LOG_SYNCS_LIE: u64 = 4;
    pub(super) const GROW_ERRNO: u64 = 8;
    pub(super) const HOLD_SYNCS: u64 = 12;
    pub(super) const WALL_OFFSET_NS: u64 = 16;
    pub(super) const SYNCS: u64 = 24;
    pub(super) const FAILURES: u64 = 32;
    pub(super) const HELD: u64 = 40;
    pub(super) const FILE_SYNCS_FAIL: u64 = 48;
    pub(super) const MEDIA_GROW_ERRNO: u64 = 52;
    pub(super) const HOLD_MEDIA: u64 = 56;
    pub(super) const MEDIA_HELD: u64 = 64;
    pub(super) const END: usize = 72;
}

const ENOSPC: i32 = nix::errno::Errno::ENOSPC as i32;

/// Where an upload stops on its way to where it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// Its contents are being synced; it has no name yet.
    Contents = 1,
    /// It has its name, which is being synced; the core has not been told.
    Name = 2,
}

/// What stands under the processes that were started with it.
#[derive(Debug)]
pub struct Shim {
    dir: tempfile::TempDir,
    library: PathBuf,
    control: File,
}

impl Shim {
    /// One that does nothing yet.
    ///
    /// # Panics
    /// When there is no C compiler.
    #[must_use]
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("control");
        fs::write(&path, [0; at::END]).expect("written");
        let control = File::options().read(true).write(true).open(path);
        Self {
            dir,
            library: library(),
            control: control.expect("opened"),
        }
    }

    /// Options of a service that stands on it.
    #[must_use]
    pub fn under(&self, options: Options) -> Options {
        options
            .env("LD_PRELOAD", self.library.display())
            .env("SHIM_DIR", self.dir.path().display())
    }

    /// The next syncs fail with EIO, this many of them; all while it is `None`.
    pub fn fail_syncs(&self, count: Option<i32>) {
        self.set(at::SYNC_FAILURES, &count.unwrap_or(-1).to_le_bytes());
    }

    /// From now on syncs of the database's file fail, and those of its log do not; or none do.
    pub fn fail_file_syncs(&self, fail: bool) {
        self.set(at::FILE_SYNCS_FAIL, &i32::from(fail).to_le_bytes());
    }

    /// From now on no sync returns, as on a device that hangs; or those that hang go on.
    pub fn hold_syncs(&self, hold: bool) {
        if hold {
            // Of processes that were killed while they waited.
            self.set(at::HELD, &0_u64.to_le_bytes());
        }
        self.set(at::HOLD_SYNCS, &i32::from(hold).to_le_bytes());
    }

    /// Syncs that hang now.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.counter(at::HELD)
    }

    /// From now on syncs of write-ahead logs say that they are done and do nothing: what a
    /// program would be that did not sync.
    pub fn lie_about_log_syncs(&self) {
        self.set(at::LOG_SYNCS_LIE, &1_i32.to_le_bytes());
    }

    /// From now on no file can grow, or all can.
    pub fn fill(&self, full: bool) {
        self.set(
            at::GROW_ERRNO,
            &(if full { ENOSPC } else { 0 }).to_le_bytes(),
        );
    }

    /// From now on there is no room for uploads, or there is.
    pub fn fill_media(&self, full: bool) {
        let errno = if full { ENOSPC } else { 0 };
        self.set(at::MEDIA_GROW_ERRNO, &errno.to_le_bytes());
    }

    /// From now on uploads stop there; or those that have stopped go on.
    pub fn halt_media(&self, halt: Option<Halt>) {
        if halt.is_some() {
            // Of processes that were killed while they waited.
            self.set(at::MEDIA_HELD, &0_u64.to_le_bytes());
        }
        let kind = halt.map_or(0, |halt| halt as i32);
        self.set(at::HOLD_MEDIA, &kind.to_le_bytes());
    }

    /// Uploads that have stopped.
    #[must_use]
    pub fn halted_media(&self) -> u64 {
        self.counter(at::MEDIA_HELD)
    }

    /// Sets the wall clock this many seconds ahead of the machine's; the monotonic one does not
    /// notice.
    pub fn set_clock(&self, ahead_s: i64) {
        let ns = ahead_s * 1_000_000_000;
        self.set(at::WALL_OFFSET_NS, &ns.to_le_bytes());
    }

    /// Syncs that were made.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.counter(at::SYNCS)
    }

    /// Calls that were made to fail.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.counter(at::FAILURES)
    }

    /// Takes from the files in `data_dir` what was never synced: see [`power::lose`]. The
    /// processes must be dead.
    pub fn lose_power(&self, data_dir: &Path, random: &mut impl rand::Rng) -> Lost {
        power::lose(self.dir.path(), data_dir, random)
    }

    fn set(&self, offset: u64, bytes: &[u8]) {
        self.control
            .write_all_at(bytes, offset)
            .expect("the control file can be written");
    }

    fn counter(&self, offset: u64) -> u64 {
        let mut bytes = [0; 8];
        let read = self.control.read_exact_at(&mut bytes, offset);
        read.expect("the control file can be read");
        u64::from_le_bytes(bytes)
    }
}

impl Default for Shim {
    fn default() -> Self {
        Self::new()
    }
}

/// Compiles it, once for every version of its source; tests run at the same time.
fn library() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    SOURCE.hash(&mut hasher);
    let built = binary();
    let dir = built.parent().expect("a directory").join("test-shim");
    fs::create_dir_all(&dir).expect("a directory");
    let library = dir.join(format!("shim-{:016x}.so", hasher.finish()));
    if library.exists() {
        return library;
    }
    let own = tempfile::tempdir_in(&dir).expect("a directory");
    let (source, object) = (own.path().join("shim.c"), own.path().join("shim.so"));
    fs::write(&source, SOURCE).expect("written");
    let compiled = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .args([&object, &source])
        .arg("-ldl")
        .output();
    let compiled = compiled.expect("these tests need a C compiler, cc (Debian: build-essential)");
    let said = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{said}");
    fs::rename(&object, &library).expect("renamed");
    library
}
