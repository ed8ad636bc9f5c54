//! How a model directory is to be used.

/// How token vectors become one sentence vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean of all tokens' vectors (E5, most sentence-transformers).
    Mean,
    /// The first token's vector (BGE).
    Cls,
}

/// Which arithmetic computes the layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// Weights as small integers with one scale per 32, activations in 16 bits: fast and small.
    Packed,
    /// candle's own `BertModel` in f32: slow and large, kept as the reference.
    Candle,
}

/// How a model directory is to be used. The defaults are those of multilingual-e5-small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelOptions {
    /// Put before every text; E5 wants `query: ` on both sides.
    pub prefix: String,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether the vector has a second part, from two thirds of the way through the layers: words
    /// count for more there, and what they mean together for less. Packed arithmetic only. The first
    /// part, brought to length one, is the vector without it.
    pub middle: bool,
    /// Longest input in tokens, specials included; the model's own limit if that is smaller.
    pub tokens_max: usize,
    /// Threads that one call may use for several texts; one text is computed by one thread.
    pub threads: usize,
    /// Vectors of recent texts kept, by hash; 0 for none.
    pub cache_entries_max: u64,
    /// Bytes that these may take together.
    pub cache_bytes_max: u64,
    /// Which arithmetic computes the layers.
    pub backend: BackendKind,
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self {
            prefix: "query: ".to_owned(),
            pooling: Pooling::Mean,
            middle: false,
            tokens_max: 512,
            threads: 1,
            cache_entries_max: 2048,
            cache_bytes_max: 32 << 20,
            backend: BackendKind::Packed,
        }
    }
}
