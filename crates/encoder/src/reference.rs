//! candle's own `BertModel` in f32: slow and large, the measure for the packed arithmetic.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct, PositionEmbeddingType};

use crate::{
    LoadError,
    backend::{Backend, Hidden},
    config::{Activation, BertConfig},
};

/// The model as candle runs it.
pub(crate) struct Reference {
    model: BertModel,
}

impl Reference {
    /// Loads the whole file into memory.
    pub fn load(path: &Path, config: &BertConfig) -> Result<Self, LoadError> {
        let damaged = |error: candle_core::Error| LoadError::damaged(path, error);
        let tensors = candle_core::safetensors::load(path, &Device::Cpu).map_err(damaged)?;
        let weights = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        Ok(Self {
            model: BertModel::load(weights, &translate(config)).map_err(damaged)?,
        })
    }
}

fn translate(config: &BertConfig) -> Config {
    Config {
        vocab_size: config.vocab_size,
        hidden_size: config.hidden_size,
        num_hidden_layers: config.num_hidden_layers,
        num_attention_heads: config.num_attention_heads,
        intermediate_size: config.intermediate_size,
        hidden_act: match config.hidden_act {
            Activation::Gelu => HiddenAct::Gelu,
            Activation::GeluTanh => HiddenAct::GeluApproximate,
            Activation::Relu => HiddenAct::Relu,
        },
        hidden_dropout_prob: 0.0,
        max_position_embeddings: config.max_position_embeddings,
        type_vocab_size: config.type_vocab_size,
        initializer_range: 0.02,
        layer_norm_eps: config.layer_norm_eps,
        pad_token_id: config.pad_token_id,
        position_embedding_type: PositionEmbeddingType::Absolute,
        use_cache: false,
        classifier_dropout: None,
        model_type: Some(config.model_type.clone()),
    }
}

impl Backend for Reference {
    fn hidden(&self, texts: &[&[u32]], middle: Option<usize>) -> Result<Hidden, String> {
        if middle.is_some() {
            return Err("candle's BertModel hands out its last layer alone".to_owned());
        }
        let one = |ids: &[u32]| -> candle_core::Result<Vec<f32>> {
            let ids = Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?;
            self.model
                .forward(&ids, &ids.zeros_like()?, None)?
                .flatten_all()?
                .to_vec1()
        };
        let mut last = Vec::new();
        for text in texts {
            last.extend(one(text).map_err(|error| error.to_string())?);
        }
        Ok(Hidden {
            last,
            middle: Vec::new(),
        })
    }
}
