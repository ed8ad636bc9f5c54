//! Visitors whom the business names.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A key that tokens are signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityKeyConfig {
    /// What tokens say in `kid`; empty: tokens need not say.
    #[serde(default)]
    pub id: String,
    /// "HS256" (a secret), "EdDSA", "ES256" or "RS256" (a public key).
    pub algorithm: String,
    /// The tenant whose visitors it names.
    #[serde(default = "default_tenant")]
    pub tenant: String,
    /// A file with the secret, or with the public key in PEM form. A line break at its end is no part of
    /// a secret.
    #[serde(default)]
    pub file: PathBuf,
    /// Or the environment variable that holds it; none of the names that begin with KEFU_.
    #[serde(default)]
    pub env: String,
}

fn default_tenant() -> String {
    "default".into()
}

/// Visitors by a token that the business has signed (docs/identity.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityConfig {
    /// Up to eight, so that one can follow another. None: all visitors are anonymous.
    pub keys: Vec<IdentityKeyConfig>,
    /// How far the clock of whoever signs may be from ours.
    pub skew_s: u64,
    /// The longest that a token may be good for.
    pub life_s_max: u64,
    /// Bytes of a token.
    pub token_bytes_max: usize,
    /// Characters of `sub` and of `jti`.
    pub id_chars_max: usize,
}

impl Default for IdentityConfig {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            skew_s: 60,
            life_s_max: 600,
            token_bytes_max: 4_096,
            id_chars_max: 128,
        }
    }
}

/// So many keys are tried at most.
const KEYS_MAX: usize = 8;

impl IdentityConfig {
    /// What cannot work: the key and why.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        if self.keys.len() > KEYS_MAX {
            return Some(("identity.keys", "at most 8 can be believed"));
        }
        if self.skew_s > 300 {
            return Some(("identity.skew_s", "must be at most 300: set the clocks"));
        }
        if self.life_s_max > 86_400 {
            return Some(("identity.life_s_max", "must be at most 86400, a day"));
        }
        if self.id_chars_max > 255 || self.token_bytes_max > 16_384 {
            let why = "id_chars_max must be at most 255, token_bytes_max at most 16384";
            return Some(("identity", why));
        }
        let named = ["HS256", "EdDSA", "ES256", "RS256"];
        let unnamed = |key: &IdentityKeyConfig| !named.contains(&key.algorithm.as_str());
        if self.keys.iter().any(unnamed) {
            let why = "algorithm must be HS256, EdDSA, ES256 or RS256";
            return Some(("identity.keys", why));
        }
        let both = |key: &IdentityKeyConfig| key.file.as_os_str().is_empty() == key.env.is_empty();
        if self.keys.iter().any(both) {
            return Some(("identity.keys", "each needs either a file or an env"));
        }
        // A variable that is no setting would be refused as an unknown one.
        if self.keys.iter().any(|key| key.env.starts_with("KEFU_")) {
            let why = "env must not begin with KEFU_: those are settings";
            return Some(("identity.keys", why));
        }
        None
    }
}
