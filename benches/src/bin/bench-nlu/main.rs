//! Understanding on public intent sets: the top intent, the decision bands, out-of-scope text, and
//! common ways of doing the same on the same vectors and splits.
//!
//! Reads the sets by path and says so where one is missing; nothing of them is kept. Each set is
//! trained whole, with ten phrasings per intent, and with a quarter of its intents hidden, whose
//! texts are then the out-of-scope ones. One set quickly:
//! `bench-nlu --set massive_zh --per-intent 10 --seeds 2`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

mod peers;
mod report;
mod sets;
mod speed;
mod vectors;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::Parser;
use kefu_nlu::{
    Case, Decision, Embedder, Engine, Evaluation, Settings, Verdict, evaluate, verdicts,
};
use serde::Serialize;

use crate::{sets::Split, vectors::Vectors};

#[derive(Parser)]
struct Args {
    /// The directory of the sets.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// The model directory.
    #[arg(long, default_value = "models/multilingual-e5-small")]
    model: PathBuf,
    /// Where vectors are remembered from run to run.
    #[arg(long, default_value = "target/bench-nlu")]
    cache: PathBuf,
    /// Where the figures go, as JSON, with a page of the same name beside them.
    #[arg(long)]
    out: Option<PathBuf>,
    /// A Python with numpy and scikit-learn, for the peers; without, they are left out.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Draws of few phrasings per intent.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Only sets whose name has this in it.
    #[arg(long, default_value = "")]
    set: String,
    /// Only this many phrasings per intent: a quick look.
    #[arg(long)]
    per_intent: Option<usize>,
}

/// What one split brought.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    set: &'static str,
    regime: String,
    seed: u64,
    intents: usize,
    phrasings: usize,
    fit_seconds: f64,
    #[serde(flatten)]
    evaluation: Evaluation,
}

/// What twenty unrelated intents did to the decisions of a set; shares of its test texts.
#[derive(Debug, Clone, Serialize)]
pub struct Strangers {
    set: &'static str,
    regime: String,
    /// Answered right before, answered wrong after.
    answers_turned_wrong: f64,
    /// Answered or asked rightly before, answered wrongly or asked without the right intent after.
    decisions_turned_wrong: f64,
    /// The top intent right before and wrong after.
    tops_turned_wrong: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let all = sets::sets(&args.data)?;
    let vectors = Vectors::load(&args.model, &args.cache)?;
    let chosen = || all.iter().filter(|set| set[0].set.contains(&args.set));
    let mut texts: Vec<&str> = Vec::new();
    for split in all.iter().flatten() {
        texts.extend(
            split
                .train
                .iter()
                .chain(&split.test)
                .map(|line| line.1.as_str()),
        );
        texts.extend(split.outside.iter().map(String::as_str));
    }
    vectors.prepare(&texts)?;
    let splits: Vec<Split> = chosen().flat_map(|set| splits(set, &args)).collect();
    println!(
        "set               regime           intents phrasings  fit s  top %  F1 %  answered % precise %  asked %  hit %  refused oos %  AUROC %"
    );
    let runs = splits
        .iter()
        .map(|split| run(&vectors, split))
        .collect::<Result<Vec<Run>>>()?;
    report::print_means(&runs);
    if args.per_intent.is_some() {
        return Ok(());
    }
    let strangers = strangers(&vectors, &all, &args)?;
    let speed = speed::measure(&vectors, &all)?;
    let with_precision = splits.into_iter().zip(&runs);
    let work: Vec<(Split, Option<f64>)> = with_precision
        .map(|(split, run)| (split, run.evaluation.precision_answered))
        .collect();
    let peers = match args.python.filter(|python| python.is_file()) {
        Some(python) => peers::run(&python, &vectors, &work)?,
        None => {
            eprintln!(
                "without peers: give --python with numpy and scikit-learn, or run `make bench-nlu`"
            );
            Vec::new()
        }
    };
    let figures = report::Figures {
        runs,
        strangers,
        speed,
        peers,
    };
    let page = report::page(&figures);
    println!("\n{page}");
    if let Some(out) = &args.out {
        let json = serde_json::to_string_pretty(&figures)? + "\n";
        std::fs::write(out, json).with_context(|| format!("writing {}", out.display()))?;
        std::fs::write(out.with_extension("md"), page)?;
    }
    Ok(())
}

/// All that is measured of a set.
fn splits(set: &[Split], args: &Args) -> Vec<Split> {
    let first = &set[0];
    if let Some(count) = args.per_intent {
        return (0..args.seeds)
            .map(|seed| first.with_few(count, seed))
            .collect();
    }
    let mut splits = set.to_vec();
    splits.extend((0..args.seeds).map(|seed| first.with_few(10, seed)));
    splits.extend((0..args.seeds.min(2)).map(|seed| first.with_hidden(seed)));
    splits.extend((0..args.seeds).map(|seed| {
        let mut split = first.with_hidden(seed).with_few(10, seed);
        split.regime = "hidden, 10 each".to_owned();
        split
    }));
    splits
}

fn engine(vectors: &Arc<Vectors>, split: &Split) -> Result<(Engine, f64)> {
    let catalogue = Arc::new(sets::catalogue(&split.train));
    let embedder: Arc<dyn Embedder> = vectors.clone();
    // The first look embeds the labels that are titles; the build is timed alone.
    let titles: Vec<String> = catalogue
        .intents
        .iter()
        .map(|i| i.id.replace('_', " "))
        .collect();
    vectors.prepare(&titles.iter().map(String::as_str).collect::<Vec<_>>())?;
    let start = Instant::now();
    let settings = Settings::default();
    let engine = Engine::build(
        catalogue,
        Some(embedder),
        vectors.as_ref(),
        &settings,
        &|_, _| {},
    )?;
    Ok((engine, start.elapsed().as_secs_f64()))
}

fn cases(split: &Split) -> Vec<Case> {
    let case = |(intent, text): (&str, &String)| Case {
        intent: intent.to_owned(),
        text: text.clone(),
    };
    let inside = split
        .test
        .iter()
        .map(|(intent, text)| (intent.as_str(), text));
    let outside = split
        .outside
        .iter()
        .map(|text| (kefu_nlu::OUT_OF_SCOPE, text));
    inside.chain(outside).map(case).collect()
}

fn run(vectors: &Arc<Vectors>, split: &Split) -> Result<Run> {
    let (engine, fit_seconds) = engine(vectors, split)?;
    let origin = Instant::now();
    let now = || -> Duration { origin.elapsed() };
    let evaluation = evaluate(&engine, &cases(split), &now, &|_, _| {})?;
    let run = Run {
        set: split.set,
        regime: split.regime.clone(),
        seed: split.seed,
        intents: engine.catalogue().intents.len(),
        phrasings: split.train.len(),
        fit_seconds,
        evaluation,
    };
    report::print(&run);
    Ok(run)
}

/// Decides each set's test texts without and with twenty intents of another set.
fn strangers(vectors: &Arc<Vectors>, all: &[Vec<Split>], args: &Args) -> Result<Vec<Strangers>> {
    let mut found = Vec::new();
    for (at, set) in all.iter().enumerate() {
        let other = &all[(at + 1) % all.len()][0];
        if !set[0].set.contains(&args.set) || other.set == set[0].set {
            continue;
        }
        for plain in [set[0].with_few(10, 0), set[0].clone()] {
            let cases = cases(&Split {
                outside: Vec::new(),
                ..plain.clone()
            });
            let decide = |split: &Split| -> Result<Vec<Verdict>> {
                Ok(verdicts(&engine(vectors, split)?.0, &cases, &|_, _| {})?)
            };
            let (before, after) = (decide(&plain)?, decide(&plain.with_strangers(other))?);
            let share = |turned: &dyn Fn(&Case, &Verdict, &Verdict) -> bool| {
                let both = cases.iter().zip(&before).zip(&after);
                both.filter(|((case, b), a)| turned(case, b, a)).count() as f64 / cases.len() as f64
            };
            let answers = |v: &Verdict, id: &str| match &v.decision {
                Decision::Answer(intent) => Some(intent == id),
                _ => None,
            };
            let says = |v: &Verdict, id: &str| match &v.decision {
                Decision::Answer(intent) => Some(intent == id),
                Decision::Confirm(choices) => Some(choices.iter().any(|choice| choice == id)),
                Decision::Fallback => None,
            };
            found.push(Strangers {
                set: plain.set,
                regime: plain.regime.clone(),
                answers_turned_wrong: share(&|case, b, a| {
                    answers(b, &case.intent) == Some(true)
                        && answers(a, &case.intent) == Some(false)
                }),
                decisions_turned_wrong: share(&|case, b, a| {
                    says(b, &case.intent) == Some(true) && says(a, &case.intent) == Some(false)
                }),
                tops_turned_wrong: share(&|case, b, a| {
                    b.top() == Some(&case.intent) && a.top() != Some(&case.intent)
                }),
            });
        }
    }
    Ok(found)
}
