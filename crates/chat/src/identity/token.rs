//! The form of a token: three parts, of which the last signs the first two (RFC 7515).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::{Algorithm, IdentityProblem, Key};

/// What the first part says. Nothing of it is believed, but that it is how the token wants to be checked.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// What must be understood; we understand nothing.
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

/// A token taken apart. Not checked yet.
pub(super) struct Signed<'a> {
    header: Header,
    /// Both parts, as they were signed.
    bytes: &'a [u8],
    signature: Vec<u8>,
    pub(super) payload: Vec<u8>,
}

impl<'a> Signed<'a> {
    pub(super) fn read(token: &'a str) -> Result<Self, IdentityProblem> {
        let malformed = IdentityProblem::Malformed;
        let (signed, signature) = token
            .rsplit_once('.')
            .ok_or(malformed("it has not three parts"))?;
        let (header, payload) = signed
            .split_once('.')
            .ok_or(malformed("it has not three parts"))?;
        // A fourth part would hold a dot, which base64url has not.
        let part = |text: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text);
            bytes.map_err(|_| malformed("a part is not base64url"))
        };
        let header: Header = serde_json::from_slice(&part(header)?)
            .map_err(|_| malformed("its header is not what RFC 7515 says"))?;
        if header.crit.is_some() {
            return Err(malformed("its header asks for an extension (crit)"));
        }
        Ok(Self {
            header,
            bytes: signed.as_bytes(),
            signature: part(signature)?,
            payload: part(payload)?,
        })
    }

    /// Whether one of the keys that it may be checked by has signed it.
    pub(super) fn check<'k>(
        &self,
        keys: impl Iterator<Item = &'k Key>,
    ) -> Result<(), IdentityProblem> {
        let algorithm = Algorithm::parse(&self.header.alg).ok_or(IdentityProblem::Algorithm)?;
        let mut keys = keys.filter(|key| key.algorithm == algorithm).peekable();
        if keys.peek().is_none() {
            return Err(IdentityProblem::Algorithm);
        }
        let named = |key: &&Key| match &self.header.kid {
            Some(kid) => key.id.is_empty() || key.id == *kid,
            None => true,
        };
        let signed = |key: &Key| key.verifies(self.bytes, &self.signature);
        match keys.filter(named).any(signed) {
            true => Ok(()),
            false => Err(IdentityProblem::Signature),
        }
    }
}
