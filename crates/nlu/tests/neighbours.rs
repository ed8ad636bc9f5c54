//! Neighbours: the scan against brute force, the graph against the scan.

use kefu_nlu::{Neighbours, RECALL_MIN};
use proptest::prelude::*;

const DIMENSION: usize = 48;

/// Vectors of length one around a few centres, as texts lie around topics; the same for the same seed.
fn vectors(count: usize, centres: usize, spread: f32, seed: u64) -> Vec<Vec<f32>> {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    let middle: Vec<Vec<f32>> = (0..centres)
        .map(|_| unit((0..DIMENSION).map(|_| random()).collect()))
        .collect();
    (0..count)
        .map(|at| {
            unit(
                middle[at % centres]
                    .iter()
                    .map(|x| x + spread * random())
                    .collect(),
            )
        })
        .collect()
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
    vector.iter_mut().for_each(|x| *x /= length);
    vector
}

fn index(vectors: &[Vec<f32>], exact_max: usize) -> Neighbours {
    let mut index = Neighbours::new(DIMENSION, exact_max);
    index.reserve(vectors.len());
    vectors.iter().for_each(|vector| index.push(vector));
    index
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// All similarities, the greatest first, in full precision.
fn brute_force(vectors: &[Vec<f32>], query: &[f32]) -> Vec<f32> {
    let mut all: Vec<f32> = vectors.iter().map(|vector| cosine(vector, query)).collect();
    all.sort_by(|a, b| b.total_cmp(a));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_scan_finds_what_brute_force_finds(
        count in 0usize..400,
        centres in 1usize..20,
        spread in 0.05f32..2.0,
        wanted in 1usize..12,
        seed in any::<u64>(),
    ) {
        let all = vectors(count, centres, spread, seed);
        let index = index(&all, usize::MAX);
        let query = vectors(1, 1, 1.0, seed ^ 77).remove(0);
        let found = index.nearest(&query, wanted);
        let best = brute_force(&all, &query);
        prop_assert_eq!(found.len(), wanted.min(count));
        for ((row, similarity), best) in found.iter().zip(&best) {
            // The similarity is the row's own, and nothing nearer was left out.
            prop_assert!((similarity - cosine(&all[*row as usize], &query)).abs() < 1e-4);
            prop_assert!((similarity - best).abs() < 1e-4, "{} instead of {}", similarity, best);
        }
        let mut rows: Vec<u32> = found.iter().map(|found| found.0).collect();
        rows.sort_unstable();
        rows.dedup();
        prop_assert_eq!(rows.len(), found.len(), "no row comes twice");
    }

    #[test]
    fn a_damaged_graph_is_refused_or_harmless(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let all = vectors(120, 6, 0.4, 5);
        let whole = index(&all, 50);
        whole.build_graph(&|| true);
        let mut bytes = whole.graph_bytes().expect("it was good enough");
        let at = at.index(bytes.len());
        bytes[at] = value;
        let other = index(&all, 50);
        if other.take_graph(&bytes) {
            for query in &all {
                prop_assert!(other.nearest(query, 10).len() <= 10);
            }
        }
        prop_assert!(!index(&all, 50).take_graph(&bytes[..at]));
    }
}

#[test]
fn the_graph_finds_what_the_scan_finds_and_is_the_same_each_time() {
    // The last are asked for: of the same topics, and not in the index.
    let mut all = vectors(3_200, 60, 0.5, 9);
    let queries = all.split_off(3_000);
    let (one, two) = (index(&all, 1_000), index(&all, 1_000));
    assert!(one.wants_graph() && !one.has_graph());
    let recall = one.build_graph(&|| true).expect("nobody stopped it");
    assert!(recall >= RECALL_MIN && one.has_graph() && !one.wants_graph());
    let mut hits = 0;
    for query in &queries {
        let exact = one.exact(query, 10);
        let found = one.nearest(query, 10);
        hits += exact.iter().filter(|row| found.contains(row)).count();
    }
    assert!(
        hits >= 1_980,
        "{hits} of 2000 on vectors that are not its own"
    );
    two.build_graph(&|| true);
    assert_eq!(one.graph_bytes(), two.graph_bytes());
}

#[test]
fn many_copies_of_one_vector_are_searched_like_others() {
    let all = vectors(400, 1, 0.0, 3);
    let same = index(&all, 100);
    // Any ten of them are as good as the ten nearest.
    assert_eq!(same.build_graph(&|| true), Some(1.0));
    assert_eq!(same.nearest(&all[0], 10).len(), 10);
}

#[test]
fn building_stops_when_told_and_the_scan_goes_on() {
    let all = vectors(600, 10, 0.5, 4);
    let index = index(&all, 100);
    assert_eq!(index.build_graph(&|| false), None);
    assert!(!index.has_graph());
    assert_eq!(index.nearest(&all[7], 1)[0].0, 7);
}

#[test]
fn a_kept_graph_serves_its_vectors_and_no_others() {
    let all = vectors(500, 10, 0.5, 6);
    let built = index(&all, 100);
    built.build_graph(&|| true);
    let bytes = built.graph_bytes().expect("a graph");
    let again = index(&all, 100);
    assert!(again.take_graph(&bytes));
    for query in &all {
        assert_eq!(again.nearest(query, 5), built.nearest(query, 5));
    }
    assert!(!index(&all[..499], 100).take_graph(&bytes));
    assert!(!index(&vectors(500, 10, 0.5, 60), 100).take_graph(&bytes));
    assert!(!index(&all, 100).take_graph(b"rubbish"));
}

#[test]
fn nothing_and_strange_numbers_are_no_trouble() {
    let empty = Neighbours::new(DIMENSION, 10);
    assert!(empty.is_empty() && empty.nearest(&[0.5; DIMENSION], 3).is_empty());
    let mut odd = Neighbours::new(DIMENSION, 10);
    odd.push(&[0.0; DIMENSION]);
    odd.push(&[f32::NAN; DIMENSION]);
    odd.push(&[f32::INFINITY; DIMENSION]);
    odd.push(&[1.0; 3]);
    assert_eq!(odd.nearest(&[1.0; DIMENSION], 9).len(), 4);
}
