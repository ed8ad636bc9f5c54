//! The scan, our graph and `hnsw_rs` at several sizes, against brute force in full precision.

use std::{path::Path, time::Instant};

use anyhow::Result;
use hnsw_rs::prelude::{DistDot, Hnsw};
use kefu_benches::field_mib;
use kefu_nlu::Neighbours;
use serde_json::{Value, json};

use crate::{milliseconds, quantiles, table::Line, vectors::Vectors};

const SIZES: [usize; 5] = [5_000, 10_000, 20_000, 50_000, 100_000];
const QUERIES: usize = 300;
const WANTED: usize = 10;

pub fn measure(lines: &[Line], vectors: &Vectors, model: &Path) -> Result<Value> {
    let asked: Vec<&str> = lines
        .iter()
        .step_by(lines.len().div_ceil(QUERIES))
        .map(|line| line.asked.as_str())
        .collect();
    let mut vectors = vectors.clone();
    vectors.add(&asked, model)?;
    let mut all: Vec<Vec<f32>> = scattered(lines)
        .filter_map(|line| vectors.get(&line.question).cloned())
        .collect();
    let mut queries: Vec<Vec<f32>> = asked
        .iter()
        .filter_map(|text| vectors.get(text).cloned())
        .collect();
    let centre = mean(&all);
    all.iter_mut()
        .chain(&mut queries)
        .for_each(|vector| centred(vector, &centre));
    let rows = SIZES.into_iter().filter(|size| *size <= all.len());
    rows.map(|size| at(&all[..size], &queries)).collect()
}

/// The lines in an order that does not follow the table's, so that a part is like the whole.
fn scattered(lines: &[Line]) -> impl Iterator<Item = &Line> {
    // A step that shares no factor with the number of lines reaches each of them once.
    let step = (lines.len() * 5 / 8..)
        .find(|step| coprime(*step, lines.len()))
        .unwrap_or(1);
    (0..lines.len()).map(move |at| &lines[at * step % lines.len()])
}

fn coprime(mut a: usize, mut b: usize) -> bool {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

fn at(all: &[Vec<f32>], queries: &[Vec<f32>]) -> Result<Value> {
    eprintln!("  {} vectors", all.len());
    let least: Vec<f32> = queries.iter().map(|query| tenth(all, query)).collect();
    let mut index = Neighbours::new(all[0].len(), usize::MAX);
    index.reserve(all.len());
    all.iter().for_each(|vector| index.push(vector));
    let recall = |search: &dyn Fn(&[f32]) -> Vec<u32>| {
        let hits: usize = queries
            .iter()
            .zip(&least)
            .map(|(query, least)| {
                let near = |row: &u32| dot(&all[*row as usize], query) >= least - 1e-6;
                search(query).iter().filter(|row| near(row)).count()
            })
            .sum();
        hits as f64 / (WANTED * queries.len()) as f64
    };
    let rows = |found: Vec<(u32, f32)>| found.into_iter().map(|found| found.0).collect::<Vec<_>>();
    let timed = |search: &dyn Fn(&[f32]) -> Vec<u32>| {
        let (p50, p99) = quantiles(
            queries
                .iter()
                .map(|query| {
                    let started = Instant::now();
                    std::hint::black_box(search(query));
                    milliseconds(started)
                })
                .collect(),
        );
        json!({ "p50_ms": p50, "p99_ms": p99, "recall_at_10": recall(search) })
    };
    let scan = |query: &[f32]| rows(index.exact(query, WANTED));
    let mut scan_figures = timed(&scan);
    scan_figures["mib"] = json!(mib(index.bytes()));

    let before = index.bytes();
    let started = Instant::now();
    let own_recall = index.build_graph(&|| true);
    let build_s = started.elapsed().as_secs_f64();
    let mut graph = timed(&|query| rows(index.nearest(query, WANTED)));
    graph["build_s"] = json!(build_s);
    graph["mib_beside_the_scan"] = json!(mib(index.bytes() - before));
    graph["recall_at_build"] = json!(own_recall);
    graph["used"] = json!(index.has_graph());

    let resident = resident_mib();
    let started = Instant::now();
    let peer = Hnsw::<f32, DistDot>::new(16, all.len(), 16, 128, DistDot {});
    for (row, vector) in all.iter().enumerate() {
        peer.insert((vector.as_slice(), row));
    }
    let build_s = started.elapsed().as_secs_f64();
    let width = 96;
    let mut hnsw_rs = timed(&|query| {
        let found = peer.search(query, WANTED, width);
        found.into_iter().map(|found| found.d_id as u32).collect()
    });
    hnsw_rs["build_s"] = json!(build_s);
    hnsw_rs["mib_with_its_vectors"] = json!(resident_mib() - resident);
    hnsw_rs["width"] = json!(width);
    Ok(json!({ "vectors": all.len(), "scan": scan_figures, "graph": graph, "hnsw_rs": hnsw_rs }))
}

fn tenth(all: &[Vec<f32>], query: &[f32]) -> f32 {
    let mut near: Vec<f32> = all.iter().map(|vector| dot(vector, query)).collect();
    near.sort_unstable_by(|a, b| b.total_cmp(a));
    near.get(WANTED - 1).copied().unwrap_or(-1.0)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn mean(all: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = vec![0.0; all[0].len()];
    for vector in all {
        sum.iter_mut().zip(vector).for_each(|(s, v)| *s += v);
    }
    sum.iter_mut().for_each(|s| *s /= all.len() as f32);
    sum
}

/// As the product places vectors: seen from the centre, of length one.
fn centred(vector: &mut [f32], centre: &[f32]) {
    vector.iter_mut().zip(centre).for_each(|(v, c)| *v -= c);
    let length = dot(vector, vector).sqrt().max(1e-9);
    vector.iter_mut().for_each(|v| *v /= length);
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    field_mib(&status, "VmRSS").unwrap_or_default()
}
