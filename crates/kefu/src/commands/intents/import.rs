//! `kefu intents import`

use std::{fs::File, io::BufReader, io::Write as _, path::Path, process::ExitCode};

use anyhow::Context as _;

use kefu_config::Config;

use super::{advance, bar, model};
use crate::{cli::Settings, commands::load, vector_cache::FileVectorCache};

pub fn run(file: &Path, out: &Path, settings: &Settings) -> anyhow::Result<ExitCode> {
    let is = |wanted: &str| {
        file.extension()
            .is_some_and(|ext| ext.eq_ignore_ascii_case(wanted))
    };
    if ["csv", "xlsx", "xls", "xlsm"].into_iter().any(is) {
        return faq(file, out, settings);
    }
    let reader = File::open(file).with_context(|| file.display().to_string())?;
    let imported = kefu_intents::import_tsv(BufReader::new(reader))
        .with_context(|| file.display().to_string())?;
    let files = imported.write_dir(out)?;
    let texts: usize = imported
        .intents
        .iter()
        .map(|intent| intent.texts.len())
        .sum();
    writeln!(
        std::io::stdout(),
        "{} intents with {texts} phrasings in {files} files of {}; {} repeated lines left out",
        imported.intents.len(),
        out.display(),
        imported.repeated,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// A table of questions and answers, CSV or XLSX, into the knowledge base of `out`; its questions are
/// embedded at once, so that the service need not do it when it starts.
fn faq(file: &Path, out: &Path, settings: &Settings) -> anyhow::Result<ExitCode> {
    let config = load(settings)?;
    let bar = bar("reading rows")?;
    let show = advance(&bar);
    let summary = kefu_knowledge::import_faq(file, out, &mut |done, all| show(done, all))
        .with_context(|| file.display().to_string())?;
    bar.finish_and_clear();
    embed(&config, &summary.path)?;
    let mut told = std::io::stdout().lock();
    for warning in &summary.warnings {
        writeln!(told, "{}: {warning}", file.display())?;
    }
    writeln!(
        told,
        "{} entries with {} questions into {}; {} rows joined with earlier ones, {} empty rows",
        summary.entries,
        summary.questions,
        summary.path.display(),
        summary.repeated,
        summary.empty,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Embeds the table's questions into the vector cache. Without a usable model there is nothing to do.
fn embed(config: &Config, path: &Path) -> anyhow::Result<()> {
    let mut config = config.clone();
    config.bot.model_required = false;
    let Some(encoder) = model(&config)? else {
        return Ok(());
    };
    let (entries, _) = kefu_knowledge::read_faq(path, &mut |_, _| {})?;
    let texts: Vec<&str> = entries.iter().flat_map(|entry| entry.texts()).collect();
    let cache = FileVectorCache::new(&config.cache_dir());
    let bar = bar("embedding questions")?;
    kefu_nlu::remember_vectors(&texts, encoder.as_ref(), &cache, &advance(&bar))?;
    bar.finish_and_clear();
    Ok(())
}
