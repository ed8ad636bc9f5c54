//! `kefu embed --stdin`: one JSON vector for each line.

use std::{
    io::{BufRead as _, BufWriter, Write as _},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use kefu_config::Config;
use kefu_nlu::Embedder as _;

use crate::{exit::OrUnusable as _, roles};

/// Lines that are computed together.
const BATCH_LINES: usize = 64;

pub fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let required = kefu_config::BotConfig {
        model_required: true,
        ..config.bot.clone()
    };
    let Some(encoder) = roles::load_plain_model(&required, threads).or_unusable()? else {
        bail!("there is no model");
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut lines = std::io::stdin().lock().lines();
    loop {
        let batch: Vec<String> = lines
            .by_ref()
            .take(BATCH_LINES)
            .collect::<Result<_, _>>()
            .context("standard input must be UTF-8")?;
        if batch.is_empty() {
            break;
        }
        let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
        for vector in encoder.embed(&texts)? {
            serde_json::to_writer(&mut out, &vector)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}
