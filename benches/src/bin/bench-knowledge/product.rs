//! The binary itself: `kefu intents import`, and the service over what it made.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use kefu_benches::field_mib;
use kefu_tests::{Options, Service};
use serde_json::{Value, json};

/// Seconds of `kefu intents import`, embedding included; the bar is drawn where stderr is a terminal.
pub fn import(file: &Path, intents: &Path, cache: &Path) -> Result<f64> {
    // The shipped intents beside it, as a company would have both.
    for entry in std::fs::read_dir("intents")?.flatten() {
        if entry.path().extension().is_some_and(|ext| ext == "yaml") {
            std::fs::copy(entry.path(), intents.join(entry.file_name()))?;
        }
    }
    let started = Instant::now();
    let status = Command::new(binary()?)
        .args(["intents", "import"])
        .arg(file)
        .arg("--out")
        .arg(intents)
        .env("KEFU_BOT__CACHE_DIR", std::path::absolute(cache)?)
        .status()?;
    ensure!(status.success(), "the import ended with {status}");
    Ok(started.elapsed().as_secs_f64())
}

/// Starts three times: while the graph is built beside, and with the graph kept.
pub fn measure(intents: &Path, cache: &Path) -> Result<Value> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        eprintln!("first start: the graph is built beside");
        let (mut service, without_graph_s) = start(intents, cache).await?;
        let built = Instant::now();
        while !service.log().contains("by a graph from now on")
            && built.elapsed() < Duration::from_secs(600)
        {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let graph_s = built.elapsed().as_secs_f64();
        let after_building = memory(&service)?;
        service.terminate().await;
        let mut starts = Vec::new();
        let mut resident = json!(null);
        for _ in 0..3 {
            eprintln!("start with everything kept");
            let (mut service, took) = start(intents, cache).await?;
            starts.push(took);
            resident = memory(&service)?;
            service.terminate().await;
        }
        starts.sort_by(f64::total_cmp);
        Ok(json!({
            "start_without_graph_s": without_graph_s,
            "graph_built_beside_s": graph_s,
            "warm_start_s": starts,
            "resident_mib": resident,
            "resident_after_building_mib": after_building,
        }))
    })
}

async fn start(intents: &Path, cache: &Path) -> Result<(Service, f64)> {
    let options = Options::default()
        .env(
            "KEFU_BOT__INTENTS_DIR",
            std::path::absolute(intents)?.display(),
        )
        .env("KEFU_BOT__CACHE_DIR", std::path::absolute(cache)?.display());
    let started = Instant::now();
    let service = Service::start(options).await;
    service.until_ready().await;
    Ok((service, started.elapsed().as_secs_f64()))
}

fn memory(service: &Service) -> Result<Value> {
    let mut figures = serde_json::Map::new();
    let mut all = 0.0;
    for role in ["edge", "chat", "bot"] {
        let pid = service
            .pid_of(role)
            .with_context(|| format!("{role} lives"))?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name| field_mib(&status, name).unwrap_or_default();
        all += field("VmRSS");
        figures.insert(
            role.to_owned(),
            json!({ "rss": field("VmRSS"), "peak": field("VmHWM") }),
        );
    }
    figures.insert("total_rss".to_owned(), json!(all));
    Ok(figures.into())
}

fn binary() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let beside = here.with_file_name("kefu");
    ensure!(
        beside.is_file(),
        "build it first: cargo build --release --package kefu"
    );
    Ok(beside)
}
