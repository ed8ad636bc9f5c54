//! The lists of sensitive words: read at the start, and again whenever their files change.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::bail;
use kefu_chat::Core;
use kefu_config::{Config, WordsConfig};
use kefu_words::{Read, Side, Words, read_dir};
use tokio_util::sync::CancellationToken;

/// What tells a file from the one that stood there before: inode, bytes, when it was changed.
type Sign = [Option<(u64, u64, i64, i64)>; 2];

/// Reads the lists and goes on looking at them until `stop`. Files with errors at the start are no
/// reason not to serve while the lists that were good last are still known.
///
/// # Errors
/// When the lists cannot be used and none were good before.
pub async fn watch(
    core: &Arc<Core>,
    config: &Config,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let (settings, kept) = (config.words.clone(), config.data_dir.join("words"));
    let seen = sign(&settings.dir);
    let (dir, copy) = (settings.dir.clone(), kept.clone());
    core.set_words(tokio::task::spawn_blocking(move || begin(&dir, &copy)).await??);
    tokio::spawn(follow(core.clone(), settings, kept, seen, stop));
    Ok(())
}

fn begin(dir: &Path, kept: &Path) -> anyhow::Result<Words> {
    let Read {
        words,
        report,
        texts,
    } = read_dir(dir);
    if let Some(words) = words {
        keep(kept, &texts);
        return Ok(words);
    }
    let last = read_dir(kept);
    if let (Some(words), false) = (last.words, last.texts.is_empty()) {
        tracing::error!(
            "the lists of sensitive words have errors; those of last time hold:\n{report}"
        );
        return Ok(words);
    }
    bail!("the lists of sensitive words have errors (kefu words check):\n{report}")
}

async fn follow(
    core: Arc<Core>,
    settings: WordsConfig,
    kept: PathBuf,
    mut seen: Sign,
    stop: CancellationToken,
) {
    let pause = |ms: u64| {
        let wait = tokio::time::sleep(Duration::from_millis(ms.max(1)));
        stop.run_until_cancelled(wait)
    };
    while pause(settings.poll_ms).await.is_some() {
        let now = sign(&settings.dir);
        if now == seen {
            continue;
        }
        if pause(settings.settle_ms).await.is_none() {
            return;
        }
        if sign(&settings.dir) != now {
            // Still being written: the next look.
            continue;
        }
        seen = now;
        let (dir, copy) = (settings.dir.clone(), kept.clone());
        let read = tokio::task::spawn_blocking(move || {
            let read = read_dir(&dir);
            if read.words.is_some() {
                keep(&copy, &read.texts);
            }
            read
        });
        if let Ok(Read { words, report, .. }) = read.await {
            taken(&core, words, &report);
        }
    }
}

fn taken(core: &Core, words: Option<Words>, report: &kefu_words::Report) {
    let outcome = if words.is_some() { "served" } else { "refused" };
    metrics::counter!("kefu_chat_word_reloads_total", "outcome" => outcome).increment(1);
    match words {
        Some(words) => {
            let [visitors, agents] = Side::ALL.map(|side| words.of(side).len());
            core.set_words(words);
            tracing::info!(
                visitors,
                agents,
                warnings = report.warnings,
                "the lists of sensitive words were read"
            );
        }
        None => {
            tracing::warn!(
                "the lists of sensitive words have errors; those of before hold:\n{report}"
            );
        }
    }
}

fn sign(dir: &Path) -> Sign {
    Side::ALL.map(|side| {
        let file = fs::metadata(dir.join(side.file())).ok()?;
        let (seconds, nanos) = (file.mtime(), file.mtime_nsec());
        Some((file.ino(), file.len(), seconds, nanos))
    })
}

/// Keeps what is good for a start over files that are not. Whether that works is no reason to stop.
fn keep(dir: &Path, texts: &[(Side, String)]) {
    if let Err(error) = write(dir, texts) {
        tracing::warn!(%error, dir = %dir.display(), "the lists of sensitive words could not be kept");
    }
}

fn write(dir: &Path, texts: &[(Side, String)]) -> io::Result<()> {
    // Nothing is written for nothing: most who start have no lists.
    if texts.is_empty() && !dir.exists() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    for side in Side::ALL {
        let path = dir.join(side.file());
        match texts.iter().find(|(of, _)| *of == side) {
            Some((_, text)) => {
                let whole = dir.join(format!("{}.new", side.file()));
                fs::write(&whole, text)?;
                fs::rename(&whole, &path)?;
            }
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            },
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kefu_words::Side;

    use super::begin;

    #[test]
    fn a_start_over_bad_files_takes_the_last_good_ones_or_refuses() {
        let dir = tempfile::tempdir().expect("a directory");
        let (words, kept) = (dir.path().join("words"), dir.path().join("kept"));
        fs::create_dir(&words).expect("made");
        let file = words.join("visitors.yaml");
        fs::write(&file, "blocks: [ab]\n").expect("written");
        let refused = begin(&words, &kept)
            .expect_err("none was good before")
            .to_string();
        assert!(
            refused.contains("visitors.yaml:1:1: error: unknown key `blocks`"),
            "{refused}"
        );

        fs::write(&file, "block: [ab, cd]\n").expect("written");
        let good = begin(&words, &kept).expect("good");
        assert_eq!(good.of(Side::Visitors).len(), 2);

        fs::write(&file, "blocks: [ab]\n").expect("written");
        let last = begin(&words, &kept).expect("the last ones");
        assert_eq!(last.of(Side::Visitors).len(), 2);

        fs::remove_file(&file).expect("removed");
        assert!(
            begin(&words, &kept)
                .expect("off")
                .of(Side::Visitors)
                .is_empty()
        );
        fs::write(&file, "blocks: [ab]\n").expect("written");
        assert!(
            begin(&words, &kept).is_err(),
            "what was taken away is not kept"
        );
    }
}
