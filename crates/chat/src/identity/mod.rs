//! Visitors whom the business names: a signed token (JSON Web Token, RFC 7519) in, who it is out.
//!
//! Pure: keys and time are arguments. A key has one algorithm, and a token is only ever checked by a
//! key of the algorithm that it names: no token can choose how it is checked (RFC 8725, 3.1).

mod claims;
mod der;
mod key;
mod problem;
#[cfg(test)]
mod tests;
mod token;

use std::time::Duration;

pub use claims::Claims;
pub use key::{Algorithm, Key, KeyError};
pub use problem::IdentityProblem;

/// Whose tokens are believed, and how long.
#[derive(Debug, Clone)]
pub struct IdentityRules {
    /// Of all tenants. A tenant without one knows anonymous visitors only.
    pub keys: Vec<Key>,
    /// How far the clock of whoever signs may be from ours.
    pub skew: Duration,
    /// The longest a token may be good for, from `iat` to `exp`.
    pub life_max: Duration,
    /// Bytes of a token.
    pub token_bytes_max: usize,
    /// Characters of `sub` and of `jti`.
    pub id_chars_max: usize,
}

impl Default for IdentityRules {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            skew: Duration::from_secs(60),
            life_max: Duration::from_secs(600),
            token_bytes_max: 4_096,
            id_chars_max: 128,
        }
    }
}

impl IdentityRules {
    /// Who a token names, if it is one of this tenant's, at this time (UTC milliseconds). Whether it
    /// was used before is for the store to say.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn read(&self, tenant: &str, token: &str, now_ms: i64) -> Result<Claims, IdentityProblem> {
        let mut keys = self
            .keys
            .iter()
            .filter(|key| key.tenant == tenant)
            .peekable();
        if keys.peek().is_none() {
            return Err(IdentityProblem::Off);
        }
        if token.len() > self.token_bytes_max {
            return Err(IdentityProblem::TooLarge(self.token_bytes_max));
        }
        let signed = token::Signed::read(token)?;
        signed.check(keys)?;
        claims::read(&signed.payload, self, tenant, now_ms)
    }
}
