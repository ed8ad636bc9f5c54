//! A file is one idea. New files stay under the limit; the few above it may only shrink.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;

use super::Finding;

const LINES_MAX: usize = 400;
const KINDS: [&str; 5] = ["rs", "ts", "svelte", "css", "proto"];
const LEDGER: &str = "xtask/tidy-sizes.toml";

pub(super) fn check(root: &Path, files: &[String]) -> anyhow::Result<Vec<Finding>> {
    let ledger = fs::read_to_string(root.join(LEDGER)).with_context(|| LEDGER.to_owned())?;
    let mut allowed: BTreeMap<String, usize> =
        toml::from_str(&ledger).with_context(|| LEDGER.to_owned())?;
    let mut findings = Vec::new();
    for file in files {
        let kind = Path::new(file)
            .extension()
            .and_then(|kind| kind.to_str())
            .unwrap_or("");
        if !KINDS.contains(&kind) {
            continue;
        }
        let lines = fs::read_to_string(root.join(file))
            .with_context(|| file.clone())?
            .lines()
            .count();
        match allowed.remove(file) {
            None if lines > LINES_MAX => {
                findings.push(format!(
                    "{file} has {lines} lines, {LINES_MAX} are enough: split it"
                ));
            }
            Some(limit) if lines > limit => {
                findings.push(format!(
                    "{file} grew to {lines} lines from {limit}: split it"
                ));
            }
            Some(limit) if lines < limit => {
                let to = if lines <= LINES_MAX {
                    "take it out of".into()
                } else {
                    format!("write {lines} into")
                };
                findings.push(format!(
                    "{file} shrank to {lines} lines from {limit}: {to} {LEDGER}"
                ));
            }
            _ => {}
        }
    }
    findings.extend(
        allowed
            .keys()
            .map(|gone| format!("{gone} stands in {LEDGER} but not in the tree")),
    );
    Ok(findings)
}
