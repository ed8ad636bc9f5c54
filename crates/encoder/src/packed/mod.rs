//! The layers on packed weights.
//!
//! All texts' tokens lie in one matrix without padding: the linear layers, where nearly all the work
//! is, read each weight once for all of them; attention goes text by text.

mod attention;
mod float;
mod isa;
mod linear;
mod matrix;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::{
    LoadError,
    backend::{Backend, Hidden},
    config::BertConfig,
    weights::{Place, WeightFile},
};
use attention::{Heads, Scratch, attend};
use float::{Norm, activate, add_and_norm};
pub(crate) use isa::Isa;
use linear::{Rows, Target, linear, quantise};
use matrix::Matrix;

/// A BERT with packed layers; the word-embedding table stays in its file.
pub(crate) struct Packed {
    config: BertConfig,
    isa: Isa,
    file: WeightFile,
    words: Place,
    /// Position vectors, each with the first token type's vector added.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    /// Queries, keys and values in one.
    qkv: Matrix,
    attention_out: Matrix,
    attention_norm: Norm,
    widen: Matrix,
    narrow: Matrix,
    out_norm: Norm,
}

impl Packed {
    /// Packs the layers, several at a time in the current rayon pool.
    pub fn load(file: WeightFile, config: &BertConfig, isa: Isa) -> Result<Self, LoadError> {
        let hidden = config.hidden_size;
        let words = file.place(
            "embeddings.word_embeddings.weight",
            &[config.vocab_size, hidden],
        )?;
        let shape = [config.max_position_embeddings, hidden];
        let mut positions = file.tensor("embeddings.position_embeddings.weight", &shape)?;
        let types = file.tensor(
            "embeddings.token_type_embeddings.weight",
            &[config.type_vocab_size, hidden],
        )?;
        for row in positions.chunks_exact_mut(hidden) {
            row.iter_mut()
                .zip(&types)
                .for_each(|(value, first_type)| *value += first_type);
        }
        let norm = norm(&file, config, "embeddings.LayerNorm")?;
        let layers = (0..config.num_hidden_layers)
            .into_par_iter()
            .map(|index| layer(&file, config, index))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            config: config.clone(),
            isa,
            file,
            words,
            positions,
            norm,
            layers,
        })
    }

    /// Word and position vectors, normed.
    fn embed(&self, texts: &[&[u32]]) -> Result<Vec<f32>, String> {
        let hidden = self.config.hidden_size;
        let count = texts.iter().map(|text| text.len()).sum::<usize>();
        let mut words = vec![0.0; count * hidden];
        let mut positions = Vec::with_capacity(count * hidden);
        let mut rows = words.chunks_exact_mut(hidden);
        for text in texts {
            let places = self
                .positions
                .get(..text.len() * hidden)
                .filter(|_| !text.is_empty());
            positions.extend_from_slice(
                places.ok_or_else(|| format!("a text of {} tokens", text.len()))?,
            );
            for (&id, row) in text.iter().zip(&mut rows) {
                if id as usize >= self.config.vocab_size {
                    return Err(format!(
                        "token {id} is outside the vocabulary of {}",
                        self.config.vocab_size
                    ));
                }
                self.file
                    .read(self.words, id as usize * hidden, row)
                    .map_err(|error| {
                        format!("could not read {}: {error}", self.file.path().display())
                    })?;
            }
        }
        add_and_norm(self.isa, &mut words, &positions, &self.norm);
        Ok(words)
    }
}

impl Backend for Packed {
    fn hidden(&self, texts: &[&[u32]], middle: Option<usize>) -> Result<Hidden, String> {
        let (hidden, wide) = (self.config.hidden_size, self.config.intermediate_size);
        let heads = Heads {
            count: self.config.num_attention_heads,
            width: hidden / self.config.num_attention_heads,
        };
        let mut x = self.embed(texts)?;
        let tokens = x.len() / hidden;
        let (mut rows, mut scratch) = (Rows::default(), Scratch::default());
        let mut qkv = vec![0.0; tokens * 3 * hidden];
        let mut context = vec![0.0; tokens * hidden];
        let mut widened = vec![0.0; tokens * wide];
        let mut y = vec![0.0; tokens * hidden];
        let mut halfway = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            self.apply(&layer.qkv, &x, &mut rows, &mut qkv);
            let mut start = 0;
            for text in texts {
                let end = start + text.len();
                let out = &mut context[start * hidden..end * hidden];
                attend(
                    self.isa,
                    &qkv[start * 3 * hidden..end * 3 * hidden],
                    heads,
                    out,
                    &mut scratch,
                );
                start = end;
            }
            self.apply(&layer.attention_out, &context, &mut rows, &mut y);
            add_and_norm(self.isa, &mut x, &y, &layer.attention_norm);
            self.apply(&layer.widen, &x, &mut rows, &mut widened);
            activate(self.isa, &mut widened, self.config.hidden_act);
            self.apply(&layer.narrow, &widened, &mut rows, &mut y);
            add_and_norm(self.isa, &mut x, &y, &layer.out_norm);
            if middle == Some(index + 1) {
                halfway.clone_from(&x);
            }
        }
        Ok(Hidden {
            last: x,
            middle: halfway,
        })
    }
}

impl Packed {
    fn apply(&self, matrix: &Matrix, input: &[f32], rows: &mut Rows, output: &mut [f32]) {
        let count = output.len() / matrix.outputs;
        quantise(self.isa, input, input.len() / count, rows);
        linear(
            self.isa,
            rows,
            matrix,
            &mut Target {
                values: output,
                width: matrix.outputs,
            },
        );
    }
}

fn layer(file: &WeightFile, config: &BertConfig, index: usize) -> Result<Layer, LoadError> {
    let (hidden, wide) = (config.hidden_size, config.intermediate_size);
    let name = |part: &str| format!("encoder.layer.{index}.{part}");
    let dense = |parts: &[&str], outputs: usize, inputs: usize| {
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for part in parts {
            weights.extend(file.tensor(&name(&format!("{part}.weight")), &[outputs, inputs])?);
            bias.extend(file.tensor(&name(&format!("{part}.bias")), &[outputs])?);
        }
        Ok::<_, LoadError>(Matrix::pack(&weights, &bias, inputs))
    };
    Ok(Layer {
        qkv: dense(
            &[
                "attention.self.query",
                "attention.self.key",
                "attention.self.value",
            ],
            hidden,
            hidden,
        )?,
        attention_out: dense(&["attention.output.dense"], hidden, hidden)?,
        attention_norm: norm(file, config, &name("attention.output.LayerNorm"))?,
        widen: dense(&["intermediate.dense"], wide, hidden)?,
        narrow: dense(&["output.dense"], hidden, wide)?,
        out_norm: norm(file, config, &name("output.LayerNorm"))?,
    })
}

fn norm(file: &WeightFile, config: &BertConfig, name: &str) -> Result<Norm, LoadError> {
    Ok(Norm {
        weight: file.tensor(&format!("{name}.weight"), &[config.hidden_size])?,
        bias: file.tensor(&format!("{name}.bias"), &[config.hidden_size])?,
        epsilon: config.layer_norm_eps as f32,
    })
}

#[cfg(test)]
mod tests;
