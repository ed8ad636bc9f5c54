//! A file system of a few megabytes that can be full.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

/// A tmpfs; unmounted with this value.
#[derive(Debug)]
pub struct SmallDisk {
    dir: PathBuf,
    ballast: PathBuf,
}

impl SmallDisk {
    /// Mounts one at an empty directory. `None` where this user may not mount: as anybody but root,
    /// and in most containers.
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a part of a test is left out")]
    pub fn mount(dir: &Path, mebibytes: u32) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m,mode=0755")])
            .arg("tmpfs")
            .arg(dir)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self {
                dir: dir.to_owned(),
                ballast: dir.join("ballast"),
            }),
            other => {
                eprintln!("no tmpfs can be mounted here: {other:?}");
                None
            }
        }
    }

    /// Leaves no room.
    ///
    /// # Panics
    /// When even the first byte cannot be written, for another reason than that it is full.
    pub fn fill(&self) {
        let mut file = File::create(&self.ballast).expect("created");
        let mut bytes = vec![0xAA; 64 * 1024];
        while !bytes.is_empty() {
            while file.write_all(&bytes).is_ok() {}
            bytes.truncate(bytes.len() / 2);
        }
    }

    /// Room again.
    pub fn free(&self) {
        // It may not have been full.
        let _ = fs::remove_file(&self.ballast);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, because a process may still have a file open.
        let _ = Command::new("umount").arg("-l").arg(&self.dir).status();
    }
}
