//! One configuration for every role: defaults, then a TOML file, then `KEFU_…` environment
//! variables, then flags; the later wins.
//!
//! Invariants: an unknown key is an error that names the key and where it stands; every limit has
//! a name with its unit last; nothing here knows what a role does with a setting.

mod assist;
mod board;
mod bot;
mod bounds;
mod chat;
mod closing;
mod door;
mod edge;
mod hours;
mod identity;
mod intents;
mod left;
mod load;
mod log;
mod masked;
mod media;
mod routing;
mod search;
mod site;
mod store;
mod supervisor;
mod teamwork;
mod words;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use assist::{AssistConfig, TrailConfig};
pub use board::{BoardConfig, SlaConfig};
pub use bot::{ActionsConfig, BotConfig, DialogConfig, NluConfig};
pub use bounds::{ChatBounds, EdgeBounds};
pub use chat::ChatConfig;
pub use closing::{ChoiceConfig, ClosingConfig};
pub use door::MetricsDoor;
pub use edge::EdgeConfig;
pub use hours::{CalendarConfig, HoursConfig, WeekConfig};
pub use identity::{IdentityConfig, IdentityKeyConfig};
pub use intents::IntentsConfig;
pub use left::LeftConfig;
pub use load::{ConfigError, DEFAULT_FILE, Overrides, load};
pub use log::{LogConfig, LogFormat};
pub use media::{MediaConfig, S3Config, SecretKey};
pub use routing::RoutingConfig;
pub use search::SearchConfig;
pub use site::{Question, SiteConfig, Words};
pub use store::{StoreConfig, StoreUrl};
pub use supervisor::SupervisorConfig;
pub use teamwork::TeamworkConfig;
pub use words::WordsConfig;

/// How the roles are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Everything on one machine.
    #[default]
    Mini,
    /// Roles on several machines, on PostgreSQL and NATS.
    Cluster,
}

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// "mini" or "cluster".
    pub mode: Mode,
    /// Where SQLite's file, sockets and caches live. Must be writable.
    pub data_dir: PathBuf,
    /// Host and port of pages, REST and WebSocket.
    pub listen: String,
    /// Number of this node, 0 to 1023, part of every id. Distinct in a cluster.
    pub node: u32,
    /// What visitors see.
    pub site: SiteConfig,
    /// The log.
    pub log: LogConfig,
    /// Where everything is stored.
    pub store: StoreConfig,
    /// The role that holds sockets.
    pub edge: EdgeConfig,
    /// The core.
    pub chat: ChatConfig,
    /// Who is given what.
    pub routing: RoutingConfig,
    /// How talks with agents end.
    pub closing: ClosingConfig,
    /// Messages left instead of waiting.
    pub left: LeftConfig,
    /// Visitors whom the business names.
    pub identity: IdentityConfig,
    /// Business hours.
    pub hours: HoursConfig,
    /// What is promised to visitors who want a person.
    pub sla: SlaConfig,
    /// The event history and the board.
    pub board: BoardConfig,
    /// Searching what was said.
    pub search: SearchConfig,
    /// Sensitive words.
    pub words: WordsConfig,
    /// Pictures and files in conversations.
    pub media: MediaConfig,
    /// What agents share around a conversation.
    pub teamwork: TeamworkConfig,
    /// Replies that the bot proposes to agents.
    pub assist: AssistConfig,
    /// The pages that visitors are on.
    pub trail: TrailConfig,
    /// The bot role.
    pub bot: BotConfig,
    /// Hot reload and history of the intents.
    pub intents: IntentsConfig,
    /// Keywords, neighbours, decision.
    pub nlu: NluConfig,
    /// The conversation's numbers.
    pub dialog: DialogConfig,
    /// What `kefu serve` does with dead roles.
    pub supervisor: SupervisorConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::Mini,
            data_dir: "data".into(),
            listen: "127.0.0.1:8811".into(),
            node: 0,
            site: SiteConfig::default(),
            log: LogConfig::default(),
            store: StoreConfig::default(),
            edge: EdgeConfig::default(),
            chat: ChatConfig::default(),
            routing: RoutingConfig::default(),
            closing: ClosingConfig::default(),
            left: LeftConfig::default(),
            identity: IdentityConfig::default(),
            hours: HoursConfig::default(),
            sla: SlaConfig::default(),
            board: BoardConfig::default(),
            search: SearchConfig::default(),
            words: WordsConfig::default(),
            media: MediaConfig::default(),
            teamwork: TeamworkConfig::default(),
            assist: AssistConfig::default(),
            trail: TrailConfig::default(),
            bot: BotConfig::default(),
            intents: IntentsConfig::default(),
            nlu: NluConfig::default(),
            dialog: DialogConfig::default(),
            supervisor: SupervisorConfig::default(),
        }
    }
}

impl Config {
    /// The directory of the roles' sockets.
    #[must_use]
    pub fn run_dir(&self) -> PathBuf {
        self.data_dir.join("run")
    }

    /// The directory of pictures and files.
    #[must_use]
    pub fn media_dir(&self) -> PathBuf {
        self.data_dir.join("media")
    }

    /// The directory of remembered vectors.
    #[must_use]
    pub fn cache_dir(&self) -> PathBuf {
        if self.bot.cache_dir.as_os_str().is_empty() {
            return self.data_dir.join("cache");
        }
        self.bot.cache_dir.clone()
    }

    /// The JSON Schema of the file, for editors.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Config).to_value()
    }
}
