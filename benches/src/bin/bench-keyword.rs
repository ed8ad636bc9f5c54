//! The keyword tier: which automaton at which size, and what expressions cost.
//!
//! Patterns and messages are drawn from a fixed seed: two to four Han characters of the three
//! thousand commonest code points, a fifth of the patterns English words, messages of 100
//! characters in which one in ten stretches is a pattern.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

use std::{collections::BTreeMap, hint::black_box, path::PathBuf, time::Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind as Overlap};
use anyhow::Result;
use clap::Parser;
use kefu_benches::mix;
use kefu_intents::{Catalogue, Intent, KeywordRule, Localized, MatchKind};
use kefu_nlu::{KeywordTier, percentile};
use kefu_text::normalize;
use kefu_types::Lang;
use regex::{Regex, RegexSet};
use serde::Serialize;

#[derive(Parser)]
struct Args {
    /// Where the figures go, as JSON; to stdout only if not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Messages in each measurement.
    #[arg(long, default_value_t = 2_000)]
    messages: u64,
}

#[derive(Serialize)]
struct Figures {
    automata: Vec<AutomatonFigures>,
    tier: Vec<TierFigures>,
    /// The 500 expressions of the tier, as one `RegexSet` and one after the other.
    regex_set: Times,
    regex_each: Times,
    normalize: Times,
}

#[derive(Serialize)]
struct AutomatonFigures {
    patterns: usize,
    kind: &'static str,
    build_ms: f64,
    memory_bytes: usize,
    #[serde(flatten)]
    times: Times,
}

#[derive(Serialize)]
struct TierFigures {
    patterns: usize,
    expressions: usize,
    build_ms: f64,
    #[serde(flatten)]
    times: Times,
}

/// Of one message.
#[derive(Serialize)]
struct Times {
    p50_us: f64,
    p99_us: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut automata = Vec::new();
    println!("automaton        patterns  build ms  memory MB   p50 us   p99 us");
    for count in [100, 1_000, 10_000, 50_000] {
        let patterns = patterns(count);
        let messages = messages(args.messages, &patterns);
        for (kind, name) in [
            (AhoCorasickKind::NoncontiguousNFA, "noncontiguous"),
            (AhoCorasickKind::ContiguousNFA, "contiguous"),
            (AhoCorasickKind::DFA, "dfa"),
        ] {
            automata.push(automaton(&patterns, &messages, kind, name)?);
        }
    }
    let mut tier = Vec::new();
    println!("\ntier: patterns  expressions  build ms   p50 us   p99 us");
    for (literals, expressions) in [
        (1_000, 0),
        (10_000, 0),
        (50_000, 0),
        (10_000, 500),
        (0, 500),
    ] {
        tier.push(whole_tier(literals, expressions, args.messages)?);
    }
    let raw = messages(args.messages, &patterns(1_000));
    let (regex_set, regex_each) = ungated(500, &raw)?;
    let normalize = times(&raw, |message| normalize(message).len());
    println!(
        "\nnormalize: p50 {:.1} us, p99 {:.1} us",
        normalize.p50_us, normalize.p99_us
    );
    if let Some(out) = &args.out {
        let figures = Figures {
            automata,
            tier,
            regex_set,
            regex_each,
            normalize,
        };
        std::fs::write(out, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    Ok(())
}

fn automaton(
    patterns: &[String],
    messages: &[String],
    kind: AhoCorasickKind,
    name: &'static str,
) -> Result<AutomatonFigures> {
    let start = Instant::now();
    let search = AhoCorasick::builder()
        .match_kind(Overlap::Standard)
        .kind(Some(kind))
        .build(patterns)?;
    let build_ms = start.elapsed().as_secs_f64() * 1e3;
    let times = times(messages, |message| {
        search.find_overlapping_iter(message).count()
    });
    let figures = AutomatonFigures {
        patterns: patterns.len(),
        kind: name,
        build_ms,
        memory_bytes: search.memory_usage(),
        times,
    };
    println!(
        "{name:15} {:9} {build_ms:9.1} {:10.1} {:8.1} {:8.1}",
        patterns.len(),
        figures.memory_bytes as f64 / 1e6,
        figures.times.p50_us,
        figures.times.p99_us
    );
    Ok(figures)
}

fn whole_tier(literals: usize, expressions: usize, count: u64) -> Result<TierFigures> {
    let patterns = patterns(literals.max(1_000));
    let messages = messages(count, &patterns);
    let of_intent = literals.div_ceil(1_000).max(1);
    let mut rules: Vec<KeywordRule> = patterns
        .iter()
        .take(literals)
        .collect::<Vec<_>>()
        .chunks(of_intent)
        .map(|any| KeywordRule {
            any: any.iter().map(|&pattern| pattern.clone()).collect(),
            ..KeywordRule::default()
        })
        .collect();
    rules.extend(written(&patterns, expressions).map(|any| KeywordRule {
        any: vec![any],
        kind: MatchKind::Regex,
        ..KeywordRule::default()
    }));
    let set = catalogue(rules);
    let start = Instant::now();
    let tier = KeywordTier::build(&set)?;
    let build_ms = start.elapsed().as_secs_f64() * 1e3;
    let times = times(&messages, |message| {
        tier.find(message).map_or(0, |hit| hit.intents.len())
    });
    println!(
        "{literals:14} {expressions:12} {build_ms:9.1} {:8.1} {:8.1}",
        times.p50_us, times.p99_us
    );
    Ok(TierFigures {
        patterns: literals,
        expressions,
        build_ms,
        times,
    })
}

/// Expressions as admins write them: a word, something between, another word, perhaps digits.
fn written(patterns: &[String], count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|at| {
        let [a, b] = [3 * at, 3 * at + 1].map(|at| patterns[at % patterns.len()].as_str());
        match at % 4 {
            0 => format!("{a}.{{0,6}}{b}"),
            1 => format!(r"({a}|{b})\d{{4,}}"),
            2 => format!("^(请问)?.*{a}(吗|呢)?$"),
            _ => format!("{a}(什么|多少)?{b}"),
        }
    })
}

/// What expressions would cost without the automaton in front of them.
fn ungated(count: usize, messages: &[String]) -> Result<(Times, Times)> {
    let expressions: Vec<String> = written(&patterns(1_000), count).collect();
    let set = RegexSet::new(&expressions)?;
    let each = expressions
        .iter()
        .map(|one| Regex::new(one))
        .collect::<Result<Vec<_>, _>>()?;
    let by_set = times(messages, |message| set.matches(message).len());
    let by_each = times(messages, |message| {
        each.iter().filter(|one| one.is_match(message)).count()
    });
    println!(
        "\n{count} expressions: RegexSet p50 {:.1} us, p99 {:.1} us; each p50 {:.1} us, p99 {:.1} us",
        by_set.p50_us, by_set.p99_us, by_each.p50_us, by_each.p99_us
    );
    Ok((by_set, by_each))
}

/// One warm pass, then each message once.
fn times(messages: &[String], work: impl Fn(&str) -> usize) -> Times {
    messages.iter().for_each(|message| {
        black_box(work(message));
    });
    let time = |message: &String| {
        let start = Instant::now();
        black_box(work(message));
        start.elapsed().as_secs_f64() * 1e6
    };
    let all: Vec<f64> = messages.iter().map(time).collect();
    Times {
        p50_us: percentile(&all, 0.5),
        p99_us: percentile(&all, 0.99),
    }
}

fn patterns(count: usize) -> Vec<String> {
    let word = |at: u64| {
        if at.is_multiple_of(5) {
            let letter = |i| char::from(b'a' + (mix(at, i) % 26) as u8);
            (0..4 + at % 5).map(letter).collect()
        } else {
            (0..2 + at % 3).map(|i| han(mix(at, i))).collect()
        }
    };
    (0..count as u64).map(word).collect()
}

fn messages(count: u64, patterns: &[String]) -> Vec<String> {
    let message = |seed: u64| {
        let mut text = String::new();
        for at in 0.. {
            let draw = mix(seed, 1_000 + at);
            if draw.is_multiple_of(10) {
                text.push_str(&patterns[(draw / 10) as usize % patterns.len()]);
            } else {
                text.push(han(draw));
            }
            if text.chars().count() >= 100 {
                break;
            }
        }
        normalize(&text.chars().take(100).collect::<String>())
    };
    (0..count).map(message).collect()
}

fn han(draw: u64) -> char {
    char::from_u32(0x4E00 + (draw % 3_000) as u32).unwrap_or('退')
}

/// A rule an intent.
fn catalogue(rules: Vec<KeywordRule>) -> Catalogue {
    let intent = |(at, rule): (usize, KeywordRule)| Intent {
        id: format!("intent{at:06}"),
        title: Localized(BTreeMap::from([(Lang::Zh, format!("{at}"))])),
        keywords: vec![rule],
        ..Intent::default()
    };
    Catalogue {
        version: "000000000000".to_owned(),
        intents: rules.into_iter().enumerate().map(intent).collect(),
        ..Catalogue::default()
    }
}
