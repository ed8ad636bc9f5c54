//! What can be asked of the binary.

mod bench;
mod intents;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use kefu_config::{Mode, Overrides};

pub use bench::BenchArgs;
pub use intents::{
    AddPhrasingArgs, CheckArgs, ExplainArgs, Gates, IntentsCommand, SetArgs, TestArgs,
};

/// Customer service on your own machines.
#[derive(Debug, Parser)]
#[command(name = "kefu", version, about, long_about = None)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Everything the binary does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start all roles and keep them running.
    Serve(Settings),
    /// One role alone: sockets, pages, REST.
    Edge(RoleArgs),
    /// One role alone: the core and its store.
    Chat(RoleArgs),
    /// One role alone: understanding and dialog.
    Bot(RoleArgs),
    /// Check, import and test intent files.
    #[command(subcommand)]
    Intents(IntentsCommand),
    /// Check lists of sensitive words.
    #[command(subcommand)]
    Words(WordsCommand),
    /// Sentence vectors, one JSON array for each line of standard input.
    Embed(EmbedArgs),
    /// What an admin has to say about the store.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Put a running service under load, and audit every message (docs/bench.md).
    ///
    /// Ends with 0 when every promise held, 1 when one was broken or nothing could be measured.
    Bench(Box<BenchArgs>),
    /// Show the settings in force, or the schema of the file.
    Config(ConfigArgs),
}

/// `kefu words`
#[derive(Debug, Subcommand)]
pub enum WordsCommand {
    /// Say all that is wrong in a directory, as file:line:column: severity: message.
    ///
    /// Ends with 0 when the lists can be used, 1 when there are errors.
    Check {
        /// The directory of `visitors.yaml` and `agents.yaml`.
        dir: PathBuf,
    },
}

/// `kefu store`
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Say, while the service is stopped, that the store was put back from a backup. Needed only
    /// where the data directory is new as well: otherwise the service notices by itself. Places that
    /// clients remember are not believed any more; they read their conversations anew.
    Restored(Settings),
}

/// Settings on the command line; they beat environment and file.
#[derive(Debug, Clone, Default, Args)]
pub struct Settings {
    /// Configuration file [default: config/kefu.toml when it exists].
    #[arg(long, env = "KEFU_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One machine, or roles on several.
    #[arg(long, value_enum, value_name = "MODE")]
    pub mode: Option<ModeArg>,
    /// Where database, sockets and caches live [default: ./data].
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Host and port of pages, REST and WebSocket [default: 127.0.0.1:8811].
    #[arg(long, value_name = "HOST:PORT", overrides_with = "listen")]
    pub listen: Option<String>,
    /// "sqlite" or <postgres://user@host/database> [default: sqlite]. Others on this machine can read
    /// this line; a password belongs into store.password_file or `KEFU_STORE__URL`.
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
}

/// `--mode`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ModeArg {
    /// Everything on one machine.
    Mini,
    /// Roles on several machines, on PostgreSQL and NATS.
    Cluster,
}

/// A role, alone or under the supervisor.
#[derive(Debug, Clone, Default, Args)]
pub struct RoleArgs {
    /// The settings.
    #[command(flatten)]
    pub settings: Settings,
    /// Set by `kefu serve`: its process id. The role ends with it.
    #[arg(long, hide = true)]
    pub supervisor: Option<i32>,
}

/// `kefu embed`
#[derive(Debug, Args)]
pub struct EmbedArgs {
    /// Read texts from standard input, one a line.
    #[arg(long, required = true)]
    pub stdin: bool,
    /// The settings, for the model.
    #[command(flatten)]
    pub settings: Settings,
}

/// `kefu config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print the JSON Schema of the configuration file instead.
    #[arg(long)]
    pub schema: bool,
    /// The settings.
    #[command(flatten)]
    pub settings: Settings,
}

impl Settings {
    /// The flags as the configuration takes them.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            mode: self.mode.map(|mode| match mode {
                ModeArg::Mini => Mode::Mini,
                ModeArg::Cluster => Mode::Cluster,
            }),
            data_dir: self.data_dir.clone(),
            listen: self.listen.clone(),
            store: self.store.clone(),
        }
    }

    /// The same flags for a role that the supervisor starts, but for the store: it may hold a
    /// password, and goes by the environment.
    pub fn to_args(&self) -> Vec<std::ffi::OsString> {
        let mut args = Vec::new();
        let mut push = |flag: &str, value: std::ffi::OsString| {
            args.push(flag.into());
            args.push(value);
        };
        if let Some(file) = &self.config {
            push("--config", file.into());
        }
        if let Some(dir) = &self.data_dir {
            push("--data-dir", dir.into());
        }
        if let Some(listen) = &self.listen {
            push("--listen", listen.into());
        }
        args
    }
}
