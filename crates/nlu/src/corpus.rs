//! The phrasings of a catalogue as numbered samples with their vectors.

use std::borrow::Cow;
use std::time::Duration;

use kefu_intents::{Catalogue, Intent};
use kefu_text::{is_han, normalize};
use kefu_types::Lang;

use crate::background;
use crate::port::{EmbedError, Embedder, VectorCache};
use crate::variants::variants;

/// Texts per call of the encoder while loading: large enough to batch, small enough to report
/// progress.
const EMBED_BATCH: usize = 64;

/// One phrasing.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// Index of the intent in the catalogue.
    pub intent: u32,
    /// As written, which is what the encoder reads.
    pub text: String,
    /// As the n-grams see it.
    pub normal: String,
    pub lang: Lang,
}

/// What a visitor may type: every phrasing, and the title where it says something. The same text
/// twice in one intent counts once. An intent's come in the order of their words, so that nothing
/// that is learned depends on the order in which somebody wrote them down.
pub(crate) fn samples(catalogue: &Catalogue) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (intent, entry) in (0u32..).zip(&catalogue.intents) {
        let sample = |(text, lang): (Cow<'_, str>, Lang)| Sample {
            intent,
            normal: normalize(&text),
            text: text.into_owned(),
            lang,
        };
        let mut own: Vec<Sample> = texts(entry).map(sample).collect();
        own.retain(|sample| !sample.normal.is_empty());
        let key = |sample: &Sample| (sample.normal.clone(), sample.text.clone(), sample.lang);
        own.sort_by_cached_key(key);
        own.dedup_by(|later, first| later.normal == first.normal);
        samples.extend(own);
    }
    samples
}

fn texts(intent: &Intent) -> impl Iterator<Item = (Cow<'_, str>, Lang)> {
    let title = |(lang, title): (&Lang, &'_ String)| {
        if *title != intent.id {
            return Some((title.clone().into(), *lang));
        }
        let words = title.replace('_', " ");
        let lang = Lang::detect(&words).unwrap_or(*lang);
        readable(&words).then_some((words.into(), lang))
    };
    let phrasings = intent.phrasings.iter();
    (intent.title.0.iter().filter_map(title))
        .chain(phrasings.map(|phrasing| (phrasing.text.as_str().into(), phrasing.lang)))
}

/// Whether an id says what the intent is about, as labels of imported files do: Chinese, or
/// several words. `A12`, `order.status` and `faq` do not.
fn readable(id: &str) -> bool {
    let word =
        |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '/' | '(' | ')' | '（' | '）');
    let says = id.chars().any(is_han) || id.trim().contains(' ');
    says && id.chars().nth(1).is_some() && id.chars().all(word)
}

/// One vector per text, from the cache where it has them; new ones are remembered there.
/// `progress` hears (done, all).
pub(crate) fn embed_all(
    texts: &[&str],
    embedder: &dyn Embedder,
    cache: &dyn VectorCache,
    progress: &dyn Fn(usize, usize),
) -> Result<Vec<Vec<f32>>, EmbedError> {
    let usable = |vector: &Vec<f32>| vector.len() == embedder.dimension();
    let mut vectors: Vec<Option<Vec<f32>>> = cache
        .get(embedder.model_id(), texts)
        .into_iter()
        .map(|v| v.filter(usable))
        .collect();
    vectors.resize(texts.len(), None);
    let mut missing: Vec<usize> = (0..texts.len())
        .filter(|&at| vectors[at].is_none())
        .collect();
    // Texts of like length side by side waste no padding.
    missing.sort_by_key(|&at| (texts[at].len(), at));
    let mut done = texts.len() - missing.len();
    progress(done, texts.len());
    for batch in missing.chunks(EMBED_BATCH) {
        let wanted: Vec<&str> = batch.iter().map(|&at| texts[at]).collect();
        let made = embed(embedder, &wanted)?;
        cache.put(embedder.model_id(), &wanted, &made);
        for (&at, vector) in batch.iter().zip(made) {
            vectors[at] = Some(vector);
        }
        done += batch.len();
        progress(done, texts.len());
    }
    Ok(vectors.into_iter().flatten().collect())
}

/// The encoder's answer, checked: as many vectors as texts, of its dimension, finite.
pub(crate) fn embed(embedder: &dyn Embedder, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
    sound(embedder, texts.len(), embedder.embed(texts)?)
}

/// As [`embed`] for one text and somebody who waits for it.
pub(crate) fn embed_within(
    embedder: &dyn Embedder,
    text: &str,
    wait: Duration,
) -> Result<Option<Vec<f32>>, EmbedError> {
    let vectors = sound(embedder, 1, embedder.embed_within(&[text], wait)?)?;
    Ok(vectors.into_iter().next())
}

fn sound(
    embedder: &dyn Embedder,
    count: usize,
    vectors: Vec<Vec<f32>>,
) -> Result<Vec<Vec<f32>>, EmbedError> {
    let sound = |v: &Vec<f32>| v.len() == embedder.dimension() && v.iter().all(|x| x.is_finite());
    if vectors.len() != count || !vectors.iter().all(sound) {
        return Err(EmbedError::Failed(
            "it returned vectors of the wrong shape".to_owned(),
        ));
    }
    Ok(vectors)
}

/// A sentence of [`crate::background`].
#[derive(Debug)]
pub(crate) struct Background {
    pub normal: String,
    pub vector: Vec<f32>,
    pub lang: Lang,
}

/// Samples with their vectors; the vectors are empty where there is no encoder.
#[derive(Debug)]
pub(crate) struct Corpus {
    pub samples: Vec<Sample>,
    pub vectors: Vec<Vec<f32>>,
    /// Of no intent; its vectors too are empty where there is no encoder.
    pub background: Vec<Background>,
    /// Shortened samples and their vectors; see [`crate::variants`].
    pub variants: Vec<(Sample, Vec<f32>)>,
    /// Length of every vector, 0 without an encoder.
    pub dimension: usize,
}

impl Corpus {
    /// Embeds every text of the catalogue that the cache does not know.
    pub fn build(
        catalogue: &Catalogue,
        embedder: Option<&dyn Embedder>,
        cache: &dyn VectorCache,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Self, EmbedError> {
        let samples = samples(catalogue);
        let behind: Vec<(Lang, &str)> = background::texts().collect();
        let variants = variants(&samples);
        let texts: Vec<&str> = (samples.iter().map(|s| s.text.as_str()))
            .chain(behind.iter().map(|b| b.1))
            .chain(variants.iter().map(|v| v.text.as_str()))
            .collect();
        let mut vectors = match embedder {
            Some(embedder) => embed_all(&texts, embedder, cache, progress)?,
            None => vec![Vec::new(); texts.len()],
        };
        let shortened = vectors.split_off(samples.len() + behind.len());
        let tail = vectors.split_off(samples.len());
        let background = behind
            .into_iter()
            .zip(tail)
            .map(|((lang, text), vector)| Background {
                normal: normalize(text),
                vector,
                lang,
            })
            .collect();
        let variants = variants.into_iter().zip(shortened).collect();
        let dimension = embedder.map_or(0, Embedder::dimension);
        Ok(Self {
            samples,
            vectors,
            background,
            variants,
            dimension,
        })
    }

    /// The vector of sample `at`, empty without an encoder.
    pub fn vector(&self, at: usize) -> &[f32] {
        self.vectors.get(at).map_or(&[], Vec::as_slice)
    }
}
