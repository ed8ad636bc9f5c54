//! What happened and what held: as figures, and as a page.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use kefu_tests::history::Summary;
use serde::Serialize;
use serde_json::json;

use crate::{
    Args,
    meter::{PROCESSES, Tick},
    page,
};

/// What a process may have more at the end than it had at its least, in KiB.
const GROWTH_KIB_MAX: u64 = 64 * 1024;
/// Descriptors that it may have more than in the first calm.
const DESCRIPTORS_MORE_MAX: u64 = 16;

/// One fault.
#[derive(Debug, Clone, Serialize)]
pub struct Happened {
    pub name: String,
    /// Since the beginning.
    pub at_s: f64,
    /// Until nothing was in the way any more.
    pub lasted_s: f64,
    /// From then on, until somebody new had a message acknowledged.
    pub recovery_s: f64,
}

/// All of it.
#[derive(Debug)]
pub struct Report {
    pub seed: u64,
    pub store: String,
    pub minutes: f64,
    pub visitors: usize,
    pub agents: usize,
    pub happened: Vec<Happened>,
    pub ticks: Vec<Tick>,
    pub summary: Summary,
    /// By process, when everybody has gone: resident memory in KiB, and descriptors.
    pub at_rest: BTreeMap<String, (u64, u64)>,
    pub broken: Vec<String>,
}

impl Report {
    pub fn new(args: &Args, seed: u64) -> Self {
        Self {
            seed,
            store: format!("{:?}", args.store).to_lowercase(),
            minutes: args.minutes,
            visitors: args.visitors,
            agents: args.agents,
            happened: Vec::new(),
            ticks: Vec::new(),
            summary: Summary::default(),
            at_rest: BTreeMap::new(),
            broken: Vec::new(),
        }
    }

    /// At rest a process has little more memory than ever, and no more open than at the beginning.
    pub fn judge_growth(&mut self) {
        for (index, name) in PROCESSES.iter().enumerate() {
            let Some((resident, descriptors)) = self.at_rest.get(*name).copied() else {
                self.broken.push(format!("{name} does not live at the end"));
                continue;
            };
            let memory = self
                .ticks
                .iter()
                .filter_map(|tick| tick.resident_kib[index]);
            let least = memory.min().unwrap_or(0);
            let first = self.ticks.iter().take(10);
            let open_first = first.filter_map(|tick| tick.descriptors[index]).max();
            if resident > least + GROWTH_KIB_MAX {
                let line = format!("{name} grew from {least} KiB to {resident}");
                self.broken.push(line);
            }
            if descriptors > open_first.unwrap_or(0) + DESCRIPTORS_MORE_MAX {
                let line = format!("{name} kept {descriptors} descriptors of {open_first:?}");
                self.broken.push(line);
            }
        }
    }

    /// By kind: how often, and the recovery times in order.
    pub fn by_kind(&self) -> BTreeMap<&str, Vec<f64>> {
        let mut kinds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for happened in &self.happened {
            kinds
                .entry(&happened.name)
                .or_default()
                .push(happened.recovery_s);
        }
        for times in kinds.values_mut() {
            times.sort_by(f64::total_cmp);
        }
        kinds
    }

    fn figures(&self) -> serde_json::Value {
        let summary = &self.summary;
        json!({
            "seed": self.seed,
            "store": self.store,
            "minutes": self.minutes,
            "visitors": self.visitors,
            "agents": self.agents,
            "history": {
                "conversations": summary.conversations, "sent": summary.sent,
                "acknowledged": summary.acknowledged, "refused": summary.refused,
                "unanswered": summary.unanswered, "stored": summary.stored,
                "heard": summary.heard,
            },
            "faults": self.happened,
            "at_rest": self.at_rest,
            "ticks": self.ticks,
            "broken": self.broken,
        })
    }
}

/// Writes `soak-STORE.html` and `.json`. Returns where the page is.
///
/// # Errors
/// When the directory cannot be written.
pub fn write(report: &Report, dir: &Path) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let page = dir.join(format!("soak-{}.html", report.store));
    fs::write(&page, page::page(report))?;
    let figures = serde_json::to_string(&report.figures())?;
    fs::write(page.with_extension("json"), figures)?;
    Ok(page)
}
