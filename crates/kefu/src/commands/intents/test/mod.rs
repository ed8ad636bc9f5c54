//! `kefu intents test`

mod cases;
mod gates;
mod page;
mod summary;

use std::{fs, io::Write as _, path::Path, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use kefu_intents::Catalogue;
use kefu_nlu::{
    Comparison, CrossValidation, Embedder, EvaluationReport, compare, cross_validate,
    evaluate_report,
};
use kefu_types::{Clock as _, SystemClock};

use super::{advance, bar, engine, model};
use crate::{
    cli::TestArgs, commands::load, exit::OrUnusable as _, roles, vector_cache::FileVectorCache,
};

pub fn run(args: &TestArgs) -> anyhow::Result<ExitCode> {
    // Before the long part: a wrong name must not cost a run.
    let old = args.compare.as_deref().map(read_report).transpose();
    let old = old.or_unusable()?;
    let report = match (&args.cases, args.cross_validate) {
        (Some(cases), _) => over_cases(args, cases),
        (None, folds) => over_folds(args, usize::from(folds.unwrap_or(5))),
    };
    let report = report.or_unusable()?;
    let comparison = old.as_ref().map(|old| compare(old, &report));
    let missed = gates::missed(&args.gates, &report, comparison.as_ref());
    write(args, &report, comparison.as_ref())?;
    let silent = args.json.as_deref() == Some(Path::new("-"));
    if !silent {
        let mut out = std::io::stdout().lock();
        out.write_all(summary::text(&report, comparison.as_ref()).as_bytes())?;
    }
    for gate in &missed {
        writeln!(std::io::stderr(), "kefu: gate missed: {gate}")?;
    }
    Ok(if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn over_cases(args: &TestArgs, path: &Path) -> anyhow::Result<EvaluationReport> {
    let cases = cases::read(path)?;
    let config = load(&args.settings)?;
    let engine = engine(&config, &args.dir)?;
    let bar = bar("testing")?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let clock = SystemClock::new();
    let now = || -> Duration { clock.monotonic() };
    let report = evaluate_report(&engine, &cases, &name, &now, &advance(&bar))?;
    bar.finish_and_clear();
    Ok(report)
}

fn over_folds(args: &TestArgs, folds: usize) -> anyhow::Result<EvaluationReport> {
    let config = load(&args.settings)?;
    let clock = SystemClock::new();
    let catalogue = Catalogue::load_dir(&args.dir, roles::today(&config.dialog, &clock)?)?;
    let embedder = model(&config)?.map(|encoder| encoder as Arc<dyn Embedder>);
    let cache = FileVectorCache::new(&config.cache_dir());
    let bar = bar("cross-validating")?;
    let report = cross_validate(
        &catalogue,
        embedder,
        &cache,
        &roles::nlu_settings(&config),
        CrossValidation {
            folds,
            seed: args.seed,
        },
        &|| clock.monotonic(),
        &advance(&bar),
    )?;
    bar.finish_and_clear();
    Ok(report)
}

fn read_report(path: &Path) -> anyhow::Result<EvaluationReport> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| {
        let path = path.display();
        format!("{path} is no report that `kefu intents test --json` wrote")
    })
}

fn write(
    args: &TestArgs,
    report: &EvaluationReport,
    comparison: Option<&Comparison>,
) -> anyhow::Result<()> {
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(report)? + "\n";
        if path == Path::new("-") {
            std::io::stdout().write_all(text.as_bytes())?;
        } else {
            fs::write(path, text).with_context(|| path.display().to_string())?;
        }
    }
    if let Some(path) = &args.html {
        let text = page::html(report, comparison)?;
        fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
