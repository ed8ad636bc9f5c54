//! What can be wrong with a model directory.

use std::path::PathBuf;

/// A model directory that cannot be used: which file, what is wrong, what mends it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The directory or a file of it is not there.
    #[error("{} is missing; run `cargo xtask model` to import the model, or set the directory of another BERT model", .0.display())]
    Missing(PathBuf),
    /// A file could not be read.
    #[error("could not read {}: {source}; check its permissions and the disk", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file is there but is not what it should be.
    #[error("{} is damaged: {what}; run `cargo xtask model --force` to import it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A sound file of a model that this engine does not know.
    #[error("{} cannot be used: {what}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not known.
        what: String,
    },
}

impl LoadError {
    pub(crate) fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        let path = path.into();
        if source.kind() == std::io::ErrorKind::NotFound {
            Self::Missing(path)
        } else {
            Self::Io { path, source }
        }
    }

    pub(crate) fn damaged(path: impl Into<PathBuf>, what: impl ToString) -> Self {
        Self::Damaged {
            path: path.into(),
            what: what.to_string(),
        }
    }

    pub(crate) fn unsupported(path: impl Into<PathBuf>, what: impl ToString) -> Self {
        Self::Unsupported {
            path: path.into(),
            what: what.to_string(),
        }
    }
}
