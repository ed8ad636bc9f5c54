//! The graph over a large knowledge base's vectors: taken from the cache, or built beside what serves
//! and kept there.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use kefu_bot::reload::Background;
use kefu_nlu::{Engine, KnowledgeIndex, RECALL_MIN};

/// Graphs of other knowledge bases that stay in the cache: of the last few versions.
const KEPT: usize = 3;

/// Gives the engine's knowledge base its graph, if it is large enough to want one: at once where the
/// cache in `dir` has it, else when a thread of low priority has built it. Until then searches scan.
pub fn attach(engine: &Engine, dir: &Path) {
    let Some(index) = engine.knowledge().filter(|index| index.wants_graph()) else {
        return;
    };
    let neighbours = index.neighbours();
    let path = dir.join(format!("neighbours-{:016x}.bin", neighbours.fingerprint()));
    if let Ok(bytes) = fs::read(&path)
        && neighbours.take_graph(&bytes)
    {
        return;
    }
    let index = Arc::clone(index);
    let builder = thread::Builder::new().name("neighbours".to_owned());
    let spawned = builder.spawn(move || build(&index, &path));
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for the graph of neighbours; every search scans all");
    }
}

fn build(index: &Arc<KnowledgeIndex>, path: &Path) {
    let neighbours = index.neighbours();
    // Nobody else holding the index means that a newer knowledge base serves.
    let wanted = || Arc::strong_count(index) > 1;
    let recall = match Background::new("neighbours", 1) {
        Ok(background) => background.run(|| neighbours.build_graph(&wanted)),
        Err(error) => {
            tracing::warn!(%error, "no thread for the graph of neighbours; every search scans all");
            return;
        }
    };
    let Some(recall) = recall else { return };
    if recall < RECALL_MIN {
        tracing::warn!(
            recall,
            wanted = RECALL_MIN,
            "the graph of neighbours misses too much of these vectors; every search scans all"
        );
        return;
    }
    tracing::info!(
        recall,
        vectors = neighbours.len(),
        "neighbours are found by a graph from now on"
    );
    let Some(bytes) = neighbours.graph_bytes() else {
        return;
    };
    if let Err(error) = keep(path, &bytes) {
        tracing::warn!(%error, path = %path.display(), "the graph is built anew at the next start");
    }
}

/// Writes the file whole or not at all, and drops the oldest of the others.
fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let Some(dir) = path.parent() else {
        return Ok(());
    };
    fs::create_dir_all(dir)?;
    let beside = path.with_extension("new");
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path)?;
    let mut graphs: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(dir)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let graph = name.starts_with("neighbours-") && name.ends_with(".bin");
            graph.then_some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    graphs.sort();
    let old = graphs.len().saturating_sub(KEPT);
    for (_, path) in graphs.into_iter().take(old) {
        fs::remove_file(path)?;
    }
    Ok(())
}
