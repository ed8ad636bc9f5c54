//! Understanding on public intent sets: the top intent, the decision bands, out-of-scope text.
//!
//! Reads the sets by path and says so where one is missing; nothing of them is kept. Each set is
//! trained whole, with ten phrasings per intent, and with a quarter of its intents hidden, whose
//! texts are then the out-of-scope ones.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::Parser;
use kefu_encoder::{Encoder, ModelOptions};
use kefu_intents::{Catalogue, Intent, KeywordRule, Localized, Phrasing};
use kefu_nlu::{Case, Embedder, Engine, Evaluation, KeywordTier, Settings, VectorCache, evaluate};
use kefu_types::Lang;
use serde::Serialize;

#[derive(Parser)]
struct Args {
    /// The directory of the sets.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// The model directory.
    #[arg(long, default_value = "models/multilingual-e5-small")]
    model: PathBuf,
    /// Where the figures go, as JSON; to stdout only if not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Draws of ten phrasings per intent.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Only sets whose name has this in it.
    #[arg(long, default_value = "")]
    only: String,
}

/// `intent<TAB>text` lines.
type Lines = Vec<(String, String)>;

#[derive(Clone)]
struct Set {
    name: &'static str,
    train: Lines,
    test: Lines,
    outside: Lines,
}

impl Set {
    /// Trained on `count` phrasings of each intent.
    fn with_few(&self, count: usize, seed: u64) -> Self {
        Self {
            train: few_per_intent(&self.train, count, seed),
            ..self.clone()
        }
    }

    /// A quarter of the intents hidden; their texts are the out-of-scope ones.
    fn with_hidden(&self, seed: u64) -> Self {
        let hidden = quarter(&self.train, seed);
        let is_hidden = |line: &&(String, String)| hidden.contains(&line.0);
        let known = |lines: &Lines| lines.iter().filter(|l| !is_hidden(l)).cloned().collect();
        Self {
            name: self.name,
            train: known(&self.train),
            test: known(&self.test),
            outside: self.test.iter().filter(is_hidden).cloned().collect(),
        }
    }
}

#[derive(Serialize)]
struct Run {
    set: &'static str,
    regime: &'static str,
    seed: u64,
    intents: usize,
    phrasings: usize,
    fit_seconds: f64,
    #[serde(flatten)]
    evaluation: Evaluation,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let options = ModelOptions {
        threads,
        cache_entries_max: 0,
        ..ModelOptions::default()
    };
    let bench = Bench {
        encoder: Arc::new(Encoder::load(&args.model, options)?),
        vectors: Vectors::default(),
    };
    keywords()?;
    let mut runs = Vec::new();
    println!(
        "set               regime    intents phrasings  fit s  top %  F1 %  answered % precise %  asked %  hit %  refused oos %  AUROC %"
    );
    for set in sets(&args.data)?
        .iter()
        .filter(|set| set.name.contains(&args.only))
    {
        runs.push(bench.run(set, "all", 0)?);
        for seed in 0..args.seeds {
            runs.push(bench.run(&set.with_few(10, seed), "10 each", seed)?);
        }
        for seed in 0..args.seeds {
            runs.push(bench.run(&set.with_hidden(seed).with_few(10, seed), "hidden", seed)?);
        }
    }
    if let Some(out) = &args.out {
        std::fs::write(out, serde_json::to_string_pretty(&runs)? + "\n")
            .with_context(|| format!("writing {}", out.display()))?;
    }
    Ok(())
}

/// Tier one alone: 10,000 patterns over messages of 100 characters.
fn keywords() -> Result<()> {
    let han = |x: u64| char::from_u32(0x4E00 + (x % 3_000) as u32).unwrap_or('退');
    let text =
        |length: u64, seed: u64| -> String { (0..length).map(|at| han(mix(at, seed))).collect() };
    let mut set = catalogue(
        &(0..1_000)
            .map(|i| (format!("intent{i}"), String::new()))
            .collect(),
    );
    for (at, intent) in (0u64..).zip(&mut set.intents) {
        let any = (0..10).map(|i| text(2 + i % 3, 10 * at + i)).collect();
        intent.keywords = vec![KeywordRule {
            any,
            ..KeywordRule::default()
        }];
    }
    let tier = KeywordTier::build(&set)?;
    let messages: Vec<String> = (0..2_000).map(|seed| text(100, 1 << 32 | seed)).collect();
    let time = |message: &String| {
        let start = Instant::now();
        std::hint::black_box(tier.find(message));
        start.elapsed().as_secs_f64() * 1e6
    };
    let times: Vec<f64> = messages.iter().map(time).collect();
    let of = |rank: f64| kefu_nlu::percentile(&times, rank);
    println!(
        "keywords: 10,000 patterns, 100 characters: p50 {:.1} µs, p99 {:.1} µs\n",
        of(0.5),
        of(0.99)
    );
    Ok(())
}

struct Bench {
    encoder: Arc<Encoder>,
    vectors: Vectors,
}

impl Bench {
    fn run(&self, set: &Set, regime: &'static str, seed: u64) -> Result<Run> {
        let Set {
            name,
            train,
            test,
            outside,
        } = set;
        let catalogue = Arc::new(catalogue(train));
        let embedder: Arc<dyn Embedder> = self.encoder.clone();
        let fit = || {
            let settings = Settings::default();
            let embedder = Some(embedder.clone());
            Engine::build(
                catalogue.clone(),
                embedder,
                &self.vectors,
                &settings,
                &|_, _| {},
            )
        };
        // The first build fills the cache; the second is the fit alone.
        fit()?;
        let start = Instant::now();
        let engine = fit()?;
        let fit_seconds = start.elapsed().as_secs_f64();
        let inside = test.iter().map(|(intent, text)| (intent.as_str(), text));
        let outside = outside
            .iter()
            .map(|(_, text)| (kefu_nlu::OUT_OF_SCOPE, text));
        let case = |(intent, text): (&str, &String)| Case {
            intent: intent.to_owned(),
            text: text.clone(),
        };
        let cases: Vec<Case> = inside.chain(outside).map(case).collect();
        let origin = Instant::now();
        let now = || -> Duration { origin.elapsed() };
        let evaluation = evaluate(&engine, &cases, &now, &|_, _| {})?;
        let (intents, phrasings) = (catalogue.intents.len(), train.len());
        let run = Run {
            set: name,
            regime,
            seed,
            intents,
            phrasings,
            fit_seconds,
            evaluation,
        };
        run.print();
        Ok(run)
    }
}

impl Run {
    fn print(&self) {
        let e = &self.evaluation;
        let percent = |x: Option<f64>| x.map_or("–".to_owned(), |x| format!("{:.1}", 100.0 * x));
        println!(
            "{:17} {:8} {:8} {:9} {:6.2} {:>6} {:>5} {:>11} {:>9} {:>8} {:>6} {:>14} {:>8}",
            self.set,
            self.regime,
            self.intents,
            self.phrasings,
            self.fit_seconds,
            percent(e.accuracy),
            percent(e.macro_f1),
            percent(e.coverage),
            percent(e.precision_answered),
            percent(e.confirm_rate),
            percent(e.confirm_hit_rate),
            percent(e.oos_recall),
            percent(e.oos_auroc),
        );
    }
}

/// Every text is embedded once per benchmark.
#[derive(Default)]
struct Vectors(Mutex<HashMap<String, Vec<f32>>>);

impl VectorCache for Vectors {
    fn get(&self, _: &str, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        let known = self.0.lock().expect("no thread panics with it");
        texts.iter().map(|&text| known.get(text).cloned()).collect()
    }

    fn put(&self, _: &str, texts: &[&str], vectors: &[Vec<f32>]) {
        let pairs = texts
            .iter()
            .map(|&text| text.to_owned())
            .zip(vectors.iter().cloned());
        self.0
            .lock()
            .expect("no thread panics with it")
            .extend(pairs);
    }
}

fn sets(data: &Path) -> Result<Vec<Set>> {
    let mut sets = Vec::new();
    if let Some((train, test)) = pair(data, "massive_zh")? {
        sets.push(Set {
            name: "massive_zh",
            train,
            test,
            outside: Vec::new(),
        });
    }
    if let Some(all) = lines(&data.join("telemarketing_cn/train.tsv"))? {
        let numbered = (0u64..).zip(all);
        let (test, train): (Vec<_>, Vec<_>) =
            numbered.partition(|(at, _)| mix(*at, 1).is_multiple_of(5));
        let plain = |lines: Vec<(u64, (String, String))>| lines.into_iter().map(|l| l.1).collect();
        let (train, test) = (plain(train), plain(test));
        sets.push(Set {
            name: "telemarketing_cn",
            train,
            test,
            outside: Vec::new(),
        });
    }
    if let Some((train, test)) = pair(data, "clinc150")? {
        let outside = lines(&data.join("clinc150/oos_val.tsv"))?.unwrap_or_default();
        sets.push(Set {
            name: "clinc150",
            train,
            test,
            outside,
        });
    }
    Ok(sets)
}

fn pair(data: &Path, name: &str) -> Result<Option<(Lines, Lines)>> {
    let of = |part: &str| lines(&data.join(name).join(part));
    Ok(of("train.tsv")?.zip(of("val.tsv")?))
}

/// `None`, with a word about it, where the file is not there.
fn lines(path: &Path) -> Result<Option<Lines>> {
    if !path.is_file() {
        eprintln!("without {}: not there", path.display());
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let split = |line: &str| {
        let (intent, text) = line.split_once('\t').context("expected intent<TAB>text")?;
        Ok((intent.to_owned(), text.to_owned()))
    };
    text.lines().map(split).collect::<Result<Lines>>().map(Some)
}

fn few_per_intent(lines: &Lines, count: usize, seed: u64) -> Lines {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|&at| mix(at as u64, seed + 2));
    let mut taken = BTreeMap::<&str, usize>::new();
    let wanted = |at: &usize| {
        let taken = taken.entry(lines[*at].0.as_str()).or_default();
        *taken += 1;
        *taken <= count
    };
    order
        .into_iter()
        .filter(wanted)
        .map(|at| lines[at].clone())
        .collect()
}

/// A quarter of the intents.
fn quarter(lines: &Lines, seed: u64) -> BTreeSet<String> {
    let mut intents: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
    intents.sort_unstable();
    intents.dedup();
    let numbered = (0u64..).zip(intents);
    numbered
        .filter(|(at, _)| mix(*at, seed + 99).is_multiple_of(4))
        .map(|(_, i)| i.to_owned())
        .collect()
}

fn catalogue(lines: &Lines) -> Catalogue {
    let mut texts = BTreeMap::<&str, Vec<Phrasing>>::new();
    for (intent, text) in lines {
        let lang = Lang::detect(text).unwrap_or_default();
        texts.entry(intent).or_default().push(Phrasing {
            text: text.clone(),
            lang,
        });
    }
    let intent = |(id, phrasings): (&str, Vec<Phrasing>)| Intent {
        id: id.to_owned(),
        title: Localized(BTreeMap::from([(Lang::Zh, id.to_owned())])),
        phrasings,
        keywords: Vec::new(),
        answers: Localized::default(),
        slots: Vec::new(),
        handoff: None,
        role: None,
        valid_from: None,
        valid_to: None,
    };
    let intents = texts.into_iter().map(intent).collect();
    Catalogue {
        version: "000000000000".to_owned(),
        intents,
    }
}

/// A fixed scrambling of two numbers (SplitMix64).
fn mix(x: u64, seed: u64) -> u64 {
    let x = x
        .wrapping_add(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add(1);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
