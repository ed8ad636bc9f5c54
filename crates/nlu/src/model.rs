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

mod patch;
mod usual;

use usual::Usual;

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
    /// The same, measured by the intent's own phrasings.
    pub familiar: Familiar,
    /// How far vectors and n-grams agree that it is near. Of entries of the knowledge base alone: an
    /// intent has a head that reads both.
    pub agreement: f32,
}

/// How a text stands to the likeliest intents, measured by how their own phrasings stand to one
/// another: what is far for a narrow intent may be near for a broad one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Familiar {
    /// The logit in standard deviations of the logits of all intents: how much it stands out.
    pub distinct: f32,
    /// By how much the text is nearer to the mean than the intent's own phrasings are to that of
    /// the others.
    pub belonging: f32,
    /// How far apart the candidates' phrasings around the text lie, beside how far it is from them.
    pub company: f32,
    /// By how much the nearest phrasing in n-grams is nearer than the intent's own are.
    pub wording: f32,
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
    usual: Usual,
}

/// A text as the model sees it.
#[derive(Debug)]
pub(crate) struct Query {
    pub dense: Vec<f32>,
    pub bag: Bag,
}

impl Model {
    /// From the samples `rows` of the corpus, which must be sorted by intent.
    /// `tick` is called now and then; it may unwind to end the work early.
    pub fn fit(corpus: &Corpus, rows: &[usize], tick: &dyn Fn()) -> Self {
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
        let bags: Vec<Bag> = rows
            .iter()
            .map(|&row| lexicon.bag(&of(row).normal))
            .collect();
        let centroids = centroids(&dense, &classes);
        let terms = lexicon.len();
        let usual = Usual::of(&dense, &bags, terms, &classes);
        let examples = Examples {
            dense,
            bags,
            labels,
            classes: classes.len(),
            terms,
        };
        let head = Head::fit(&examples, tick);
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
            usual,
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
        let asked = Asked {
            query,
            weights: self.spread(&query.bag),
            spread: deviation(&scores),
            company: (self.usual).company(
                &self.dense,
                &query.dense,
                order.iter().map(|&class| &self.classes[class]),
            ),
        };
        order
            .into_iter()
            .map(|class| self.candidate(class, scores[class], &asked))
            .collect()
    }

    /// The parts of the head's score that the vector and the n-grams gave; 0 for an intent that
    /// has no class here.
    pub fn head_parts(&self, intent: u32, query: &Query) -> (f32, f32) {
        let Ok(class) = self
            .classes
            .binary_search_by_key(&intent, |class| class.intent)
        else {
            return (0.0, 0.0);
        };
        self.head.parts(class, &query.dense, &query.bag)
    }

    /// The samples of an intent most like the text with their similarity, nearest first: cosine of
    /// vectors, or of n-grams where there is no encoder.
    pub fn nearest(&self, intent: u32, query: &Query, most: usize) -> Vec<(usize, f32)> {
        let Ok(class) = self
            .classes
            .binary_search_by_key(&intent, |class| class.intent)
        else {
            return Vec::new();
        };
        let Class { from, to, .. } = self.classes[class];
        let weights = self.spread(&query.bag);
        let likeness = |row: usize| {
            if self.dimension == 0 {
                overlap(&self.bags[row], &weights)
            } else {
                row_dot(&self.dense, row, &query.dense)
            }
        };
        let mut near: Vec<(usize, f32)> = (from..to).map(|row| (row, likeness(row))).collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.truncate(most);
        near
    }

    /// A bag's weights by term.
    fn spread(&self, bag: &Bag) -> Vec<f32> {
        let mut weights = vec![0f32; self.lexicon.len()];
        for (&id, &weight) in bag.ids.iter().zip(&bag.weights) {
            weights[id as usize] = weight;
        }
        weights
    }

    fn candidate(&self, class: usize, logit: f32, asked: &Asked<'_>) -> Candidate {
        let Class { intent, from, to } = self.classes[class];
        let dense = &asked.query.dense;
        let centroid = row_dot(&self.centroids, class, dense);
        let lexical = self.bags[from..to]
            .iter()
            .map(|bag| overlap(bag, &asked.weights))
            .fold(0.0, f32::max);
        Candidate {
            intent,
            logit,
            nearest: (from..to)
                .map(|row| row_dot(&self.dense, row, dense))
                .fold(-1.0, f32::max),
            centroid,
            lexical,
            familiar: Familiar {
                distinct: logit / asked.spread,
                belonging: self.usual.belonging(class, centroid),
                company: asked.company,
                wording: self.usual.wording(class, lexical),
            },
            agreement: 0.0,
        }
    }
}

/// A text with what all its candidates need of it.
struct Asked<'a> {
    query: &'a Query,
    /// The bag's weights by term.
    weights: Vec<f32>,
    /// Standard deviation of the scores.
    spread: f32,
    company: f32,
}

/// The standard deviation of the scores of all classes; 1 where there is none.
fn deviation(scores: &[f32]) -> f32 {
    let count = scores.len().max(1) as f32;
    let mean = scores.iter().sum::<f32>() / count;
    let square = scores.iter().map(|s| (s - mean) * (s - mean)).sum::<f32>();
    let deviation = (square / count).sqrt();
    if deviation > 1e-6 { deviation } else { 1.0 }
}

fn row_dot(matrix: &Array2<f32>, row: usize, vector: &[f32]) -> f32 {
    let row = matrix.row(row);
    row.as_slice().map_or(0.0, |row| dot(row, vector))
}

/// The inner product of a bag with weights by term.
fn overlap(bag: &Bag, weights: &[f32]) -> f32 {
    let pairs = bag.ids.iter().zip(&bag.weights);
    pairs.map(|(&id, w)| weights[id as usize] * w).sum()
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
