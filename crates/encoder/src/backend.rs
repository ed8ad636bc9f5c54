//! What computes the layers.

/// The vectors of all tokens of all texts, one after the other: as many rows of the hidden size as
/// there are ids.
#[derive(Debug)]
pub(crate) struct Hidden {
    /// After the last layer.
    pub last: Vec<f32>,
    /// After as many layers as were asked for; empty where none were.
    pub middle: Vec<f32>,
}

/// Token ids in, vectors out.
pub(crate) trait Backend: Send + Sync {
    /// Texts do not see each other, and a text's rows do not depend on its neighbours. With `middle`
    /// the vectors after so many layers are handed out beside the last.
    ///
    /// # Errors
    /// When an id is outside the vocabulary, a text is empty or too long, the weights cannot be read,
    /// or this backend does not hand out a layer in the middle.
    fn hidden(&self, texts: &[&[u32]], middle: Option<usize>) -> Result<Hidden, String>;
}
