//! Reading and merging.

use std::path::{Path, PathBuf};

use figment::{
    Figment,
    providers::{Env, Format as _, Serialized, Toml},
};

use crate::{Config, Mode, store::redact};

/// Read when no file is named; may be absent.
pub const DEFAULT_FILE: &str = "config/kefu.toml";

/// Variables with our prefix that are not settings.
const NOT_SETTINGS: [&str; 6] = [
    "failpoint",
    "bless",
    "config",
    "log",
    "test_postgres",
    "test_seed",
];

/// What flags say.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--mode`
    pub mode: Option<Mode>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<String>,
    /// `--store`
    pub store: Option<String>,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named with `--config` is not there.
    #[error("{0}: no such configuration file")]
    Missing(PathBuf),
    /// Wrong syntax, an unknown key, a value of another type.
    #[error("{0}")]
    Invalid(String),
    /// A value that cannot work.
    #[error("{key}: {problem}")]
    Value {
        /// The setting.
        key: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// Reads `file` (or [`DEFAULT_FILE`] when it exists), the environment and the flags.
///
/// # Errors
/// See [`ConfigError`]; each names the key and where it was read.
pub fn load(file: Option<&Path>, flags: &Overrides) -> Result<Config, ConfigError> {
    let mut figment = Figment::new();
    match file {
        Some(path) if !path.is_file() => return Err(ConfigError::Missing(path.into())),
        Some(path) => figment = figment.merge(Toml::file_exact(path)),
        None if Path::new(DEFAULT_FILE).is_file() => {
            figment = figment.merge(Toml::file_exact(DEFAULT_FILE));
        }
        None => {}
    }
    figment = figment.merge(Env::prefixed("KEFU_").ignore(&NOT_SETTINGS).split("__"));
    if let Some(mode) = flags.mode {
        figment = figment.merge(Serialized::default("mode", mode));
    }
    if let Some(dir) = &flags.data_dir {
        figment = figment.merge(Serialized::default("data_dir", dir));
    }
    if let Some(listen) = &flags.listen {
        figment = figment.merge(Serialized::default("listen", listen));
    }
    if let Some(url) = &flags.store {
        figment = figment.merge(Serialized::default("store.url", url));
    }
    let config: Config = figment
        .extract()
        .map_err(|error| ConfigError::Invalid(explain(error)))?;
    validate(&config)?;
    Ok(config)
}

/// One line per mistake: what, which key, from where. What was found may be a password in the
/// wrong place.
fn explain(errors: figment::Error) -> String {
    let lines = errors.into_iter().map(|error| {
        let key = error.path.join(".");
        let from = error
            .metadata
            .as_ref()
            .map_or_else(String::new, |metadata| {
                let source = metadata
                    .source
                    .as_ref()
                    .map_or(String::new(), |s| format!(" {s}"));
                format!(" (in {}{source})", metadata.name)
            });
        let at = if key.is_empty() {
            String::new()
        } else {
            format!("{key}: ")
        };
        format!("{at}{}{from}", error.kind)
    });
    redact(&lines.collect::<Vec<_>>().join("\n"))
}

fn validate(config: &Config) -> Result<(), ConfigError> {
    let wrong = |key: &str, problem: &str| {
        Err(ConfigError::Value {
            key: key.into(),
            problem: problem.into(),
        })
    };
    if let Some(key) = bound_of_nothing(config) {
        return wrong(
            &key,
            "must be at least 1: a bound of 0 lets nothing through",
        );
    }
    if let Some((key, problem)) = config.store.problem() {
        return wrong(key, problem);
    }
    if let Some((key, problem)) = config.closing.problem() {
        return wrong(key, &problem);
    }
    if let Some(problem) = config.hours.problem() {
        return wrong("hours.calendars", &problem);
    }
    if let Some((key, problem)) = config.assist.problem() {
        return wrong(key, problem);
    }
    if let Some((key, problem)) = config.sla.problem().or_else(|| config.board.problem()) {
        return wrong(key, problem);
    }
    if let Some((key, problem)) = config.identity.problem() {
        return wrong(key, problem);
    }
    if config.chat.limits.vip_ahead_max == 0 {
        return wrong("chat.limits.vip_ahead_max", "must be at least 1");
    }
    if config.edge.limits.header_bytes_max < 8_192 {
        return wrong("edge.limits.header_bytes_max", "must be at least 8192");
    }
    let frames_min = config.edge.sends_per_second.saturating_mul(2);
    if config.edge.limits.frames_per_second < frames_min {
        return wrong(
            "edge.limits.frames_per_second",
            "must be at least twice edge.sends_per_second",
        );
    }
    if config.edge.limits.poll_s > 25 {
        let problem = "must be 1 to 25: networks of phones give up after 30 seconds";
        return wrong("edge.limits.poll_s", problem);
    }
    if let Some(origin) = config.edge.allowed_origins.iter().find(|o| !is_origin(o)) {
        let problem = format!("{origin:?} is no origin; write it as \"https://shop.example\"");
        return wrong("edge.allowed_origins", &problem);
    }
    let media = &config.media;
    if !(16..=16_384).contains(&media.image_side_max) {
        return wrong("media.image_side_max", "must be 16 to 16384 pixels");
    }
    if !(16..=1_024).contains(&media.thumb_side_max) {
        return wrong("media.thumb_side_max", "must be 16 to 1024 pixels");
    }
    if !media.s3.endpoint.is_empty() && media.s3.timeout_s == 0 {
        return wrong("media.s3.timeout_s", "must be at least 1");
    }
    if media.sweep_s == 0 || media.upload_timeout_s == 0 || media.orphan_hours == 0 {
        let problem = "sweep_s, upload_timeout_s and orphan_hours must be at least 1";
        return wrong("media", problem);
    }
    let mut guests = config.edge.widget_origins.iter();
    if let Some(origin) = guests.find(|origin| *origin != "*" && !is_origin(origin)) {
        let problem = format!(
            "{origin:?} is no origin; write it as \"https://shop.example\", or \"*\" for all"
        );
        return wrong("edge.widget_origins", &problem);
    }
    if config.node > 1023 {
        return wrong("node", "must be 0 to 1023");
    }
    if !(0.5..1.0).contains(&config.nlu.target_precision) {
        return wrong("nlu.target_precision", "must be at least 0.5 and below 1");
    }
    let nlu = &config.nlu;
    let shares = [
        ("nlu.confirm_hit_rate", nlu.confirm_hit_rate, 0.5, 0.99),
        ("nlu.close_ratio", nlu.close_ratio, 0.05, 1.0),
        ("nlu.out_of_scope_share", nlu.out_of_scope_share, 0.001, 0.9),
        ("nlu.refusal_rate", nlu.refusal_rate, 0.0, 0.5),
    ];
    for (key, value, least, most) in shares {
        if !(least..=most).contains(&value) {
            return wrong(key, &format!("must be at least {least} and at most {most}"));
        }
    }
    if !(1..=3).contains(&config.nlu.confirm_choices) {
        return wrong("nlu.confirm_choices", "must be 1 to 3");
    }
    if !matches!(config.bot.model_pooling.as_str(), "mean" | "cls") {
        return wrong("bot.model_pooling", "must be \"mean\" or \"cls\"");
    }
    if config.bot.turns_max == 0 || config.bot.threads == 0 {
        return wrong("bot", "turns_max and threads must be at least 1");
    }
    if config.site.questions.len() > 8 {
        return wrong("site.questions", "at most 8 fit on a phone");
    }
    Ok(())
}

/// The first setting named `…_max`, `…_min` or `…_per_second` that is 0.
fn bound_of_nothing(config: &Config) -> Option<String> {
    fn walk(value: &serde_json::Value, path: &str) -> Option<String> {
        let bound = ["_max", "_min", "_per_second", "_per_ip"];
        value.as_object()?.iter().find_map(|(key, value)| {
            let path = format!("{path}{key}");
            if bound.iter().any(|end| key.ends_with(end)) && value.as_u64() == Some(0) {
                return Some(path);
            }
            walk(value, &format!("{path}."))
        })
    }
    walk(&serde_json::to_value(config).ok()?, "")
}

/// Scheme and host, perhaps a port, and nothing after it.
fn is_origin(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    // What would mean something in a header (`frame-ancestors`) is in no host's name.
    let foreign = |c: char| !c.is_ascii() || c.is_ascii_whitespace() || "/?#@;,'\"*".contains(c);
    rest.is_some_and(|host| !host.is_empty() && !host.contains(foreign))
}
