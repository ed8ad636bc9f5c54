//! A model of which a few samples changed, without fitting it again.
//!
//! At the optimum a penalised logistic regression is the sum of what each sample adds to it: cost
//! times its residual, times its features (the dual of the objective; Yu, Huang & Lin 2011). So a
//! sample that went takes its share with it, and one that came brings the share that solves its
//! own condition, the others' held fixed: one exact step of dual coordinate ascent for each.

use std::collections::HashMap;

use kefu_types::Lang;
use ndarray::{Array2, Axis};

use super::usual::Usual;
use super::{Class, Model, centroids};
use crate::corpus::Sample;
use crate::lexicon::Bag;

/// Where the rows of the new set come from.
enum Row {
    Kept(usize),
    /// Index into what is new.
    New(usize),
}

impl Model {
    /// `self` was fitted on `before`, row by row; `after` is sorted by intent, has the same intents
    /// and other samples; `vector_of` gives the vectors of the samples that `before` lacks, by
    /// their place in `after`. The origin of the space and the weight of known terms stay.
    pub fn patched(
        &self,
        before: &[Sample],
        after: &[Sample],
        vector_of: &dyn Fn(usize) -> Vec<f32>,
    ) -> Self {
        let mut old: HashMap<(u32, Lang, &str), usize> = (before.iter().enumerate())
            .map(|(row, sample)| (key(sample), row))
            .collect();
        let mut model = self.clone();
        let mut rows = Vec::with_capacity(after.len());
        let mut new: Vec<(u32, Vec<f32>, Bag)> = Vec::new();
        for (at, sample) in after.iter().enumerate() {
            if let Some(row) = old.remove(&key(sample)) {
                rows.push(Row::Kept(row));
                continue;
            }
            model.lexicon.extend(&sample.normal);
            let vector = vector_of(at);
            let query = model.query(&vector, &sample.normal, sample.lang);
            rows.push(Row::New(new.len()));
            new.push((sample.intent, query.dense, query.bag));
        }
        model.head.grow(model.lexicon.len());
        let mut gone: Vec<usize> = old.into_values().collect();
        gone.sort_unstable();
        for row in gone {
            let class = self.class_of(before[row].intent);
            let dense = self.dense.row(row);
            model
                .head
                .forget(dense.as_slice().unwrap_or_default(), &self.bags[row], class);
        }
        for (intent, dense, bag) in &new {
            model.head.learn(dense, bag, self.class_of(*intent));
        }
        model.arrange(self, after, &rows, &new);
        model
    }

    fn class_of(&self, intent: u32) -> usize {
        let found = self
            .classes
            .binary_search_by_key(&intent, |class| class.intent);
        found.unwrap_or_default()
    }

    /// Puts the samples into the order of `after`.
    fn arrange(
        &mut self,
        old: &Self,
        after: &[Sample],
        rows: &[Row],
        new: &[(u32, Vec<f32>, Bag)],
    ) {
        self.dense = Array2::zeros((after.len(), self.dimension));
        self.bags = Vec::with_capacity(after.len());
        for (row, mut target) in rows.iter().zip(self.dense.axis_iter_mut(Axis(0))) {
            match row {
                Row::Kept(row) => {
                    target.assign(&old.dense.row(*row));
                    self.bags.push(old.bags[*row].clone());
                }
                Row::New(at) => {
                    target
                        .iter_mut()
                        .zip(&new[*at].1)
                        .for_each(|(t, x)| *t = *x);
                    self.bags.push(new[*at].2.clone());
                }
            }
        }
        let intents: Vec<u32> = after.iter().map(|sample| sample.intent).collect();
        self.classes = classes(&intents);
        self.centroids = centroids(&self.dense, &self.classes);
        let terms = self.lexicon.len();
        self.usual = Usual::of(&self.dense, &self.bags, terms, &self.classes);
    }

    /// The same with other numbers for the intents; `number` must keep their order.
    pub fn renumbered(&self, number: &dyn Fn(u32) -> u32) -> Self {
        let mut model = self.clone();
        for class in &mut model.classes {
            class.intent = number(class.intent);
        }
        model
    }
}

fn key(sample: &Sample) -> (u32, Lang, &str) {
    (sample.intent, sample.lang, &sample.text)
}

/// One class for each run of an intent.
fn classes(intents: &[u32]) -> Vec<Class> {
    let mut from = 0;
    let run = |run: &[u32]| {
        let class = Class {
            intent: run[0],
            from,
            to: from + run.len(),
        };
        from = class.to;
        class
    };
    intents.chunk_by(|a, b| a == b).map(run).collect()
}
