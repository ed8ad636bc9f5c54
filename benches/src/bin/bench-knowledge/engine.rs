//! The whole decision over a large knowledge base, the encoder's time left out.

use std::{path::Path, sync::Arc, time::Instant};

use anyhow::Result;
use kefu_intents::Catalogue;
use kefu_nlu::{Decision, Engine, Settings};
use serde_json::{Value, json};

use crate::{milliseconds, quantiles, table::Line, vectors::Vectors};

const QUERIES: usize = 1_000;

pub fn measure(intents: &Path, lines: &[Line], vectors: &Vectors, model: &Path) -> Result<Value> {
    let catalogue = Arc::new(Catalogue::load_dir(intents, "2026-11-21".parse()?)?);
    let step = lines.len().div_ceil(QUERIES);
    let asked: Vec<&Line> = lines.iter().step_by(step).collect();
    let texts: Vec<&str> = asked.iter().map(|line| line.asked.as_str()).collect();
    let mut vectors = vectors.clone();
    vectors.add(&texts, model)?;
    // A first build says which further texts it wants, such as shortened ones.
    let encoder = kefu_encoder::Encoder::load(model, kefu_encoder::ModelOptions::default())?;
    let embedder: Arc<dyn kefu_nlu::Embedder> = Arc::new(Known { vectors, encoder });
    let build = || {
        let started = Instant::now();
        let cache = kefu_nlu::NoVectorCache;
        let engine = Engine::build(
            Arc::clone(&catalogue),
            Some(Arc::clone(&embedder)),
            &cache,
            &Settings::default(),
            &|_, _| {},
        );
        engine.map(|engine| (engine, started.elapsed().as_secs_f64()))
    };
    let (engine, build_s) = build()?;
    let scan = ask(&engine, &asked)?;
    let mut figures = json!({ "build_s_with_vectors_known": build_s, "by_scan": scan });
    if let Some(index) = engine.knowledge() {
        figures["index_mib"] = json!(index.bytes() as f64 / f64::from(1 << 20));
        if index.wants_graph() {
            index.neighbours().build_graph(&|| true);
            figures["by_graph"] = ask(&engine, &asked)?;
        }
    }
    Ok(figures)
}

/// Asks every line in its visitor's words.
fn ask(engine: &Engine, asked: &[&Line]) -> Result<Value> {
    let knowledge = &engine.catalogue().knowledge;
    let (mut times, mut first, mut answered, mut right) = (Vec::new(), 0, 0, 0);
    let (mut confirmed, mut hit) = (0, 0);
    for line in asked {
        let started = Instant::now();
        let verdict = engine.understand(&line.asked, None)?;
        times.push(milliseconds(started));
        let is_it = |id: &str| {
            knowledge
                .get(id)
                .is_some_and(|entry| *entry.question == *line.question)
        };
        first += usize::from(verdict.top().is_some_and(is_it));
        match &verdict.decision {
            Decision::Answer(id) => {
                answered += 1;
                right += usize::from(is_it(id));
            }
            Decision::Confirm(ids) => {
                confirmed += 1;
                hit += usize::from(ids.iter().any(|id| is_it(id)));
            }
            Decision::Fallback => {}
        }
    }
    let (p50, p99) = quantiles(times);
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    Ok(json!({
        "asked_in_other_words": asked.len(),
        "p50_ms": p50,
        "p99_ms": p99,
        "right_entry_first": share(first, asked.len()),
        "answered": share(answered, asked.len()),
        "answers_right": share(right, answered),
        "confirmed": share(confirmed, asked.len()),
        "confirm_hits": share(hit, confirmed),
    }))
}

/// Known vectors, and the model for the few texts that have none.
struct Known {
    vectors: Vectors,
    encoder: kefu_encoder::Encoder,
}

impl kefu_nlu::Embedder for Known {
    fn dimension(&self) -> usize {
        self.vectors.dimension
    }

    fn model_id(&self) -> &str {
        "known"
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, kefu_nlu::EmbedError> {
        let one = |text: &&str| match self.vectors.get(text) {
            Some(vector) => Ok(vec![vector.clone()]),
            None => self.encoder.embed(&[text]),
        };
        Ok(texts
            .iter()
            .map(one)
            .collect::<Result<Vec<_>, _>>()?
            .concat())
    }
}
