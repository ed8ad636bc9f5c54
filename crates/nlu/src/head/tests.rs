//! The head on problems whose answer is known.

use ndarray::Array2;

use super::objective::Objective;
use super::{Examples, Head};
use crate::lexicon::Bag;

fn bag(id: u32) -> Bag {
    Bag {
        ids: vec![id],
        weights: vec![1.0],
        known: 1.0,
    }
}

/// Two classes that only the dense part tells apart, and two that only a term does.
fn examples() -> Examples {
    let dense = Array2::from_shape_fn((12, 2), |(i, j)| match (i / 3, j) {
        (0, 0) | (1, 1) => 1.0,
        (0 | 1, _) => 0.0,
        _ => -0.7,
    });
    let labels: Vec<u32> = (0..12u32).map(|i| i / 3).collect();
    let bags = labels
        .iter()
        .map(|&label| bag(u32::from(label == 3)))
        .collect();
    Examples {
        dense,
        bags,
        labels,
        classes: 4,
        terms: 2,
    }
}

#[test]
fn both_kinds_of_features_are_used() {
    let head = Head::fit(&examples(), &|| {});
    let top = |dense: [f32; 2], term: u32| {
        let scores = head.scores(&dense, &bag(term));
        (0..4).max_by(|&a, &b| scores[a].total_cmp(&scores[b]))
    };
    assert_eq!(top([1.0, 0.0], 0), Some(0));
    assert_eq!(top([0.0, 1.0], 0), Some(1));
    assert_eq!(top([-0.7, -0.7], 0), Some(2));
    assert_eq!(top([-0.7, -0.7], 1), Some(3));
}

#[test]
fn the_gradient_is_the_slope() {
    let examples = examples();
    let mut objective = Objective::new(&examples, 3.0);
    let weights: Vec<f32> = (0..objective.len())
        .map(|i| ((i * 7 % 11) as f32 - 5.0) / 10.0)
        .collect();
    let mut gradient = vec![0.0; weights.len()];
    objective.evaluate(&weights, &mut gradient);
    for at in 0..weights.len() {
        let mut value = |delta: f32| {
            let mut moved = weights.clone();
            moved[at] += delta;
            objective.evaluate(&moved, &mut vec![0.0; weights.len()])
        };
        let slope = (value(0.01) - value(-0.01)) / 0.02;
        assert!(
            (slope - f64::from(gradient[at])).abs() < 0.02,
            "{at}: {slope} {}",
            gradient[at]
        );
    }
}

#[test]
fn one_class_and_no_dense_part_are_served() {
    let bags = vec![bag(0)];
    let one = Examples {
        dense: Array2::zeros((1, 0)),
        bags,
        labels: vec![0],
        classes: 1,
        terms: 1,
    };
    assert_eq!(Head::fit(&one, &|| {}).scores(&[], &bag(0)).len(), 1);
}

#[test]
fn a_sample_that_leaves_and_comes_back_changes_little() {
    let examples = examples();
    let head = Head::fit(&examples, &|| {});
    let mut patched = head.clone();
    let dense: Vec<f32> = examples.dense.row(4).to_vec();
    let probability = |head: &Head| {
        let scores = head.scores(&dense, &examples.bags[4]);
        let sum: f32 = scores.iter().map(|score| score.exp()).sum();
        scores[1].exp() / sum
    };
    patched.forget(&dense, &examples.bags[4], 1);
    assert!(
        probability(&patched) < probability(&head),
        "its share is gone"
    );
    patched.learn(&dense, &examples.bags[4], 1);
    let moved = (probability(&patched) - probability(&head)).abs();
    assert!(moved < 0.02, "{moved}");
}
