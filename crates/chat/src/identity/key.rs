//! With what a business signs, and how that is checked.

use std::{fmt, sync::Arc};

use ring::{
    hmac,
    signature::{self, UnparsedPublicKey, VerificationAlgorithm},
};

use super::der;

/// Bytes of a secret at least: as many as the hash has (RFC 7518, 3.2).
const SECRET_BYTES_MIN: usize = 32;
/// Bytes of an RSA modulus: 2048 to 8192 bits.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1_024;

/// What kind of key `SubjectPublicKeyInfo` says it is: the object identifiers of RFC 8410, of RFC 5480
/// with the curve P-256, and of RFC 3279.
pub(super) const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
pub(super) const P256: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07,
];
const RSA: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// How tokens are signed (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256: both sides have the secret.
    Hs256,
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSA (PKCS #1 v1.5) with SHA-256.
    Rs256,
}

impl Algorithm {
    /// By the name that tokens have for it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "HS256" => Some(Self::Hs256),
            "EdDSA" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }
}

/// A key that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Too easily guessed.
    #[error("a secret must have at least {} bytes", SECRET_BYTES_MIN)]
    Short,
    /// Not `-----BEGIN PUBLIC KEY-----`.
    #[error("this is no public key in PEM form (-----BEGIN PUBLIC KEY-----)")]
    NoKey,
    /// A key for another algorithm.
    #[error("this public key is not one for the algorithm that is named with it")]
    OtherKind,
}

/// One key of one tenant.
#[derive(Clone)]
pub struct Key {
    pub(super) tenant: String,
    /// What tokens say in `kid`; empty: any.
    pub(super) id: String,
    pub(super) algorithm: Algorithm,
    material: Material,
}

#[derive(Clone)]
enum Material {
    Secret(hmac::Key),
    Public(Arc<[u8]>),
}

impl Key {
    /// A secret (HS256), or the PEM text of a public key (all others).
    ///
    /// # Errors
    /// When it is none that this algorithm can be used with.
    pub fn new(
        tenant: &str,
        id: &str,
        algorithm: Algorithm,
        material: &[u8],
    ) -> Result<Self, KeyError> {
        let material = match algorithm {
            Algorithm::Hs256 if material.len() < SECRET_BYTES_MIN => return Err(KeyError::Short),
            Algorithm::Hs256 => Material::Secret(hmac::Key::new(hmac::HMAC_SHA256, material)),
            other => Material::Public(public(other, material)?),
        };
        Ok(Self {
            tenant: tenant.to_owned(),
            id: id.to_owned(),
            algorithm,
            material,
        })
    }

    /// Whether this is the signature of these bytes by this key.
    pub(super) fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let verified = match &self.material {
            Material::Secret(key) => hmac::verify(key, bytes, signature),
            Material::Public(key) => {
                let how: &'static dyn VerificationAlgorithm = match self.algorithm {
                    Algorithm::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
                    Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                    // A secret is no public key: see `new`.
                    Algorithm::EdDsa | Algorithm::Hs256 => &signature::ED25519,
                };
                UnparsedPublicKey::new(how, &key[..]).verify(bytes, signature)
            }
        };
        verified.is_ok()
    }
}

impl fmt::Debug for Key {
    /// Without the material: debug texts end in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("tenant", &self.tenant)
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

fn public(algorithm: Algorithm, pem: &[u8]) -> Result<Arc<[u8]>, KeyError> {
    let text = std::str::from_utf8(pem).map_err(|_| KeyError::NoKey)?;
    let der = der::from_pem(text).ok_or(KeyError::NoKey)?;
    let (kind, key) = der::public_key(&der).ok_or(KeyError::NoKey)?;
    let fits = match algorithm {
        Algorithm::EdDsa => kind == ED25519 && key.len() == 32,
        // Uncompressed, which is what everybody writes.
        Algorithm::Es256 => kind == P256 && key.len() == 65 && key[0] == 4,
        Algorithm::Rs256 => {
            let size = der::modulus_bytes(key);
            kind == RSA && size.is_some_and(|size| MODULUS_BYTES.contains(&size))
        }
        Algorithm::Hs256 => false,
    };
    match fits {
        true => Ok(key.into()),
        false => Err(KeyError::OtherKind),
    }
}
