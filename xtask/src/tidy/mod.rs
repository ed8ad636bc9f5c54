//! `cargo xtask tidy`: the rules of the house that no compiler checks.

mod arrows;
mod licences;
mod sizes;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use cargo_metadata::MetadataCommand;

/// One broken rule, as a line for people.
type Finding = String;

/// Checks everything and says all that is wrong.
///
/// # Errors
/// When a rule is broken, or the tree cannot be read.
pub fn run() -> anyhow::Result<()> {
    let root = root();
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .other_options(vec!["--locked".into()])
        .exec()
        .context("cargo metadata")?;
    let files = tracked_files(&root)?;
    let mut findings = Vec::new();
    findings.extend(arrows::check(&metadata)?);
    findings.extend(licences::check(&metadata)?);
    findings.extend(sizes::check(&root, &files)?);
    findings.extend(words::check(&root, &files)?);
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    if !findings.is_empty() {
        bail!("{} broken rules", findings.len());
    }
    println!(
        "tidy: {} files, {} packages, nothing to mend",
        files.len(),
        metadata.packages.len()
    );
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What git tracks or would track: rules hold for what is shared.
fn tracked_files(root: &Path) -> anyhow::Result<Vec<String>> {
    let output = std::process::Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root)
        .output()
        .context("git ls-files")?;
    if !output.status.success() {
        bail!("git ls-files failed; tidy needs a git checkout");
    }
    let names = String::from_utf8(output.stdout).context("file names are UTF-8")?;
    let present = |name: &&str| !name.is_empty() && root.join(name).is_file();
    Ok(names
        .split('\0')
        .filter(present)
        .map(str::to_owned)
        .collect())
}
