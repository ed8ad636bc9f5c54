//! What each command does.

mod bench;
mod embed;
mod intents;
mod settings;
mod store;
mod words;

use std::process::ExitCode;

use kefu_config::Config;

use crate::{
    cli::{Cli, Command, Settings, StoreCommand},
    exit::OrUnusable as _,
    logging, roles, serve,
};

/// Runs the command.
///
/// # Errors
/// Whatever stopped it, with the remedy where there is one.
pub fn run(args: Cli) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Serve(settings) => {
            let config = load(&settings)?;
            logging::start(&config.log)?;
            serve::serve(&config, &settings)
        }
        Command::Edge(args) => {
            roles::run(roles::edge::run, &load(&args.settings)?, args.supervisor)
        }
        Command::Chat(args) => {
            roles::run(roles::chat::run, &load(&args.settings)?, args.supervisor)
        }
        Command::Bot(args) => roles::run(roles::bot::run, &load(&args.settings)?, args.supervisor),
        Command::Intents(command) => intents::run(command),
        Command::Words(command) => words::run(&command),
        Command::Embed(args) => embed::run(&load(&args.settings)?),
        Command::Bench(args) => bench::run(&args),
        Command::Config(args) => settings::run(&args),
        Command::Store(StoreCommand::Restored(settings)) => store::restored(&load(&settings)?),
    }
}

/// The settings in force. Wrong ones do not mend themselves by a restart.
pub(crate) fn load(settings: &Settings) -> anyhow::Result<Config> {
    kefu_config::load(settings.config.as_deref(), &settings.overrides()).or_unusable()
}
