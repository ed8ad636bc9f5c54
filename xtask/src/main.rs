//! The project's own tools: `cargo xtask <command>`.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a tool for developers talks to their terminal"
)]

mod model;
mod sim;
mod tidy;

use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Kefu's own tools")]
enum Command {
    /// Fetch, check and import the embedding model into `models/`.
    Model(model::Args),
    /// Play the chat core against seeded faults (`--seed N --steps M [--seeds K]`).
    Sim(sim::Args),
    /// Check the rules of the house: arrows, licences, sizes, words.
    Tidy,
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Model(args) => model::run(&args),
        Command::Sim(args) => sim::run(&args),
        Command::Tidy => tidy::run(),
    }
}
