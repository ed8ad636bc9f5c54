//! Which files make up a set, and where a publication may write.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Component, Path, PathBuf},
};

use kefu_intents::{
    KNOWLEDGE_DIR,
    limits::{DIRECTORY_DEPTH_MAX, FILES_MAX, KNOWLEDGE_FILES_MAX},
};

/// Characters of a path in a set.
const PATH_CHARS_MAX: usize = 512;

/// All files of the set under `dir`, by their path in it: what `kefu_intents::read_dir` reads.
///
/// # Errors
/// When a directory cannot be read, or there are too many files.
pub(super) fn files(dir: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    walk(dir, "", DIRECTORY_DEPTH_MAX, &mut found)?;
    Ok(found)
}

fn walk(
    dir: &Path,
    under: &str,
    depth: usize,
    found: &mut BTreeMap<String, PathBuf>,
) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let inner = if under.is_empty() {
            name.to_owned()
        } else {
            format!("{under}/{name}")
        };
        if depth > 0 && path.is_dir() {
            walk(&path, &inner, depth - 1, found)?;
        } else if belongs(&inner) && path.is_file() {
            if found.len() >= FILES_MAX + KNOWLEDGE_FILES_MAX {
                return Err(io::Error::other("there are too many files"));
            }
            found.insert(inner, path);
        }
    }
    Ok(())
}

/// Whether a file of this path is read at all.
fn belongs(path: &str) -> bool {
    let table = path
        .strip_prefix(KNOWLEDGE_DIR)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|name| name.ends_with(".csv") && !name.contains('/'));
    table || path.ends_with(".yaml") || path.ends_with(".yml")
}

/// Why a publication may not write there; `None` when it may.
pub(super) fn refusal(path: &str) -> Option<&'static str> {
    if path.is_empty() || path.chars().count() > PATH_CHARS_MAX {
        return Some("the path is empty or too long");
    }
    if path.contains('\\') || path.chars().any(char::is_control) {
        return Some("the path has characters that are not allowed in it");
    }
    let mut names = 0;
    for part in Path::new(path).components() {
        names += 1;
        match part {
            Component::Normal(name) if name.to_string_lossy().starts_with('.') => {
                return Some("hidden files are not read");
            }
            Component::Normal(_) => {}
            _ => return Some("the path must be relative and stay in the intents directory"),
        }
    }
    // `a//b`, `a/./b` and `a/` name the same file as another path does.
    if path.split('/').count() != names || names > DIRECTORY_DEPTH_MAX {
        return Some("the path is not in its plain form, or too deep");
    }
    (!belongs(path)).then_some("only .yaml and .yml files, and .csv files in knowledge/, are read")
}

/// Where `path` lies under `dir`, when nothing on the way is a symbolic link: whoever may publish
/// intents may not write elsewhere on this machine.
///
/// # Errors
/// With the reason.
pub(super) fn place(dir: &Path, path: &str) -> Result<PathBuf, String> {
    if let Some(why) = refusal(path) {
        return Err(why.to_owned());
    }
    let mut place = dir.to_path_buf();
    for name in path.split('/') {
        place.push(name);
        match fs::symlink_metadata(&place) {
            Ok(found) if found.file_type().is_symlink() => {
                return Err(
                    "there is a symbolic link on the way: change what it points to".to_owned(),
                );
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::{place, refusal};

    #[test]
    fn only_plain_paths_to_intent_files_may_be_written() {
        for good in ["a.yaml", "shop/退货.yml", "knowledge/faq.csv"] {
            assert_eq!(refusal(good), None, "{good}");
        }
        let bad = [
            "",
            "/etc/a.yaml",
            "../a.yaml",
            "a/../../b.yaml",
            "./a.yaml",
            "a//b.yaml",
            "a.yaml/",
            ".a.yaml",
            ".git/a.yaml",
            "a.sh",
            "a.csv",
            "knowledge/deep/a.csv",
            "a\\b.yaml",
            "a\0.yaml",
            "a\n.yaml",
        ];
        for bad in bad {
            assert!(refusal(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn a_symbolic_link_leads_nowhere() {
        let dir = tempfile::tempdir().expect("a directory");
        let outside = tempfile::tempdir().expect("a directory");
        std::os::unix::fs::symlink(outside.path(), dir.path().join("out")).expect("a link");
        std::fs::write(outside.path().join("b.yaml"), "").expect("a file");
        std::os::unix::fs::symlink(outside.path().join("b.yaml"), dir.path().join("b.yaml"))
            .expect("a link");
        assert!(place(dir.path(), "out/a.yaml").is_err());
        assert!(place(dir.path(), "b.yaml").is_err());
        assert!(place(dir.path(), "new/a.yaml").is_ok());
    }
}
