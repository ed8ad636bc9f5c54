//! What differs between two versions, file by file.

use std::{collections::BTreeMap, time::Duration};

use kefu_proto::v1::CatalogueVersion;
use serde::Serialize;
use similar::{Algorithm, TextDiff};

/// Lines around a change.
const CONTEXT_LINES: usize = 3;
/// A diff that takes longer is made coarser.
const PATIENCE: Duration = Duration::from_millis(500);

/// How one file differs.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct FileDiff {
    pub(super) path: String,
    /// "added", "changed" or "removed".
    pub(super) status: &'static str,
    /// Unified; absent when the file is too large.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) diff: Option<String>,
}

/// Paths that differ, with the hash on each side.
pub(super) fn differing<'a>(
    from: &'a CatalogueVersion,
    to: &'a CatalogueVersion,
) -> Vec<(&'a str, bool, bool)> {
    let side = |version: &'a CatalogueVersion| -> BTreeMap<&'a str, &'a str> {
        let files = version.files.iter();
        files
            .map(|file| (file.path.as_str(), file.sha256.as_str()))
            .collect()
    };
    let (old, new) = (side(from), side(to));
    let mut paths: Vec<&str> = old.keys().chain(new.keys()).copied().collect();
    paths.sort_unstable();
    paths.dedup();
    paths
        .into_iter()
        .filter(|path| old.get(path) != new.get(path))
        .map(|path| (path, old.contains_key(path), new.contains_key(path)))
        .collect()
}

/// The difference of one file whose texts are these; `None` for a side without it, or too large.
pub(super) fn of(path: &str, (was, is): (bool, bool), texts: Option<(&str, &str)>) -> FileDiff {
    let status = match (was, is) {
        (false, _) => "added",
        (true, false) => "removed",
        (true, true) => "changed",
    };
    let diff = texts.map(|(old, new)| {
        let diff = TextDiff::configure()
            .algorithm(Algorithm::Myers)
            .timeout(PATIENCE)
            .diff_lines(old, new);
        let left = if was {
            format!("a/{path}")
        } else {
            "/dev/null".to_owned()
        };
        let right = if is {
            format!("b/{path}")
        } else {
            "/dev/null".to_owned()
        };
        diff.unified_diff()
            .context_radius(CONTEXT_LINES)
            .header(&left, &right)
            .to_string()
    });
    FileDiff {
        path: path.to_owned(),
        status,
        diff,
    }
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{CatalogueFile, CatalogueVersion};

    use super::{differing, of};

    fn version(files: &[(&str, &str)]) -> CatalogueVersion {
        let file = |(path, sha256): &(&str, &str)| CatalogueFile {
            path: (*path).to_owned(),
            sha256: (*sha256).to_owned(),
            ..CatalogueFile::default()
        };
        CatalogueVersion {
            files: files.iter().map(file).collect(),
            ..CatalogueVersion::default()
        }
    }

    #[test]
    fn only_files_that_differ_are_told() {
        let (old, new) = (
            version(&[("a", "1"), ("b", "1"), ("c", "1")]),
            version(&[("a", "1"), ("b", "2"), ("d", "1")]),
        );
        let expected = [("b", true, true), ("c", true, false), ("d", false, true)];
        assert_eq!(differing(&old, &new), expected);
    }

    #[test]
    fn a_changed_line_is_shown_with_its_neighbours() {
        let found = of(
            "a.yaml",
            (true, true),
            Some(("一\n二\n三\n", "一\n两\n三\n")),
        );
        let diff = found.diff.expect("a diff");
        assert_eq!(
            diff,
            "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,3 +1,3 @@\n 一\n-二\n+两\n 三\n"
        );
    }
}
