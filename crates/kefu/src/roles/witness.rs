//! What was seen of the store, in a file of the data directory: a backup of the store does not reach
//! there, so a store that was put back in time is told by it (ADR 27).

use std::{
    fs::File,
    io::{ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use kefu_chat::store::{Lineage, Seen, SharedWitness, Witness, WitnessFuture};
use kefu_config::Config;

/// In the data directory.
const FILE: &str = "store.seen";
/// The first line, and with it the layout.
const TITLE: &str = "kefu store.seen 1";
/// More is not read: the file has a hundred bytes.
const BYTES_MAX: u64 = 4_096;

/// The witness of this data directory.
pub fn witness(config: &Config) -> SharedWitness {
    Arc::new(FileWitness {
        path: config.data_dir.join(FILE),
    })
}

struct FileWitness {
    path: PathBuf,
}

impl Witness for FileWitness {
    fn recall(&self) -> WitnessFuture<'_, Option<Seen>> {
        let path = self.path.clone();
        Box::pin(blocking(move || read(&path)))
    }

    fn note(&self, seen: Seen) -> WitnessFuture<'_, ()> {
        let path = self.path.clone();
        Box::pin(blocking(move || write(&path, seen)))
    }
}

/// A file may stand on a disk that is slow.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(error.to_string()))
}

fn read(path: &Path) -> Result<Option<Seen>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let mut text = String::new();
    let read = file.take(BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    let seen = parse(&text).ok_or_else(|| format!("{}: it is damaged", path.display()))?;
    Ok(Some(seen))
}

/// Whole or not at all, whenever the process or the machine ends.
fn write(path: &Path, seen: Seen) -> Result<(), String> {
    let beside = path.with_extension("seen.new");
    let written = File::create(&beside)
        .and_then(|mut file| {
            file.write_all(render(seen).as_bytes())?;
            file.sync_data()
        })
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

fn render(seen: Seen) -> String {
    let Lineage { identity, epoch } = seen.lineage;
    let ceiling = seen.ceiling;
    format!("{TITLE}\nidentity {identity}\nepoch {epoch}\nceiling {ceiling}\n")
}

fn parse(text: &str) -> Option<Seen> {
    let mut lines = text.lines();
    if lines.next()? != TITLE || !text.ends_with('\n') {
        return None;
    }
    let mut number = |name: &str| {
        let value = lines.next()?.strip_prefix(name)?.strip_prefix(' ')?;
        value.parse().ok()
    };
    Some(Seen {
        lineage: Lineage {
            identity: number("identity")?,
            epoch: number("epoch")?,
        },
        ceiling: number("ceiling")?,
    })
}

#[cfg(test)]
mod tests {
    use kefu_chat::store::{Lineage, Seen, Witness as _};

    use super::{FileWitness, parse, render};

    const SEEN: Seen = Seen {
        lineage: Lineage {
            identity: u64::MAX,
            epoch: 2,
        },
        ceiling: 3,
    };

    #[test]
    fn whatever_is_cut_off_is_no_witness() {
        let whole = render(SEEN);
        assert_eq!(parse(&whole), Some(SEEN));
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]), None, "{:?}", &whole[..end]);
        }
        assert_eq!(parse(&whole.replace("seen 1", "seen 2")), None);
    }

    #[tokio::test]
    async fn what_was_noted_last_is_recalled_and_damage_is_said() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("store.seen");
        let witness = FileWitness { path: path.clone() };
        assert_eq!(witness.recall().await, Ok(None));
        for ceiling in [1, 2] {
            let seen = Seen { ceiling, ..SEEN };
            witness.note(seen).await.expect("it is written");
            assert_eq!(witness.recall().await, Ok(Some(seen)));
        }
        std::fs::write(&path, b"\xff").expect("it is overwritten");
        let damaged = witness.recall().await.expect_err("it is said");
        assert!(damaged.contains("store.seen"), "{damaged}");
        let nowhere = FileWitness {
            path: dir.path().join("no/where"),
        };
        assert!(nowhere.note(SEEN).await.is_err());
    }
}
