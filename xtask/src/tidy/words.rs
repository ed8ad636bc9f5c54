//! What must not stand in the tree: addresses in lock files, big files, merge leftovers.

use std::{fs, path::Path};

use anyhow::Context as _;

use super::Finding;

const BYTES_MAX: u64 = 1 << 20;

pub(super) fn check(root: &Path, files: &[String]) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files {
        let path = root.join(file);
        let size = fs::metadata(&path).with_context(|| file.clone())?.len();
        if size > BYTES_MAX {
            findings.push(format!("{file} has {size} bytes; the tree holds no data"));
            continue;
        }
        // Pictures and the like are no text.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        if file.ends_with("package-lock.json") && text.contains("\"resolved\"") {
            findings.push(format!("{file} records download addresses"));
        }
        let leftover = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
        if text.lines().any(leftover) {
            findings.push(format!("{file} has a merge conflict in it"));
        }
    }
    Ok(findings)
}
