//! `config.json`: the sizes of a BERT model.

use std::{fs, path::Path};

use serde::Deserialize;

use crate::LoadError;

/// The function between the two feed-forward matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Activation {
    /// With the error function, exactly.
    #[serde(rename = "gelu")]
    Gelu,
    /// With the hyperbolic tangent.
    #[serde(
        rename = "gelu_new",
        alias = "gelu_pytorch_tanh",
        alias = "gelu_fast",
        alias = "geluapproximate"
    )]
    GeluTanh,
    /// Negative becomes zero.
    #[serde(rename = "relu")]
    Relu,
}

/// What is needed of `config.json`, by its names there.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct BertConfig {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub hidden_act: Activation,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub layer_norm_eps: f64,
    #[serde(default)]
    pub pad_token_id: usize,
    #[serde(default = "bert")]
    pub model_type: String,
    #[serde(default = "absolute")]
    pub position_embedding_type: String,
}

fn bert() -> String {
    "bert".to_owned()
}

fn absolute() -> String {
    "absolute".to_owned()
}

impl BertConfig {
    /// Reads and checks the file.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let text = fs::read(path).map_err(|source| LoadError::io(path, source))?;
        let config: Self =
            serde_json::from_slice(&text).map_err(|error| LoadError::damaged(path, error))?;
        config
            .check()
            .map_err(|what| LoadError::unsupported(path, what))?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let sizes = [
            self.vocab_size,
            self.hidden_size,
            self.num_attention_heads,
            self.intermediate_size,
            self.max_position_embeddings,
            self.type_vocab_size,
        ];
        if self.model_type != "bert" {
            return Err(format!(
                "model_type is {:?}, only \"bert\" is known",
                self.model_type
            ));
        }
        if self.position_embedding_type != "absolute" {
            return Err(format!(
                "position_embedding_type is {:?}, only \"absolute\" is known",
                self.position_embedding_type
            ));
        }
        if sizes.contains(&0)
            || sizes.iter().any(|&size| size > 1 << 24)
            || self.num_hidden_layers > 1 << 10
        {
            return Err("a size is zero or absurd".to_owned());
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err("hidden_size is not a multiple of num_attention_heads".to_owned());
        }
        Ok(())
    }
}
