//! What can be asked of `kefu bench`.

use std::{net::IpAddr, path::PathBuf};

use clap::Args;

/// `kefu bench`
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// The service, `http://host:port`, or `https://` where TLS is in front of it. Other machines than
    /// this one need --i-may-load.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8811")]
    pub server: String,
    /// Over TLS, the authorities that vouch for the service (PEM), instead of this machine's.
    #[arg(long, value_name = "FILE")]
    pub authorities: Option<PathBuf>,
    /// Yes, this host may be put under load: the host of --server, as it stands there.
    #[arg(long, value_name = "HOST")]
    pub i_may_load: Option<String>,
    /// Visitors, each with a connection and a conversation.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub visitors: u32,
    /// Agents who take the conversations: a file with a line `login password` for each. Without it
    /// visitors who ask for a person wait in the queue.
    #[arg(long, env = "BENCH_AGENTS_FILE", value_name = "FILE")]
    pub agents_file: Option<PathBuf>,
    /// Visitors talk to the bot, and nobody asks for a person.
    #[arg(long, conflicts_with = "agents_file")]
    pub bot: bool,
    /// Messages per second, of all together; several are measured one after the other.
    #[arg(long, value_name = "RATE", value_delimiter = ',', default_value = "20")]
    pub rates: Vec<f64>,
    /// Look for the highest rate that is borne, from the first of --rates on.
    #[arg(long)]
    pub find_max: bool,
    /// A rate is borne while 99 of 100 messages are acknowledged in this time, milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 250)]
    pub p99_max_ms: u64,
    /// How long each rate is measured, seconds.
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub duration: u64,
    /// Before that, at the same rate, seconds that do not count.
    #[arg(long, value_name = "S", default_value_t = 5)]
    pub warm_up: u64,
    /// How long the last answers are waited for, and readers when histories are read back, seconds.
    #[arg(long, value_name = "S", default_value_t = 30)]
    pub drain: u64,
    /// How long agents may take to get the conversations, seconds. Those who have none by then wait in the
    /// queue.
    #[arg(long, value_name = "S", default_value_t = 300)]
    pub hand_over: u64,
    /// After the search, so many seconds at 60 % of the highest rate that was borne.
    #[arg(long, value_name = "S", requires = "find_max")]
    pub steady: Option<u64>,
    /// No rate is begun that would last longer than so many seconds since the start.
    #[arg(long, value_name = "S")]
    pub limit: Option<u64>,
    /// Source addresses on loopback: 127.0.0.1 and so many in all. Default: one for each 500
    /// visitors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=250))]
    pub sources: Option<u8>,
    /// These source addresses of this machine instead.
    #[arg(
        long,
        value_name = "IP",
        value_delimiter = ',',
        conflicts_with = "sources"
    )]
    pub source: Vec<IpAddr>,
    /// Share of the visitors who speak JSON instead of Protobuf, 0 to 1. Agents always do.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub json_share: f64,
    /// Long frames may travel compressed (Snappy), in both directions, where the service agrees.
    #[arg(long)]
    pub compression: bool,
    /// Share of the messages that agents say, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.4, value_parser = share)]
    pub agent_share: f64,
    /// What visitors say: one text a line, drawn evenly.
    #[arg(long, value_name = "FILE")]
    pub texts: Option<PathBuf>,
    /// Nobody tells the service what has arrived; real pages do.
    #[arg(long)]
    pub no_marks: bool,
    /// Decides every draw: who says what when.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where bench.json and bench.html go.
    #[arg(long, value_name = "DIR", default_value = "bench-results")]
    pub out: PathBuf,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".into()),
    }
}
