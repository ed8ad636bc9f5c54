//! Phrasings that sit inside another intent.

use std::collections::HashSet;

use kefu_intents::Problem;
use kefu_text::normalize;
use ndarray::{Array1, Array2, Axis};

use super::sketch::{sketches, unit};
use super::{Scene, shorten};
use crate::corpus::embed_all;
use crate::port::{EmbedError, Embedder, VectorCache};
use crate::progress::{Meter, Progress};

/// A phrasing, or a title, which has no number.
struct Sample<'a> {
    intent: usize,
    number: Option<usize>,
    text: &'a str,
    normal: String,
}

fn samples<'a>(scene: &Scene<'a>) -> Vec<Sample<'a>> {
    let mut samples = Vec::new();
    for (at, intent) in scene.catalogue.intents.iter().enumerate() {
        let titles = intent.title.0.values().filter(|title| **title != intent.id);
        let titles = titles.map(|title| (None, title.as_str()));
        let numbered = intent.phrasings.iter().enumerate();
        let phrasings = numbered.map(|(number, p)| (Some(number), p.text.as_str()));
        let mut seen = HashSet::new();
        // Phrasings first: of two spellings that are alike the one that can be named is kept.
        for (number, text) in phrasings.chain(titles) {
            let normal = normalize(text);
            if !normal.is_empty() && seen.insert(normal.clone()) {
                samples.push(Sample {
                    intent: at,
                    number,
                    text,
                    normal,
                });
            }
        }
    }
    samples
}

/// One way to compare: rows of length 1, one for each sample.
struct Space {
    rows: Array2<f32>,
    /// (intents × dimension): the sums of each intent's rows.
    sums: Array2<f32>,
    /// The length of each sum.
    lengths: Array1<f32>,
    /// As near as close siblings are.
    close: f32,
}

impl Space {
    /// `of` are the rows of each intent; close siblings stand at `rank` of all, 0 to 1.
    fn new(vectors: Vec<Vec<f32>>, samples: &[Sample<'_>], of: &[Vec<usize>], rank: f64) -> Self {
        let dimension = vectors.first().map_or(0, Vec::len);
        let flat: Vec<f32> = vectors.into_iter().flatten().collect();
        let rows = Array2::from_shape_vec((samples.len(), dimension), flat);
        let mut rows = rows.unwrap_or_else(|_| Array2::zeros((samples.len(), dimension)));
        // Every encoder gives all texts something in common, which tells nothing about them.
        if let Some(mean) = rows.mean_axis(Axis(0)) {
            rows -= &mean;
        }
        let mut sums = Array2::zeros((of.len(), dimension));
        for (mut row, sample) in rows.rows_mut().into_iter().zip(samples) {
            row.as_slice_mut().map(unit);
            let mut sum = sums.row_mut(sample.intent);
            sum += &row;
        }
        let lengths = sums.map_axis(Axis(1), |sum| sum.dot(&sum).sqrt().max(1e-6));
        let mut space = Self {
            rows,
            sums,
            lengths,
            close: 0.0,
        };
        let siblings = samples.iter().enumerate().filter_map(|(row, sample)| {
            let found = space.nearest(row, &of[sample.intent])?;
            Some(found.1)
        });
        let mut siblings: Vec<f32> = siblings.collect();
        siblings.sort_by(f32::total_cmp);
        let at = (siblings.len() as f64 * rank) as usize;
        let enough = siblings.len() >= SIBLINGS_MIN;
        space.close = match siblings.get(at) {
            Some(close) if enough => *close,
            _ => f32::INFINITY,
        };
        space
    }

    /// Cosine to the middle of `intent`, the row itself left out of it.
    fn to_middle(&self, row: usize, own: usize, intent: usize) -> f32 {
        let mut middle: Array1<f32> = self.sums.row(intent).to_owned();
        if intent == own {
            middle -= &self.rows.row(row);
        }
        let length = middle.dot(&middle).sqrt();
        if length > 0.0 {
            self.rows.row(row).dot(&middle) / length
        } else {
            0.0
        }
    }

    /// The intent whose middle is nearest, other than `own`.
    fn nearest_other(&self, row: usize, own: usize) -> Option<usize> {
        let scores = self.sums.dot(&self.rows.row(row)) / &self.lengths;
        let others = scores
            .iter()
            .enumerate()
            .filter(|(intent, _)| *intent != own);
        others
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map(|(intent, _)| intent)
    }

    /// The nearest of `rows` to `row`, with its cosine.
    fn nearest(&self, row: usize, rows: &[usize]) -> Option<(usize, f32)> {
        let of = |&other: &usize| (other, self.rows.row(row).dot(&self.rows.row(other)));
        let found = rows.iter().filter(|&&other| other != row).map(of);
        found.max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Where in the order of all likenesses between siblings a stranger has to stand to be doubted,
/// when sentence vectors and n-grams must agree: among the nearest quarter.
const AGREED: f64 = 0.75;
/// The same when only n-grams are there to tell: among the nearest twentieth.
const ALONE: f64 = 0.95;
/// With fewer siblings there is no telling what is close, and nothing is doubted.
const SIBLINGS_MIN: usize = 10;

/// Phrasings that are compared with all others in the time in which one is embedded, about.
const COMPARED_PER_EMBEDDED: usize = 10;

/// Phrasings that are nearer to another intent than to their own by every measure there is (the
/// nearest phrasing and the middle of the intent, in sentence vectors and in n-grams), and as near
/// to one of its phrasings as close siblings are. Each measure alone doubts a fifth of a good set.
pub(super) fn all(
    scene: &Scene<'_>,
    embedder: Option<&dyn Embedder>,
    cache: &dyn VectorCache,
    progress: Progress<'_>,
) -> Result<Vec<Problem>, EmbedError> {
    let samples = samples(scene);
    let intents = scene.catalogue.intents.len();
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); intents];
    for (row, sample) in samples.iter().enumerate() {
        of[sample.intent].push(row);
    }
    let meter = Meter::new(progress);
    let embedding = meter.part(0);
    let comparing = meter.part(samples.len() / COMPARED_PER_EMBEDDED);
    let mut spaces = Vec::new();
    if let Some(embedder) = embedder {
        let texts: Vec<&str> = samples.iter().map(|sample| sample.text).collect();
        let embedded = |done, all| embedding.report(done, all);
        let vectors = embed_all(&texts, embedder, cache, &embedded)?;
        spaces.push(Space::new(vectors, &samples, &of, AGREED));
    }
    let normals: Vec<String> = samples.iter().map(|sample| sample.normal.clone()).collect();
    let rank = if spaces.is_empty() { ALONE } else { AGREED };
    spaces.push(Space::new(sketches(&normals), &samples, &of, rank));
    let compared = Compared {
        scene,
        samples: &samples,
        of: &of,
        spaces: &spaces,
    };
    let doubt = |row: usize| {
        let doubt = compared.doubt(row);
        if row % COMPARED_PER_EMBEDDED == COMPARED_PER_EMBEDDED - 1 {
            comparing.advance(1);
        }
        doubt
    };
    Ok((0..samples.len()).filter_map(doubt).collect())
}

struct Compared<'a> {
    scene: &'a Scene<'a>,
    samples: &'a [Sample<'a>],
    /// The rows of each intent.
    of: &'a [Vec<usize>],
    /// The first proposes the other intent.
    spaces: &'a [Space],
}

impl Compared<'_> {
    fn doubt(&self, row: usize) -> Option<Problem> {
        let sample = self.samples.get(row)?;
        let own = sample.intent;
        let number = sample.number.filter(|_| self.of[own].len() > 1)?;
        let first = self.spaces.first()?;
        let other = first.nearest_other(row, own)?;
        let places = self.scene.places;
        if places.overlap(own, self.scene.id(other)) || places.overlap(other, self.scene.id(own)) {
            return None;
        }
        let sits_there = |space: &Space| {
            let near = |intent: usize| space.nearest(row, &self.of[intent]).map_or(-1.0, |n| n.1);
            near(other) > near(own)
                && near(other) >= space.close
                && space.to_middle(row, own, other) > space.to_middle(row, own, own)
        };
        if !self.spaces.iter().all(sits_there) {
            return None;
        }
        let like = &self.samples[first.nearest(row, &self.of[other])?.0];
        // The same text in two intents is said where the files are read.
        if like.normal == sample.normal {
            return None;
        }
        let place = like
            .number
            .and_then(|number| places.phrasing(other, number));
        let message = format!(
            "`{}` is nearer to `{}` than to the rest of `{}`: see `{}`{}",
            shorten(sample.text),
            shorten(self.scene.id(other)),
            shorten(self.scene.id(own)),
            shorten(like.text),
            Scene::named(place.or_else(|| places.intent(other))),
        );
        Some(places.phrasing(own, number)?.warning(message))
    }
}
