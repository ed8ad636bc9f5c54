//! Why something that was uploaded is not taken.

/// The reason, for whoever uploaded it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody knows what it is.
    #[error("the content is of no type that is known here")]
    Unknown,
    /// It is known, and not allowed.
    #[error("files of the type {0} are not taken")]
    Forbidden(&'static str),
    /// It is something else than was said.
    #[error("it is said to be {said}, but its content is {found}")]
    Mismatch {
        /// What the name's ending or the content type says.
        said: String,
        /// What the content says.
        found: &'static str,
    },
    /// The picture has more pixels than are decoded.
    #[error("the picture is too large: {pixels_max} pixels at most")]
    Pixels {
        /// The limit.
        pixels_max: u64,
    },
    /// It begins like a picture and is none.
    #[error("the picture is damaged")]
    Damaged,
}
