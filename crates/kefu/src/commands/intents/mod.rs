//! `kefu intents …`

mod check;
mod edit;
mod explain;
mod import;
mod test;

use std::{path::Path, process::ExitCode};

use indicatif::{ProgressBar, ProgressStyle};
use kefu_config::Config;
use kefu_nlu::Engine;

use crate::{cli::IntentsCommand, exit::OrUnusable as _, roles};

pub fn run(command: IntentsCommand) -> anyhow::Result<ExitCode> {
    match command {
        IntentsCommand::Check(args) => check::run(&args),
        IntentsCommand::Import {
            file,
            out,
            settings,
        } => import::run(&file, &out, &settings),
        IntentsCommand::Test(args) => test::run(&args),
        IntentsCommand::Explain(args) => explain::run(&args),
        IntentsCommand::AddPhrasing(args) => edit::add_phrasing(&args),
        IntentsCommand::Set(args) => edit::set(&args),
    }
}

/// The configured model, on all processors: nobody else is waiting.
fn model(config: &Config) -> anyhow::Result<roles::Model> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    roles::load_model(&config.bot, threads).or_unusable()
}

/// The engine over `dir`, with a bar while it embeds and fits.
fn engine(config: &Config, dir: &Path) -> anyhow::Result<Engine> {
    let model = model(config)?;
    let bar = bar("reading intents")?;
    let engine = roles::load_engine(config, dir, &model, &advance(&bar)).or_unusable()?;
    bar.finish_and_clear();
    Ok(engine)
}

/// A progress bar on standard error; it draws nothing when that is no terminal.
fn bar(what: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {bar:30} {percent:>3} % {eta}")?;
    Ok(ProgressBar::new(0).with_style(style).with_message(what))
}

/// What moves `bar` as it hears (done, all).
fn advance(bar: &ProgressBar) -> impl Fn(usize, usize) + Sync + '_ {
    |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }
}
