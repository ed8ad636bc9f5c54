//! The power goes: of what a process wrote and did not sync, each sector is on the disk or is not.

use std::{fs, path::Path};

use rand::Rng;

/// What a device writes whole.
const SECTOR: usize = 512;
/// `struct record`: created, offset, length, `size_before`.
const RECORD: usize = 32;

/// What was taken away.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// Sectors that differed from their last sync.
    pub unsynced: usize,
    /// Of these, those that are as they were before.
    pub sectors: usize,
    /// Files that are gone, because they were new.
    pub files: usize,
}

/// What one file held when it was last synced.
struct Synced {
    bytes: Vec<u8>,
    existed: bool,
}

/// Makes every file in `data_dir` that has an undo file in `undo_dir` what a disk could hold: each
/// sector that was written since the last sync is new or old, as `random` says.
pub(super) fn lose(undo_dir: &Path, data_dir: &Path, random: &mut impl Rng) -> Lost {
    let mut lost = Lost::default();
    let mut undone: Vec<_> = fs::read_dir(undo_dir)
        .expect("a directory")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "undo"))
        .collect();
    // By name, so that a seed repeats.
    undone.sort();
    for undo in undone {
        let name = undo.file_stem().expect("a name");
        let file = data_dir.join(name);
        let records = fs::read(&undo).expect("read");
        if let (false, Ok(current)) = (records.is_empty(), fs::read(&file)) {
            let synced = rewind(current.clone(), &records);
            if !synced.existed && random.random_bool(0.5) {
                fs::remove_file(&file).expect("removed");
                lost.files += 1;
            } else {
                let image = mix(&current, &synced.bytes, random, &mut lost);
                fs::write(&file, image).expect("written");
            }
        }
        fs::write(&undo, []).expect("emptied");
    }
    // It is in memory, not on the disk.
    for entry in fs::read_dir(data_dir).expect("a directory").flatten() {
        if entry.file_name().to_string_lossy().ends_with("-shm") {
            fs::remove_file(entry.path()).expect("removed");
        }
    }
    lost
}

/// Undoes the records, the last one first.
fn rewind(mut bytes: Vec<u8>, records: &[u8]) -> Synced {
    let mut starts = Vec::new();
    let mut at = 0;
    let field = |at: usize, n: usize| {
        let bytes = records[at + n * 8..at + n * 8 + 8].try_into();
        usize::try_from(u64::from_le_bytes(bytes.expect("eight"))).expect("a size")
    };
    while at + RECORD <= records.len() && at + RECORD + field(at, 2) <= records.len() {
        starts.push(at);
        at += RECORD + field(at, 2);
    }
    let mut existed = true;
    for at in starts.into_iter().rev() {
        let (offset, length, size) = (field(at, 1), field(at, 2), field(at, 3));
        existed &= field(at, 0) == 0;
        let old = &records[at + RECORD..at + RECORD + length];
        bytes.resize(bytes.len().max(offset + length), 0);
        bytes[offset..offset + length].copy_from_slice(old);
        bytes.resize(size, 0);
    }
    Synced { bytes, existed }
}

/// Old or new, sector by sector. Where only one of them has a sector, the disk has it or the file
/// ends before it; a hole in the middle is zeros.
fn mix(new: &[u8], old: &[u8], random: &mut impl Rng, lost: &mut Lost) -> Vec<u8> {
    let (shorter, longer) = (new.len().min(old.len()), new.len().max(old.len()));
    let sectors_between = (longer - shorter).div_ceil(SECTOR);
    let kept = random.random_range(0..=sectors_between) * SECTOR;
    let size = (shorter + kept).min(longer);
    let mut image = vec![0; size];
    for start in (0..size).step_by(SECTOR) {
        let end = (start + SECTOR).min(size);
        let of = |bytes: &[u8]| {
            let mut sector = vec![0; end - start];
            let has = bytes.get(start..end.min(bytes.len())).unwrap_or_default();
            sector[..has.len()].copy_from_slice(has);
            sector
        };
        let (was, is) = (of(old), of(new));
        let differs = was != is;
        // Behind the end of a file that was cut there is only what was there before.
        let goes = differs && (start >= new.len() || random.random_bool(0.5));
        lost.unsynced += usize::from(differs);
        lost.sectors += usize::from(goes);
        image[start..end].copy_from_slice(if goes { &was } else { &is });
    }
    lost.unsynced += (longer - size).div_ceil(SECTOR);
    lost.sectors += (longer - size).div_ceil(SECTOR);
    image
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rand::{SeedableRng as _, rngs::StdRng};

    use super::{RECORD, lose, rewind};

    fn record(created: u64, offset: u64, old: &[u8], size: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(RECORD + old.len());
        for field in [created, offset, old.len() as u64, size] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(old);
        bytes
    }

    #[test]
    fn records_are_undone_from_the_last_to_the_first() {
        // "abcdef", then "XY" over "cd", cut to 3, "ZZ" behind.
        let records = [
            record(0, 2, b"cd", 6),
            record(0, 3, b"Yef", 6),
            record(0, 3, b"", 3),
        ]
        .concat();
        let synced = rewind(b"abXZZ".to_vec(), &records);
        assert_eq!(
            (synced.bytes.as_slice(), synced.existed),
            (b"abcdef".as_slice(), true)
        );
        // A record that the process was killed in is none.
        let cut = &records[..records.len() - 1];
        let last = record(0, 2, b"cd", 6).len() + record(0, 3, b"Yef", 6).len();
        assert_eq!(rewind(b"abX".to_vec(), &cut[..last]).bytes, b"abcdef");
    }

    #[test]
    fn only_unsynced_sectors_go_and_some_do() {
        let dir = tempfile::tempdir().expect("a directory");
        let (undo, data) = (dir.path().join("undo"), dir.path().join("data"));
        for dir in [&undo, &data] {
            fs::create_dir(dir).expect("a directory");
        }
        let (old, new) = (vec![1_u8; 64 * 512], {
            let mut new = vec![1_u8; 64 * 512];
            new[8 * 512..40 * 512].fill(2);
            new
        });
        fs::write(data.join("kefu.db"), &new).expect("written");
        let records = record(0, 8 * 512, &old[8 * 512..40 * 512], 64 * 512);
        fs::write(undo.join("kefu.db.undo"), records).expect("written");
        let lost = lose(&undo, &data, &mut StdRng::seed_from_u64(7));
        let left = fs::read(data.join("kefu.db")).expect("read");
        assert_eq!(lost.unsynced, 32);
        assert!((1..32).contains(&lost.sectors), "{lost:?}");
        let of = |value: u8| {
            left.chunks(512)
                .filter(|sector| **sector == vec![value; 512])
                .count()
        };
        assert_eq!((of(1), of(2)), (32 + lost.sectors, 32 - lost.sectors));
        assert!(left[..8 * 512].iter().all(|byte| *byte == 1));
        // The disk is what it is: the next cut takes nothing.
        assert_eq!(
            lose(&undo, &data, &mut StdRng::seed_from_u64(8)).unsynced,
            0
        );
    }
}
