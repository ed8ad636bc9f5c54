//! What a run is to do, checked before anything is done.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use tokio::time::Instant;

use crate::cli::BenchArgs;

/// Visitors for one source address, where nobody says how many: half of what a service lets one
/// address have by default (`edge.sockets_per_ip_max`).
const VISITORS_PER_SOURCE: u32 = 500;
/// Ports that one source address has for one server; Linux gives out 28,232.
const PORTS: u32 = 28_000;

/// Texts that hit keywords, the embedding, forms, small talk, and nothing.
const TEXTS: &[&str] = &[
    "你好",
    "我要退货",
    "查订单到哪了",
    "发票怎么开",
    "where is my order",
    "I want to return an item",
    "衣服买大了想换一件小的",
    "包裹三天没动静了怎么回事",
    "能不能便宜一点",
    "谢谢",
    "thanks a lot",
    "how long does shipping to Norway take",
    "今天天气怎么样",
    "刚才说的那个再讲一遍",
];

/// A run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub server: String,
    /// Who vouches for it over TLS; none: whom this machine believes.
    pub authorities: Option<PathBuf>,
    pub visitors: usize,
    pub model: Model,
    pub agents: Vec<Account>,
    pub rates: Vec<f64>,
    pub find_max: bool,
    pub p99_max: Duration,
    pub duration: Duration,
    pub warm_up: Duration,
    pub drain: Duration,
    pub hand_over: Duration,
    /// Of the load at a part of the highest rate; none: without it.
    pub steady: Option<Duration>,
    /// No rate lasts longer.
    pub until: Option<Instant>,
    /// None: whatever the system takes.
    pub sources: Vec<IpAddr>,
    pub json_share: f64,
    pub compression: bool,
    pub agent_share: f64,
    pub texts: Vec<String>,
    pub marks: bool,
    pub seed: u64,
}

/// Whom visitors talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// The bot answers.
    Bot,
    /// They ask for a person at once.
    Human,
}

/// Who logs in. Never shown.
#[derive(Clone)]
pub struct Account {
    pub login: String,
    pub password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.login)
    }
}

impl Plan {
    /// # Errors
    /// When the server may not be loaded, or something cannot be read.
    pub fn new(args: &BenchArgs) -> anyhow::Result<Self> {
        let host = host(&args.server)?;
        may_load(&host, args.i_may_load.as_deref())?;
        for rate in &args.rates {
            ensure!(
                rate.is_finite() && *rate > 0.0 && *rate <= 1_000_000.0,
                "--rates: {rate} is no rate"
            );
        }
        let agents = match &args.agents_file {
            None => Vec::new(),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("--agents-file {}", file.display()))?;
                accounts(&text)?
            }
        };
        let texts = match &args.texts {
            None => TEXTS.iter().map(|text| (*text).to_owned()).collect(),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("--texts {}", file.display()))?;
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                lines.map(str::to_owned).collect::<Vec<_>>()
            }
        };
        ensure!(!texts.is_empty(), "--texts: there is no text in it");
        let sources = sources(args, &host);
        let most = args.visitors.div_ceil(sources.len().max(1) as u32);
        ensure!(
            most <= PORTS,
            "{most} visitors from one address, which has {PORTS} ports: give more --sources"
        );
        Ok(Self {
            server: args.server.trim_end_matches('/').to_owned(),
            authorities: args.authorities.clone(),
            visitors: args.visitors as usize,
            model: if args.bot { Model::Bot } else { Model::Human },
            rates: args.rates.clone(),
            find_max: args.find_max,
            p99_max: Duration::from_millis(args.p99_max_ms),
            duration: Duration::from_secs(args.duration),
            warm_up: Duration::from_secs(args.warm_up),
            drain: Duration::from_secs(args.drain),
            hand_over: Duration::from_secs(args.hand_over),
            steady: args.steady.map(Duration::from_secs),
            until: args
                .limit
                .map(|limit| Instant::now() + Duration::from_secs(limit)),
            json_share: args.json_share,
            compression: args.compression,
            agent_share: if agents.is_empty() {
                0.0
            } else {
                args.agent_share
            },
            marks: !args.no_marks,
            seed: args.seed,
            agents,
            sources,
            texts,
        })
    }

    /// Whether there is time for a rate of this length.
    pub fn has_time(&self, length: Duration) -> bool {
        let ends = Instant::now() + self.warm_up + length;
        self.until.is_none_or(|until| ends <= until)
    }

    /// The source address of the how manieth connection.
    pub fn source(&self, number: usize) -> Option<IpAddr> {
        let count = self.sources.len().max(1);
        self.sources.get(number % count).copied()
    }
}

fn host(server: &str) -> anyhow::Result<String> {
    let plain = server.strip_prefix("http://");
    let Some(authority) = plain.or_else(|| server.strip_prefix("https://")) else {
        bail!("--server {server}: expected http://host:port or https://host:port");
    };
    let authority = authority.trim_end_matches('/');
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => authority,
    };
    ensure!(
        !host.is_empty() && !host.contains('/'),
        "--server {server}: expected http://host:port or https://host:port"
    );
    Ok(host.trim_matches(['[', ']']).to_owned())
}

/// Nobody puts a service of others under load by a slip of the hand.
fn may_load(host: &str, allowed: Option<&str>) -> anyhow::Result<()> {
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    ensure!(
        is_here || allowed == Some(host),
        "{host} is not this machine. If you may put it under load, say so: --i-may-load {host}"
    );
    Ok(())
}

fn sources(args: &BenchArgs, host: &str) -> Vec<IpAddr> {
    if !args.source.is_empty() {
        return args.source.clone();
    }
    let is_loopback =
        host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    if !is_loopback {
        return Vec::new();
    }
    let wanted = u32::from(args.sources.unwrap_or(0));
    let enough = args.visitors.div_ceil(VISITORS_PER_SOURCE).clamp(1, 250);
    let count = if wanted > 0 { wanted } else { enough };
    let address = |number: u32| IpAddr::from([127, 0, 0, u8::try_from(number).unwrap_or(1)]);
    (1..=count).map(address).collect()
}

fn accounts(text: &str) -> anyhow::Result<Vec<Account>> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let accounts: Vec<Account> = lines
        .map(|(number, line)| {
            let (login, password) = line
                .split_once(char::is_whitespace)
                // Never the line itself: it may be a password.
                .with_context(|| {
                    format!("--agents-file: line {} is not `login password`", number + 1)
                })?;
            Ok(Account {
                login: login.to_owned(),
                password: password.trim().to_owned(),
            })
        })
        .collect::<anyhow::Result<_>>()?;
    ensure!(!accounts.is_empty(), "--agents-file: there is nobody in it");
    Ok(accounts)
}

#[cfg(test)]
mod tests {
    use super::{accounts, host, may_load};

    #[test]
    fn other_machines_are_loaded_only_when_that_is_said() {
        for server in [
            "http://127.0.0.1:8811",
            "https://localhost",
            "http://[::1]:80/",
        ] {
            may_load(&host(server).expect("an address"), None).expect("here");
        }
        let far = host("http://shop.example:8811").expect("an address");
        may_load(&far, None).expect_err("not here");
        may_load(&far, Some("other.example")).expect_err("another one");
        may_load(&far, Some("shop.example")).expect("said");
        host("ws://shop.example").expect_err("no such scheme");
    }

    #[test]
    fn a_line_that_is_no_account_is_named_and_not_shown() {
        let told = accounts("a correct horse\n\nhunter2\n").expect_err("one is wrong");
        assert!(told.to_string().contains("line 3") && !told.to_string().contains("hunter2"));
        let all = accounts("# who\na correct horse\n").expect("one");
        assert_eq!(
            (all[0].login.as_str(), all[0].password.as_str()),
            ("a", "correct horse")
        );
    }
}
