//! The peers of `benches/peers/nlu_peers.py`, on the model's own vectors and the same splits.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    sets::Split,
    vectors::{PLAIN, Vectors},
};

/// What the script prints of one split.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Peers {
    pub name: String,
    /// Top intent right, by peer.
    pub top: BTreeMap<String, f64>,
    /// Answered with the threshold that is best in hindsight, at our precision.
    #[serde(default)]
    pub coverage: BTreeMap<String, f64>,
    /// Of one signal alone, inside against outside.
    #[serde(default)]
    pub auroc: BTreeMap<String, f64>,
}

/// Runs the script over (split, our precision of what is answered).
pub fn run(
    python: &Path,
    vectors: &Vectors,
    splits: &[(Split, Option<f64>)],
) -> Result<Vec<Peers>> {
    let dir = tempfile::tempdir()?;
    let mut texts: Vec<&str> = Vec::new();
    let mut places = HashMap::<&str, usize>::new();
    let mut tasks = Vec::new();
    for (split, precision) in splits {
        let all = (split.train.iter().chain(&split.test)).map(|line| &line.1);
        for text in all.chain(&split.outside) {
            if !places.contains_key(text.as_str()) {
                places.insert(text, texts.len());
                texts.push(text);
            }
        }
        let rows = |lines: &[(String, String)]| -> Vec<(usize, String)> {
            let row = |(intent, text): &(String, String)| (places[text.as_str()], intent.clone());
            lines.iter().map(row).collect()
        };
        let outside: Vec<usize> = split
            .outside
            .iter()
            .map(|text| places[text.as_str()])
            .collect();
        tasks.push(json!({
            "name": split.name(), "train": rows(&split.train), "test": rows(&split.test),
            "outside": outside, "precision": precision,
        }));
    }
    let plain = vectors.plain(&texts)?;
    let bytes: Vec<u8> = plain.iter().flat_map(|x| x.to_le_bytes()).collect();
    fs::write(dir.path().join("vectors.f32"), bytes)?;
    let work = json!({ "dimension": PLAIN, "texts": texts, "tasks": tasks });
    fs::write(dir.path().join("work.json"), serde_json::to_vec(&work)?)?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/nlu_peers.py");
    let output = Command::new(python)
        .arg(script)
        .arg(dir.path())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("starting {}", python.display()))?;
    ensure!(
        output.status.success(),
        "the peers failed: {}",
        output.status
    );
    serde_json::from_slice(&output.stdout).context("what the peers printed")
}
