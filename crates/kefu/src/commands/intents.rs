//! `kefu intents …`

use std::{
    fs::{self, File},
    io::{BufReader, Write as _},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use kefu_config::Config;
use kefu_nlu::{Case, Engine, Evaluation, evaluate};
use kefu_types::{Clock as _, SystemClock};

use super::load;
use crate::{
    cli::{IntentsCommand, Settings},
    roles,
};

pub fn run(command: IntentsCommand) -> anyhow::Result<ExitCode> {
    match command {
        IntentsCommand::Check { dir, strict } => check(&dir, strict),
        IntentsCommand::Import { file, out } => import(&file, &out),
        IntentsCommand::Test {
            dir,
            cases,
            json,
            min_accuracy,
            settings,
        } => {
            let evaluation = test(&dir, &cases, &settings)?;
            report(&evaluation, json.as_deref())?;
            let enough = min_accuracy
                .is_none_or(|wanted| evaluation.accuracy.is_some_and(|got| got >= wanted));
            Ok(if enough {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        IntentsCommand::Explain {
            text,
            dir,
            settings,
        } => explain(&text, dir.as_deref(), &settings),
    }
}

fn check(dir: &Path, strict: bool) -> anyhow::Result<ExitCode> {
    let report = kefu_intents::check_dir(dir, roles::today(&SystemClock::new()));
    let mut out = std::io::stdout().lock();
    for problem in &report.problems {
        writeln!(out, "{problem}")?;
    }
    writeln!(
        out,
        "{}: {} errors, {} warnings",
        dir.display(),
        report.errors,
        report.warnings
    )?;
    let failed = report.errors > 0 || (strict && report.warnings > 0);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn import(file: &Path, out: &Path) -> anyhow::Result<ExitCode> {
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

/// The engine over `dir`, with a bar while it embeds.
fn engine(config: &Config, dir: &Path) -> anyhow::Result<Engine> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let model = roles::load_model(&config.bot, threads)?;
    let bar = bar("reading intents")?;
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let engine = roles::load_engine(config, dir, &model, &progress)?;
    bar.finish_and_clear();
    Ok(engine)
}

fn test(dir: &Path, cases: &Path, settings: &Settings) -> anyhow::Result<Evaluation> {
    let config = load(settings)?;
    let cases = read_cases(cases)?;
    let engine = engine(&config, dir)?;
    let bar = bar("testing")?;
    let clock = SystemClock::new();
    let now = || -> Duration { clock.monotonic() };
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let evaluation = evaluate(&engine, &cases, &now, &progress)?;
    bar.finish_and_clear();
    Ok(evaluation)
}

fn read_cases(path: &Path) -> anyhow::Result<Vec<Case>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            let (intent, text) = line.split_once('\t').with_context(|| {
                format!("{}:{}: expected intent<TAB>text", path.display(), at + 1)
            })?;
            Ok(Case {
                intent: intent.into(),
                text: text.into(),
            })
        })
        .collect()
}

fn report(evaluation: &Evaluation, json: Option<&Path>) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(evaluation)? + "\n";
    if let Some(path) = json {
        fs::write(path, &text).with_context(|| path.display().to_string())?;
    }
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn explain(text: &str, dir: Option<&Path>, settings: &Settings) -> anyhow::Result<ExitCode> {
    let config = load(settings)?;
    let engine = engine(&config, dir.unwrap_or(&config.bot.intents_dir))?;
    let verdict = engine.understand(text, None)?;
    writeln!(
        std::io::stdout(),
        "{}",
        serde_json::to_string_pretty(&verdict)?
    )?;
    Ok(ExitCode::SUCCESS)
}

fn bar(what: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {per_sec} {eta}")?;
    Ok(ProgressBar::new(0).with_style(style).with_message(what))
}
