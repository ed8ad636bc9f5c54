//! Everything fitted on a set of samples, and what it has to say about a text.
//!
//! The same type serves the whole catalogue and each fold of the cross-validation, so that what
//! is calibrated is what is served.

use ndarray::Array2;

use crate::corpus::Corpus;
use crate::dense::{Space, add, dot};
use crate::head::{Examples, Head};
use crate::lexicon::{Bag, Lexicon};
use kefu_types::Lang;

/// Candidates whose neighbours are looked at; the head's sixth choice is never the right one
/// often enough to pay for it.
pub(crate) const CANDIDATES_MAX: usize = 5;
/// Weights of the head at most: bounds its memory (4 bytes each, a dozen times that while it is
/// fitted) and the time of fitting by dropping the rarest terms of large catalogues.
const WEIGHTS_MAX: usize = 1_500_000;
/// Terms kept whatever the number of intents.
const TERMS_MIN: usize = 2_000;

/// What speaks for one intent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// Index in the catalogue.
    pub intent: u32,
    /// The head's score, centred over the classes.
    pub logit: f32,
    /// Cosine to the intent's nearest phrasing.
    pub nearest: f32,
    /// Cosine to the mean of its phrasings.
    pub centroid: f32,
    /// Cosine of n-grams to its nearest phrasing in n-grams.
    pub lexical: f32,
}

/// One class: rows `from..to` of the model's samples.
#[derive(Debug, Clone)]
struct Class {
    intent: u32,
    from: usize,
    to: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Model {
    space: Space,
    lexicon: Lexicon,
    head: Head,
    classes: Vec<Class>,
    dimension: usize,
    /// (samples × dimension), by class.
    dense: Array2<f32>,
    bags: Vec<Bag>,
    /// (classes × dimension), of length 1.
    centroids: Array2<f32>,
}

/// A text as the model sees it.
#[derive(Debug)]
pub(crate) struct Query {
    pub dense: Vec<f32>,
    pub bag: Bag,
}

impl Model {
    /// From the samples `rows` of the corpus, which must be sorted by intent.
    pub fn fit(corpus: &Corpus, rows: &[usize]) -> Self {
        let of = |row: usize| &corpus.samples[row];
        let pairs = rows.iter().map(|&row| (corpus.vector(row), of(row).lang));
        let behind = corpus
            .background
            .iter()
            .map(|b| (b.vector.as_slice(), b.lang));
        let space = Space::fit(corpus.dimension, pairs, behind);
        let mut classes: Vec<Class> = Vec::new();
        let mut labels = Vec::with_capacity(rows.len());
        for (at, &row) in rows.iter().enumerate() {
            match classes.last_mut() {
                Some(last) if last.intent == of(row).intent => last.to = at + 1,
                _ => classes.push(Class {
                    intent: of(row).intent,
                    from: at,
                    to: at + 1,
                }),
            }
            labels.push(u32::try_from(classes.len() - 1).unwrap_or(u32::MAX));
        }
        let texts = rows.iter().map(|&row| of(row).normal.as_str());
        let lexicon = Lexicon::fit(texts, (WEIGHTS_MAX / classes.len().max(1)).max(TERMS_MIN));
        let mut dense = Array2::<f32>::zeros((rows.len(), corpus.dimension));
        for (mut target, &row) in dense.rows_mut().into_iter().zip(rows) {
            let placed = space.place(corpus.vector(row), of(row).lang);
            target.iter_mut().zip(placed).for_each(|(t, p)| *t = p);
        }
        let bags = rows
            .iter()
            .map(|&row| lexicon.bag(&of(row).normal))
            .collect();
        let centroids = centroids(&dense, &classes);
        let terms = lexicon.len();
        let examples = Examples {
            dense,
            bags,
            labels,
            classes: classes.len(),
            terms,
        };
        let head = Head::fit(&examples);
        let Examples { dense, bags, .. } = examples;
        Self {
            space,
            lexicon,
            head,
            classes,
            dimension: corpus.dimension,
            dense,
            bags,
            centroids,
        }
    }

    /// Whether the intent has a class here.
    pub fn knows(&self, intent: u32) -> bool {
        self.classes
            .binary_search_by_key(&intent, |class| class.intent)
            .is_ok()
    }

    /// Places a text; `vector` is empty where there is no encoder.
    pub fn query(&self, vector: &[f32], normal: &str, lang: Lang) -> Query {
        let dense = if vector.len() == self.dimension {
            self.space.place(vector, lang)
        } else {
            vec![0.0; self.dimension]
        };
        Query {
            dense,
            bag: self.lexicon.bag(normal),
        }
    }

    /// The likeliest intents with all that speaks for them, the head's best first.
    pub fn candidates(&self, query: &Query) -> Vec<Candidate> {
        let scores = self.head.scores(&query.dense, &query.bag);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        let by_score = |&a: &usize, &b: &usize| scores[b].total_cmp(&scores[a]).then(a.cmp(&b));
        if order.len() > CANDIDATES_MAX {
            order.select_nth_unstable_by(CANDIDATES_MAX - 1, by_score);
            order.truncate(CANDIDATES_MAX);
        }
        order.sort_unstable_by(by_score);
        let mut weights = vec![0f32; self.lexicon.len()];
        for (&id, &weight) in query.bag.ids.iter().zip(&query.bag.weights) {
            weights[id as usize] = weight;
        }
        order
            .into_iter()
            .map(|class| self.candidate(class, scores[class], query, &weights))
            .collect()
    }

    fn candidate(&self, class: usize, logit: f32, query: &Query, weights: &[f32]) -> Candidate {
        let Class { intent, from, to } = self.classes[class];
        let of_row = |matrix: &Array2<f32>, row: usize| {
            matrix
                .row(row)
                .as_slice()
                .map_or(0.0, |row| dot(row, &query.dense))
        };
        let in_terms = |bag: &Bag| -> f32 {
            bag.ids
                .iter()
                .zip(&bag.weights)
                .map(|(&id, w)| weights[id as usize] * w)
                .sum()
        };
        Candidate {
            intent,
            logit,
            nearest: (from..to)
                .map(|row| of_row(&self.dense, row))
                .fold(-1.0, f32::max),
            centroid: of_row(&self.centroids, class),
            lexical: self.bags[from..to].iter().map(in_terms).fold(0.0, f32::max),
        }
    }
}

fn centroids(dense: &Array2<f32>, classes: &[Class]) -> Array2<f32> {
    let mut centroids = Array2::<f32>::zeros((classes.len(), dense.ncols()));
    for (class, mut centroid) in classes.iter().zip(centroids.rows_mut()) {
        let Some(target) = centroid.as_slice_mut() else {
            continue;
        };
        for row in class.from..class.to {
            add(target, dense.row(row).as_slice().unwrap_or_default(), 1.0);
        }
        let length = dot(target, target).sqrt().max(1e-6);
        target.iter_mut().for_each(|x| *x /= length);
    }
    centroids
}
