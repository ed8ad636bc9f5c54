//! `kefu intents check`

use std::{io::Write as _, process::ExitCode};

use anyhow::Context as _;
use kefu_intents::{Report, Severity};
use kefu_nlu::Embedder;
use kefu_types::SystemClock;

use super::{advance, bar, model};
use crate::{cli::CheckArgs, commands::load, roles, vector_cache::FileVectorCache};

pub fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let config = load(&args.settings)?;
    let today = roles::today(&config.dialog, &SystemClock::new())?;
    let loaded = kefu_intents::read_dir(&args.dir, today);
    let mut report = loaded.report;
    if let (Some(catalogue), false) = (&loaded.catalogue, args.quick) {
        let model = model(&config)?;
        let embedder = model.as_deref().map(|encoder| encoder as &dyn Embedder);
        let cache = FileVectorCache::new(&config.cache_dir());
        let bar = bar("comparing phrasings")?;
        let places = &loaded.places;
        let found = kefu_nlu::doubts(catalogue, places, embedder, &cache, &advance(&bar))
            .context("the phrasings could not be compared (--quick leaves that out)")?;
        bar.finish_and_clear();
        report.add(found);
    }
    show(args, &report)?;
    let failed = report.errors > 0 || (args.strict && report.warnings > 0);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn show(args: &CheckArgs, report: &Report) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, report)?;
        writeln!(out)?;
        return Ok(());
    }
    for problem in &report.problems {
        writeln!(out, "{problem}")?;
    }
    let kept = |severity| {
        let of = report.problems.iter().filter(|p| p.severity == severity);
        of.count()
    };
    let left_out =
        report.errors + report.warnings - kept(Severity::Error) - kept(Severity::Warning);
    if left_out > 0 {
        writeln!(out, "… and {left_out} more")?;
    }
    let (dir, errors, warnings) = (args.dir.display(), report.errors, report.warnings);
    writeln!(out, "{dir}: {errors} errors, {warnings} warnings")?;
    Ok(())
}
