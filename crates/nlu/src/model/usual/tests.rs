//! What is near for a narrow intent and for a broad one.

use ndarray::Array2;
use proptest::prelude::*;

use super::Usual;
use crate::dense::dot;
use crate::lexicon::Bag;
use crate::model::Class;

fn class(intent: u32, from: usize, to: usize) -> Class {
    Class { intent, from, to }
}

/// Directions in the plane, in degrees.
fn rows(degrees: &[f32]) -> Array2<f32> {
    Array2::from_shape_fn((degrees.len(), 2), |(row, column)| {
        let angle = degrees[row].to_radians();
        if column == 0 {
            angle.cos()
        } else {
            angle.sin()
        }
    })
}

fn usual(dense: &Array2<f32>, classes: &[Class]) -> Usual {
    let bags = vec![Bag::default(); dense.nrows()];
    Usual::of(dense, &bags, 0, classes)
}

#[test]
fn a_text_as_far_away_belongs_to_the_broad_intent_more() {
    let dense = rows(&[
        0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 90.0, 100.0, 110.0, 120.0, 130.0, 140.0,
    ]);
    let classes = [class(0, 0, 6), class(1, 6, 12)];
    let usual = usual(&dense, &classes);
    assert!(usual.belonging(1, 0.9) > usual.belonging(0, 0.9));
    let near = |degrees: f32, at: usize| {
        let query = rows(&[degrees]).into_raw_vec_and_offset().0;
        usual.company(&dense, &query, classes[at..=at].iter())
    };
    assert!(near(-15.0, 0) < 0.3, "{}", near(-15.0, 0));
    assert!(near(155.0, 1) > 0.4, "{}", near(155.0, 1));
    assert!(
        near(115.0, 1) > 0.9,
        "it lies among them: {}",
        near(115.0, 1)
    );
}

#[test]
fn a_phrasing_on_its_own_takes_the_measure_of_the_others() {
    let dense = rows(&[0.0, 20.0, 90.0]);
    let classes = [class(0, 0, 2), class(1, 2, 3)];
    let usual = usual(&dense, &classes);
    assert!((usual.company[2] - usual.company[0]).abs() < 1e-6);
    assert!((usual.cohesions[1] - 20f32.to_radians().cos()).abs() < 1e-4);
}

#[test]
fn words_count_beside_those_that_the_phrasings_share() {
    let bag = |ids: &[u32]| Bag {
        ids: ids.to_vec(),
        weights: vec![1.0 / (ids.len() as f32).sqrt(); ids.len()],
        known: 1.0,
    };
    let bags = [bag(&[0, 1]), bag(&[0, 1]), bag(&[2, 3]), bag(&[4, 5])];
    let classes = [class(0, 0, 2), class(1, 2, 4)];
    let usual = Usual::of(&rows(&[0.0; 4]), &bags, 6, &classes);
    // Drawn together by the prior: 1 and 0 become (2 + 3 · ½) / 5 and (0 + 3 · ½) / 5.
    assert!((usual.wording(0, 0.0) + 0.7).abs() < 1e-5);
    assert!((usual.wording(1, 0.0) + 0.3).abs() < 1e-5);
}

#[test]
fn nothing_to_compare_with_says_nothing() {
    let dense = Array2::zeros((2, 0));
    let classes = [class(0, 0, 1), class(1, 1, 2)];
    let usual = usual(&dense, &classes);
    assert_eq!(usual.belonging(0, 0.0), 0.0);
    let company = usual.company(&dense, &[], classes.iter());
    assert!((company - 1.0).abs() < 1e-6, "{company}");
}

proptest! {
    #[test]
    fn company_is_finite_and_grows_towards_a_phrasing(
        degrees in prop::collection::vec(0f32..360.0, 2..30),
        cut in 1usize..29,
        at in 0f32..360.0,
    ) {
        let dense = rows(&degrees);
        let cut = cut.min(degrees.len() - 1);
        let classes = [class(0, 0, cut), class(1, cut, degrees.len())];
        let usual = usual(&dense, &classes);
        let query = rows(&[at]).into_raw_vec_and_offset().0;
        let company = usual.company(&dense, &query, classes.iter());
        prop_assert!(company.is_finite() && company > 0.0);
        // The cosines of the rows to the query can only grow as it moves to a lone cluster's place.
        let together = rows(&[at; 6]);
        let one = [class(0, 0, 6)];
        let of = self::usual(&together, &one);
        prop_assert!((dot(&query, &query) - 1.0).abs() < 1e-4);
        prop_assert!((of.company(&together, &query, one.iter()) - 1.0).abs() < 0.1);
    }
}
