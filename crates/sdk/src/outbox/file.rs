//! An outbox on disk.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{
    Kept, OutboxStore, Outgoing,
    log::{self, Change, HEAD},
};
use crate::{Limits, Problem};

/// How much the file survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syncs {
    /// The end of the program, however it comes: each message is with the operating system when
    /// `send` returns. That takes microseconds.
    #[default]
    Never,
    /// The end of the machine's power, too: each message is on the disk when `send` returns, which
    /// takes what the disk takes.
    Always,
}

/// One file for one person: a log with checksums, written anew when most of it is history. One
/// program has it at a time.
#[derive(Debug)]
pub struct FileOutbox {
    path: PathBuf,
    file: File,
    syncs: Syncs,
    kept: Kept,
    /// Bytes of the file that are whole.
    bytes: u64,
    bytes_max: u64,
    /// Of these, what the entries of what is kept take.
    live: u64,
    damaged: Option<PathBuf>,
}

impl FileOutbox {
    /// Opens it, or makes it. What a crash tore off is cut off; should anything else be wrong with
    /// the file, what is whole is taken, and the file is kept beside it (`damaged`).
    ///
    /// # Errors
    /// When the file cannot be opened or written, or another program has it.
    pub fn open(path: &Path, limits: &Limits) -> io::Result<Self> {
        let file = locked(path)?;
        let mut outbox = Self {
            path: path.to_owned(),
            file,
            syncs: Syncs::default(),
            kept: Kept::default(),
            bytes: 0,
            bytes_max: limits.outbox_bytes_max,
            live: 0,
            damaged: None,
        };
        outbox.load()?;
        Ok(outbox)
    }

    /// Survives so much.
    #[must_use]
    pub const fn syncs(mut self, syncs: Syncs) -> Self {
        self.syncs = syncs;
        self
    }

    /// Where the file is kept that was damaged, if it was.
    #[must_use]
    pub fn damaged(&self) -> Option<&Path> {
        self.damaged.as_deref()
    }

    fn load(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes)?;
        let read = log::read(&bytes);
        for change in read.changes {
            match change {
                Change::Put(item) => self.kept.put(*item),
                Change::Removed(conversation_id, client_id) => {
                    self.kept.remove(conversation_id, &client_id);
                }
            }
        }
        let kept = self.kept.list();
        self.live = kept.iter().map(|item| log::put(item).len() as u64).sum();
        if read.damaged {
            let aside = self.path.with_extension("damaged");
            std::fs::write(&aside, &bytes)?;
            self.damaged = Some(aside);
        }
        if read.good == 0 {
            return self.rewrite();
        }
        self.bytes = read.good as u64;
        self.file.set_len(self.bytes)?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    fn append(&mut self, entry: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(entry).and_then(|()| self.sync());
        if let Err(error) = written {
            // Nothing half-written stays before what comes next.
            self.file.set_len(self.bytes)?;
            self.file.seek(SeekFrom::End(0))?;
            return Err(error);
        }
        self.bytes += entry.len() as u64;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        match self.syncs {
            Syncs::Never => Ok(()),
            Syncs::Always => self.file.sync_data(),
        }
    }

    /// The file without history: written beside it, and put in its place.
    fn rewrite(&mut self) -> io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut bytes = HEAD.to_vec();
        for item in self.kept.list() {
            bytes.extend(log::put(&item));
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&beside)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        file.try_lock()?;
        std::fs::rename(&beside, &self.path)?;
        if let Some(dir) = self.path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            File::open(dir)?.sync_all()?;
        }
        self.file = file;
        self.bytes = bytes.len() as u64;
        Ok(())
    }

    /// History is let go when it is most of the file, or when there is no more room.
    fn make_room(&mut self, entry: u64) -> io::Result<()> {
        const SMALL: u64 = 64 << 10;
        if HEAD.len() as u64 + self.live + entry > self.bytes_max {
            let text = format!("the outbox may have {} bytes", self.bytes_max);
            return Err(io::Error::new(io::ErrorKind::StorageFull, text));
        }
        let is_history = self.bytes + entry > SMALL.max(4 * self.live);
        if is_history || self.bytes + entry > self.bytes_max {
            self.rewrite()?;
        }
        Ok(())
    }

    /// What the entry of this message takes, when it is kept.
    fn size_of(&self, conversation_id: u64, client_id: &str) -> u64 {
        let item = self.kept.get(conversation_id, client_id);
        item.map_or(0, |item| log::put(item).len() as u64)
    }

    fn problem(&self, error: &io::Error) -> Problem {
        let text = format!("{}: {error}", self.path.display());
        Problem::new("outbox", text)
    }
}

impl OutboxStore for FileOutbox {
    fn list(&self) -> Vec<Outgoing> {
        self.kept.list()
    }

    fn put(&mut self, item: &Outgoing) -> Result<(), Problem> {
        let entry = log::put(item);
        let before = self.size_of(item.conversation_id, &item.client_id);
        let appended = self
            .make_room(entry.len() as u64)
            .and_then(|()| self.append(&entry));
        appended.map_err(|error| self.problem(&error))?;
        self.live = self.live + entry.len() as u64 - before;
        self.kept.put(item.clone());
        Ok(())
    }

    fn remove(&mut self, conversation_id: u64, client_id: &str) -> Result<(), Problem> {
        let before = self.size_of(conversation_id, client_id);
        if !self.kept.remove(conversation_id, client_id) {
            return Ok(());
        }
        self.live -= before;
        let entry = log::removed(conversation_id, client_id);
        let appended = if self.kept.0.is_empty() {
            // Nothing waits: the file is short again.
            self.empty()
        } else {
            self.append(&entry)
        };
        appended.map_err(|error| self.problem(&error))
    }
}

impl FileOutbox {
    fn empty(&mut self) -> io::Result<()> {
        self.bytes = HEAD.len() as u64;
        self.file.set_len(self.bytes)?;
        self.file.seek(SeekFrom::End(0))?;
        self.sync()
    }
}

/// The file at this path, which nobody else has.
fn locked(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        file.try_lock().map_err(|error| {
            let text = format!("{}: another program has it: {error}", path.display());
            io::Error::new(io::ErrorKind::WouldBlock, text)
        })?;
        // Another program may have written it anew between the two: then this is the old one.
        let (ours, there) = (file.metadata()?, std::fs::metadata(path)?);
        if (ours.dev(), ours.ino()) == (there.dev(), there.ino()) {
            return Ok(file);
        }
    }
}
