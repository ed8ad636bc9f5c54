//! How the process ends, and what it says then.

use std::{io::Write as _, process::ExitCode};

/// Something is wrong that a restart does not mend: configuration, model, intents, database,
/// port. sysexits.h calls it `EX_CONFIG`.
pub const UNUSABLE: u8 = 78;

/// An error that a restart does not mend.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unusable(pub anyhow::Error);

/// Marks an error as one that a restart does not mend.
pub trait OrUnusable<T> {
    /// Same value; the error gets exit code [`UNUSABLE`].
    fn or_unusable(self) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> OrUnusable<T> for Result<T, E> {
    fn or_unusable(self) -> anyhow::Result<T> {
        self.map_err(|error| Unusable(error.into()).into())
    }
}

/// Says what went wrong, the whole chain in one line, and picks the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "kefu: {error:#}");
    if error.chain().any(|cause| cause.is::<Unusable>()) {
        ExitCode::from(UNUSABLE)
    } else {
        ExitCode::FAILURE
    }
}
