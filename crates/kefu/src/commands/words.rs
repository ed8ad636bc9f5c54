//! `kefu words …`

use std::{io::Write as _, process::ExitCode};

use kefu_words::read_dir;

use crate::cli::WordsCommand;

pub fn run(command: &WordsCommand) -> anyhow::Result<ExitCode> {
    let WordsCommand::Check { dir } = command;
    anyhow::ensure!(
        dir.is_dir(),
        "{}: there is no such directory",
        dir.display()
    );
    let report = read_dir(dir).report;
    let mut out = std::io::stdout().lock();
    if !report.problems.is_empty() {
        writeln!(out, "{report}")?;
    }
    let (errors, warnings) = (report.errors, report.warnings);
    writeln!(
        out,
        "{}: {errors} errors, {warnings} warnings",
        dir.display()
    )?;
    Ok(if report.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
