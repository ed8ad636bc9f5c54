//! Why a token is not believed.

/// A refusal. Its words are for whoever signs the tokens, and say nothing that the token does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityProblem {
    /// Nobody has said whose signatures count.
    #[error("this tenant has no identity keys: set them under [identity] in the configuration")]
    Off,
    /// Nobody needs so much to say who somebody is.
    #[error("the token is longer than {0} bytes")]
    TooLarge(usize),
    /// Not three parts of base64url, or not JSON in them.
    #[error("the token is no signed JSON Web Token: {0}")]
    Malformed(&'static str),
    /// `none`, one that we do not know, or one that no key of the tenant has.
    #[error(
        "no key of this tenant is for the token's algorithm; known are HS256, EdDSA, ES256, RS256"
    )]
    Algorithm,
    /// Changed on its way, or signed with another key.
    #[error("the token's signature is not by a key of this tenant")]
    Signature,
    /// A claim is missing, of another type, or too long.
    #[error("the token's claims: {0}")]
    Claims(String),
    /// Meant for another tenant.
    #[error("the token's `aud` is not this tenant")]
    Audience,
    /// `exp` has passed.
    #[error("the token has expired: sign a new one")]
    Expired,
    /// `iat` or `nbf` is still to come.
    #[error("the token is from the future: is the clock of whoever signs it right?")]
    Early,
    /// From `iat` to `exp`, seconds.
    #[error("the token is good for too long: {0} seconds from `iat` to `exp` are the most")]
    Lifetime(u64),
    /// Its `jti` was used.
    #[error("the token was used before: sign a new one for each exchange")]
    Replayed,
}

impl IdentityProblem {
    /// The stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Off => "identity_off",
            Self::TooLarge(_) => "identity_too_large",
            Self::Malformed(_) => "identity_malformed",
            Self::Algorithm => "identity_algorithm",
            Self::Signature => "identity_signature",
            Self::Claims(_) => "identity_claims",
            Self::Audience => "identity_audience",
            Self::Expired => "identity_expired",
            Self::Early => "identity_early",
            Self::Lifetime(_) => "identity_lifetime",
            Self::Replayed => "identity_replayed",
        }
    }
}
