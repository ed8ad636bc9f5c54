//! A publication that touches many files, finished even when the process is killed half way.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use kefu_proto::v1;
use prost::Message as _;

use super::edits;

fn plan_file(work_dir: &Path) -> PathBuf {
    work_dir.join("publish.plan")
}

/// Does all the edits. Once the plan is durable they will be done, here or at the next start.
///
/// # Errors
/// When the plan cannot be written, or a file cannot; then the old files are put back.
pub(super) fn carry_out(
    dir: &Path,
    work_dir: &Path,
    edits: &[v1::FileEdit],
    undo: &[v1::FileEdit],
) -> io::Result<()> {
    fs::create_dir_all(work_dir)?;
    let plan = v1::CheckFilesRequest {
        files: edits.to_vec(),
        ..v1::CheckFilesRequest::default()
    };
    let file = plan_file(work_dir);
    let beside = file.with_extension("new");
    fs::write(&beside, plan.encode_to_vec())?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, &file)?;
    fs::File::open(work_dir)?.sync_all()?;
    let done = edits::apply(dir, edits);
    if let Err(error) = &done {
        tracing::error!(%error, "a file of the publication cannot be written; the old ones are put back");
        if let Err(error) = edits::apply(dir, undo) {
            tracing::error!(%error, "an old file cannot be put back");
        }
    }
    fs::remove_file(&file)?;
    done
}

/// Finishes a publication that a killed process left half done. Call it before the directory is
/// read for the first time.
///
/// # Errors
/// When a file cannot be written; the plan stays.
pub fn resume(dir: &Path, work_dir: &Path) -> io::Result<()> {
    let file = plan_file(work_dir);
    let bytes = match fs::read(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        read => read?,
    };
    match v1::CheckFilesRequest::decode(&bytes[..]) {
        Ok(plan) => {
            tracing::warn!(
                files = plan.files.len(),
                "finishing a publication of intents that was cut short"
            );
            edits::apply(dir, &plan.files)?;
        }
        Err(error) => tracing::error!(%error, "a plan of a publication cannot be read; left out"),
    }
    fs::remove_file(&file)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kefu_proto::v1::{self, FileEdit};
    use prost::Message as _;

    use super::{carry_out, plan_file, resume};

    fn edit(path: &str, text: Option<&str>) -> FileEdit {
        FileEdit {
            path: path.to_owned(),
            text: text.map(str::to_owned),
        }
    }

    #[test]
    fn a_publication_that_was_cut_short_is_finished_at_the_next_start() {
        let root = tempfile::tempdir().expect("a directory");
        let (dir, work) = (root.path().join("intents"), root.path().join("work"));
        fs::create_dir_all(&dir).expect("made");
        fs::create_dir_all(&work).expect("made");
        fs::write(dir.join("old.yaml"), "old").expect("written");
        // As a process leaves it that is killed after the plan and before the files.
        let plan = v1::CheckFilesRequest {
            files: vec![edit("old.yaml", None), edit("sub/new.yaml", Some("new"))],
            ..v1::CheckFilesRequest::default()
        };
        fs::write(plan_file(&work), plan.encode_to_vec()).expect("written");
        resume(&dir, &work).expect("finished");
        assert!(!dir.join("old.yaml").exists());
        assert_eq!(
            fs::read_to_string(dir.join("sub/new.yaml")).ok().as_deref(),
            Some("new")
        );
        assert!(!plan_file(&work).exists());
        resume(&dir, &work).expect("nothing to do");
    }

    #[test]
    fn what_cannot_be_written_leaves_the_old_files() {
        let root = tempfile::tempdir().expect("a directory");
        let (dir, work) = (root.path().join("intents"), root.path().join("work"));
        fs::create_dir_all(&dir).expect("made");
        fs::write(dir.join("a.yaml"), "old").expect("written");
        fs::write(dir.join("file"), "").expect("written");
        let edits = [edit("a.yaml", Some("new")), edit("file/b.yaml", Some("b"))];
        let undo = [edit("a.yaml", Some("old"))];
        assert!(carry_out(&dir, &work, &edits, &undo).is_err());
        assert_eq!(
            fs::read_to_string(dir.join("a.yaml")).ok().as_deref(),
            Some("old")
        );
        assert!(!plan_file(&work).exists());
    }
}
