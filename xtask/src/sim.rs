//! `cargo xtask sim`: builds the simulator optimised, and hands it its arguments.
//!
//! It is a program of its own, so that the other tools need not wait for the chat core to build.

use std::process::Command;

use anyhow::{Context as _, bail};

/// What `kefu-sim` takes: `--seed`, `--steps`, `--seeds`, `--planted`, `--world`, `--jobs`.
#[derive(clap::Args)]
pub struct Args {
    /// Handed on as they are; `--help` says what there is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// # Errors
/// When it does not build, or a promise is broken.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--locked"])
        .args(["--package", "kefu-sim", "--bin", "kefu-sim", "--"])
        .args(&args.rest)
        .status()
        .context("cargo run")?;
    if !status.success() {
        bail!("the simulator says no");
    }
    Ok(())
}
