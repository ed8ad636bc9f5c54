//! Texts in, sentence vectors out.

use std::{path::Path, sync::Arc};

use kefu_nlu::{EmbedError, Embedder};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::{
    BackendKind, LoadError, ModelOptions, Pooling,
    backend::{Backend, Hidden},
    config::BertConfig,
    manifest::{self, Manifest},
    middle,
    packed::{Isa, Packed},
    recent::{Recent, TextHash},
    reference::Reference,
    tokenize::{self, Tokenize},
    weights::WeightFile,
};

/// Only this much of a text is looked at: 512 tokens of the longest pieces are a third of it.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// Tokens computed together: enough to use each weight often, few enough that activations stay in the cache.
const BATCH_TOKENS_MAX: usize = 256;

/// A loaded model.
pub struct Encoder {
    tokenizer: Box<dyn Tokenize>,
    backend: Box<dyn Backend>,
    options: ModelOptions,
    tokens_max: usize,
    /// Numbers of a token.
    hidden: usize,
    /// Numbers of a text.
    dimension: usize,
    /// The layer that is read beside the last.
    middle: Option<usize>,
    model_id: String,
    arithmetic: &'static str,
    recent: Option<Recent>,
    pool: rayon::ThreadPool,
}

impl Encoder {
    /// Loads the Hugging Face directory `dir`: `config.json`, `tokenizer.json`, `model.safetensors`.
    /// Sizes are compared with `manifest.json` where there is one; see [`Encoder::verify`] for the sums.
    ///
    /// # Errors
    /// Says which file, what is wrong with it and what mends it.
    pub fn load(dir: &Path, options: ModelOptions) -> Result<Self, LoadError> {
        Self::load_with(dir, options, Isa::detect())
    }

    pub(crate) fn load_with(
        dir: &Path,
        options: ModelOptions,
        isa: Isa,
    ) -> Result<Self, LoadError> {
        if !dir.is_dir() {
            return Err(LoadError::Missing(dir.to_owned()));
        }
        let manifest = Manifest::read(dir)?;
        if let Some(manifest) = &manifest {
            manifest.check_sizes(dir)?;
        }
        let config = BertConfig::read(&dir.join("config.json"))?;
        if options.middle && options.backend == BackendKind::Candle {
            let what = "candle's BertModel hands out its last layer alone; use packed arithmetic";
            return Err(LoadError::unsupported(dir, what));
        }
        let middle = options
            .middle
            .then(|| middle::layer(config.num_hidden_layers));
        let hidden = config.hidden_size;
        let dimension = hidden + middle.map_or(0, |_| middle::width(hidden));
        let mut usage = format!(
            "{:?} {:?} {:?} {}",
            options.prefix, options.pooling, options.backend, options.tokens_max
        );
        if options.middle {
            usage.push_str(" middle");
        }
        let model_id = manifest::model_id(dir, manifest.as_ref(), &usage)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.max(1))
            .thread_name(|index| format!("encoder-{index}"))
            .build()
            .map_err(|error| LoadError::unsupported(dir, error))?;
        let weights = dir.join("model.safetensors");
        let (tokenizer, backend) = rayon::join(
            || tokenize::open(dir),
            || backend(&weights, &config, options.backend, isa),
        );
        Ok(Self {
            tokenizer: tokenizer?,
            backend: backend?,
            tokens_max: options.tokens_max.min(config.max_position_embeddings),
            hidden,
            dimension,
            middle,
            model_id,
            arithmetic: if options.backend == BackendKind::Packed {
                isa.name()
            } else {
                "candle"
            },
            recent: Recent::new(
                options.cache_entries_max,
                options.cache_bytes_max,
                dimension,
            ),
            pool,
            options,
        })
    }

    /// Compares every byte of `dir` with its manifest by SHA-256; a directory without one passes.
    ///
    /// # Errors
    /// Names the first file that differs.
    pub fn verify(dir: &Path) -> Result<(), LoadError> {
        Manifest::read(dir)?.map_or(Ok(()), |manifest| manifest.check_sums(dir))
    }

    /// Tokens that the model reads for `text`: prefix and specials included, cut at the limit.
    ///
    /// # Errors
    /// When the tokenizer has no way to say this text.
    pub fn count_tokens(&self, text: &str) -> Result<usize, EmbedError> {
        self.tokens(text).map(|ids| ids.len())
    }

    /// Which instructions the layers use, for logs.
    #[must_use]
    pub const fn arithmetic(&self) -> &'static str {
        self.arithmetic
    }

    pub(crate) fn tokens(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        let end = text.floor_char_boundary(TEXT_BYTES_MAX);
        let prefixed = [&self.options.prefix, &text[..end]].concat();
        self.tokenizer
            .encode(&prefixed, self.tokens_max)
            .map_err(EmbedError::Failed)
    }

    /// The vector of `text` if it was asked for lately.
    pub(crate) fn cached(&self, text: &str) -> Option<Arc<[f32]>> {
        self.recent.as_ref()?.get(&TextHash::of(text))
    }

    pub(crate) const fn recent(&self) -> Option<&Recent> {
        self.recent.as_ref()
    }

    /// Vectors of texts already cut into tokens, on the calling thread alone.
    pub(crate) fn compute_here(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.run(&batches(texts), false)
    }

    /// Vectors of texts already cut into tokens, on as many threads as the options say.
    fn compute(&self, texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let texts: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        self.run(&batches(&texts), self.options.threads > 1)
    }

    fn run(&self, batches: &[&[&[u32]]], spread: bool) -> Result<Vec<Vec<f32>>, EmbedError> {
        let run = |batch: &&[&[u32]]| {
            self.backend
                .hidden(batch, self.middle)
                .map(|hidden| self.pool_texts(batch, &hidden))
        };
        let done: Result<Vec<_>, String> = if batches.len() > 1 && spread {
            self.pool.install(|| batches.par_iter().map(run).collect())
        } else {
            batches.iter().map(run).collect()
        };
        Ok(done
            .map_err(EmbedError::Failed)?
            .into_iter()
            .flatten()
            .collect())
    }

    /// One vector of length one per text.
    fn pool_texts(&self, texts: &[&[u32]], hidden: &Hidden) -> Vec<Vec<f32>> {
        let last = self.pool_rows(texts, &hidden.last);
        if self.middle.is_none() {
            return last;
        }
        let middle = self.pool_rows(texts, &hidden.middle);
        (last.into_iter().zip(middle))
            .map(|(last, middle)| middle::join(last, &middle))
            .collect()
    }

    /// One vector of length one per text, from one layer.
    fn pool_rows(&self, texts: &[&[u32]], rows: &[f32]) -> Vec<Vec<f32>> {
        let mut rest = rows;
        texts
            .iter()
            .map(|text| {
                let (rows, others) = rest.split_at(text.len() * self.hidden);
                rest = others;
                let mut vector = match self.options.pooling {
                    Pooling::Cls => rows[..self.hidden].to_vec(),
                    Pooling::Mean => sum(rows, self.hidden),
                };
                middle::unit(&mut vector);
                vector
            })
            .collect()
    }
}

/// The sum points where the mean does, and only the direction is kept.
fn sum(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        sum.iter_mut()
            .zip(row)
            .for_each(|(sum, value)| *sum += value);
    }
    sum
}

fn backend(
    path: &Path,
    config: &BertConfig,
    kind: BackendKind,
    isa: Isa,
) -> Result<Box<dyn Backend>, LoadError> {
    // Opening checks the file for both.
    let file = WeightFile::open(path)?;
    Ok(match kind {
        BackendKind::Packed => Box::new(Packed::load(file, config, isa)?),
        BackendKind::Candle => Box::new(Reference::load(path, config)?),
    })
}

/// Neighbouring texts together up to the limit; a longer text goes alone.
fn batches<'a, 'b>(texts: &'b [&'a [u32]]) -> Vec<&'b [&'a [u32]]> {
    let (mut batches, mut start, mut tokens) = (Vec::new(), 0, 0);
    for (index, text) in texts.iter().enumerate() {
        if index > start && tokens + text.len() > BATCH_TOKENS_MAX {
            batches.push(&texts[start..index]);
            (start, tokens) = (index, 0);
        }
        tokens += text.len();
    }
    if start < texts.len() {
        batches.push(&texts[start..]);
    }
    batches
}

impl Embedder for Encoder {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn model_id(&self) -> &str {
        &self.model_id
    }

    fn knows_word(&self, word: &str) -> bool {
        let tokens = |text: &str| self.tokenizer.encode(text, self.tokens_max);
        match (tokens(word), tokens("")) {
            (Ok(with), Ok(without)) => with.len() == without.len() + 1,
            _ => false,
        }
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut vectors: Vec<Option<Vec<f32>>> = texts
            .iter()
            .map(|text| self.cached(text).map(|vector| vector.to_vec()))
            .collect();
        let missing: Vec<usize> = (0..texts.len())
            .filter(|&index| vectors[index].is_none())
            .collect();
        let tokens = missing
            .iter()
            .map(|&index| self.tokens(texts[index]))
            .collect::<Result<Vec<_>, _>>()?;
        for (&index, vector) in missing.iter().zip(self.compute(&tokens)?) {
            if let Some(recent) = &self.recent {
                recent.put(TextHash::of(texts[index]), &vector);
            }
            vectors[index] = Some(vector);
        }
        Ok(vectors.into_iter().flatten().collect())
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("model_id", &self.model_id)
            .field("dimension", &self.dimension)
            .field("arithmetic", &self.arithmetic)
            .finish_non_exhaustive()
    }
}
