//! What computes the layers.

/// Token ids in, the last layer's vectors out.
pub(crate) trait Backend: Send + Sync {
    /// The vectors of all tokens of all texts, one after the other: as many rows of the hidden size as
    /// there are ids. Texts do not see each other, and a text's rows do not depend on its neighbours.
    ///
    /// # Errors
    /// When an id is outside the vocabulary, a text is empty or too long, or the weights cannot be read.
    fn hidden(&self, texts: &[&[u32]]) -> Result<Vec<f32>, String>;
}
