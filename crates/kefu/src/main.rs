//! The `kefu` binary: the composition root, the only place that sees every crate and where time
//! and randomness enter.

use std::process::ExitCode;

use clap::Parser as _;

mod cli;
mod commands;
mod exit;
mod lock;
mod logging;
mod panics;
mod roles;
mod serve;
mod vector_cache;

fn main() -> ExitCode {
    let args = cli::Cli::parse();
    match commands::run(args) {
        Ok(code) => code,
        Err(error) => exit::report(&error),
    }
}
