//! Everything that a run gave, for machines.

use std::fs;

use serde::Serialize;

use super::{
    knee::Knee,
    ledger::Audit,
    plan::{Model, Plan},
    steps::Step,
};

/// `bench.json`. Times are milliseconds.
#[derive(Debug, Serialize)]
pub struct Report {
    pub kefu: &'static str,
    /// As it was typed; there are no secrets in it.
    pub command: Vec<String>,
    /// UTC milliseconds since 1970.
    pub at_ms: i64,
    pub machine: Machine,
    pub server: String,
    pub model: Model,
    pub seed: u64,
    pub visitors: usize,
    pub agents: usize,
    /// Conversations that an agent of the run had.
    pub served: usize,
    pub source_addresses: usize,
    pub json_share: f64,
    /// Long frames might travel compressed.
    pub compression: bool,
    pub agent_share: f64,
    pub texts: usize,
    pub marks: bool,
    pub warm_up_s: u64,
    pub duration_s: u64,
    pub p99_max_ms: u64,
    pub steps: Vec<Step>,
    /// The highest rate that was borne; 0: none was.
    pub best_rate: f64,
    pub knee: Knee,
    /// There was no time for all rates.
    pub cut_short: bool,
    pub audit: Audit,
}

/// What it ran on.
#[derive(Debug, Serialize)]
pub struct Machine {
    pub cores: usize,
    pub processor: String,
    pub memory_mib: u64,
    pub system: String,
}

impl Machine {
    pub fn here() -> Self {
        let field = |file: &str, name: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once(':'));
            value.map_or_else(String::new, |(_, value)| value.trim().to_owned())
        };
        let kib = field("/proc/meminfo", "MemTotal");
        let kib: u64 = kib.trim_end_matches(" kB").parse().unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: field("/proc/cpuinfo", "model name"),
            memory_mib: kib / 1024,
            system: format!("{} {}", std::env::consts::OS, kernel.trim()),
        }
    }
}

impl Report {
    pub fn new(
        plan: &Plan,
        served: usize,
        at_ms: i64,
        (steps, cut_short): (Vec<Step>, bool),
        audit: Audit,
    ) -> Self {
        let knee = Knee::of(&steps);
        Self {
            kefu: env!("CARGO_PKG_VERSION"),
            command: std::env::args().collect(),
            at_ms,
            machine: Machine::here(),
            server: plan.server.clone(),
            model: plan.model,
            seed: plan.seed,
            visitors: plan.visitors,
            agents: plan.agents.len(),
            served,
            source_addresses: plan.sources.len(),
            json_share: plan.json_share,
            compression: plan.compression,
            agent_share: plan.agent_share,
            texts: plan.texts.len(),
            marks: plan.marks,
            warm_up_s: plan.warm_up.as_secs(),
            duration_s: plan.duration.as_secs(),
            p99_max_ms: u64::try_from(plan.p99_max.as_millis()).unwrap_or(u64::MAX),
            best_rate: knee.borne,
            knee,
            cut_short,
            steps,
            audit,
        }
    }

    /// In a few lines, for whoever waited.
    pub fn lines(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::from(
            "     rate   acknowledged/s   acknowledged p50 / p99 / max ms    delivered p99 ms   refused\n",
        );
        for step in &self.steps {
            let Step {
                acknowledged: acked,
                delivered,
                answered,
                ..
            } = step;
            // Where nobody else reads, the bot's answer is what people wait for.
            let (other, word) = if delivered.count > 0 {
                (delivered, "")
            } else {
                (answered, " (bot)")
            };
            let _ = writeln!(
                text,
                "{:>9.1} {:>16.1} {:>16.1} / {:.1} / {:.1} {:>22.1}{word} {:>9}{}",
                step.rate,
                step.acknowledged_per_second,
                acked.p50,
                acked.p99,
                acked.max,
                other.p99,
                step.refused,
                if step.borne {
                    String::new()
                } else {
                    format!("   not borne: {}", step.why_not())
                },
            );
        }
        if self.cut_short {
            text.push_str("cut short: --limit left no time for the rest\n");
        }
        if self.steps.len() > 1 {
            let _ = writeln!(text, "{}", self.knee.words());
        }
        let Audit {
            said,
            acknowledged,
            stored,
            delivered,
            ..
        } = &self.audit;
        let _ = writeln!(
            text,
            "audit: {said} said, {acknowledged} acknowledged, {stored} read back, {delivered} delivered"
        );
        if self.audit.is_good() {
            text.push_str("audit: every promise held\n");
        }
        for (promise, times) in &self.audit.broken {
            let _ = writeln!(text, "audit: BROKEN, {times} times: {promise}");
        }
        for example in &self.audit.examples {
            let _ = writeln!(text, "       {example}");
        }
        text
    }
}
