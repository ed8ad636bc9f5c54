//! How long fitting takes: what an admin waits for.

use std::{sync::Arc, time::Instant};

use anyhow::Result;
use kefu_benches::mix;
use kefu_intents::KeywordRule;
use kefu_nlu::{Embedder, Engine, KeywordTier, Settings};
use serde::Serialize;

use crate::{
    sets::{Lines, Split, catalogue},
    vectors::Vectors,
};

/// Seconds, vectors known except where a text is new.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Speed {
    pub ten_thousand_phrasings_s: f64,
    /// One of them changed: its vector, the new engine.
    pub one_of_ten_thousand_changed_s: f64,
    /// Nothing but answers or keywords changed.
    pub no_phrasing_changed_s: f64,
    /// Ten phrasings each.
    pub thousand_intents_s: f64,
    /// Tier one: 10,000 patterns over 100 characters.
    pub keywords_p50_us: f64,
    pub keywords_p99_us: f64,
}

pub fn measure(vectors: &Arc<Vectors>, all: &[Vec<Split>]) -> Result<Speed> {
    let mut speed = Speed::default();
    keywords(&mut speed)?;
    let embedder = || -> Arc<dyn Embedder> { vectors.clone() };
    let settings = Settings::default();
    let build = |lines: &Lines| -> Result<(Engine, f64)> {
        let catalogue = Arc::new(catalogue(lines));
        let start = Instant::now();
        let built = Engine::build(
            catalogue,
            Some(embedder()),
            vectors.as_ref(),
            &settings,
            &|_, _| {},
        )?;
        Ok((built, start.elapsed().as_secs_f64()))
    };
    let Some(largest) = all
        .iter()
        .map(|set| &set[0].train)
        .max_by_key(|train| train.len())
    else {
        return Ok(speed);
    };
    let step = largest.len().div_ceil(10_000).max(1);
    let mut lines: Lines = largest.iter().step_by(step).cloned().collect();
    lines.extend(
        largest
            .iter()
            .skip(1)
            .step_by(step)
            .take(10_000 - lines.len().min(10_000))
            .cloned(),
    );
    lines.truncate(10_000);
    let (served, seconds) = build(&lines)?;
    speed.ten_thousand_phrasings_s = seconds;
    let rebuild = |lines: &Lines| -> Result<f64> {
        let catalogue = Arc::new(catalogue(lines));
        let start = Instant::now();
        Engine::rebuild(
            &served,
            catalogue,
            Some(embedder()),
            vectors.as_ref(),
            &settings,
            &|_, _| {},
        )?;
        Ok(start.elapsed().as_secs_f64())
    };
    speed.no_phrasing_changed_s = rebuild(&lines)?;
    lines[5_000].1.push_str(" 1234");
    speed.one_of_ten_thousand_changed_s = rebuild(&lines)?;
    speed.thousand_intents_s = build(&thousand(all))?.1;
    Ok(speed)
}

/// A thousand intents of ten real texts each: the labels of all sets in pieces.
fn thousand(all: &[Vec<Split>]) -> Lines {
    let mut lines: Lines = all
        .iter()
        .flat_map(|set| set[0].train.iter().cloned())
        .collect();
    lines.sort();
    let same = lines.chunk_by(|a, b| a.0 == b.0);
    let tens = same.flat_map(|lines| lines.chunks_exact(10));
    let pieces = (0u32..).zip(tens.step_by(3).take(1_000));
    pieces
        .flat_map(|(at, ten)| {
            ten.iter()
                .map(move |line| (format!("{} {at}", line.0), line.1.clone()))
        })
        .collect()
}

/// Tier one alone: 10,000 patterns over messages of 100 characters.
fn keywords(speed: &mut Speed) -> Result<()> {
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
    (speed.keywords_p50_us, speed.keywords_p99_us) = (of(0.5), of(0.99));
    Ok(())
}
