//! The little of DER (X.690) and PEM (RFC 7468) that a public key's file needs.

use base64::{Engine as _, engine::general_purpose::STANDARD};

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// The bytes of the first public key in a PEM text.
pub(super) fn from_pem(text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (body, _) = rest.split_once(END)?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}

/// A `SubjectPublicKeyInfo` (RFC 5280, 4.1): what kind of key, and the key.
pub(super) fn public_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut whole = der;
    let mut info = element(&mut whole, 0x30)?;
    let algorithm = element(&mut info, 0x30)?;
    // A bit string says first how many bits of its last byte do not count: none here.
    let (unused, key) = element(&mut info, 0x03)?.split_first()?;
    (*unused == 0 && whole.is_empty() && info.is_empty()).then_some((algorithm, key))
}

/// Bytes of the modulus of an `RSAPublicKey` (RFC 8017, A.1.1).
pub(super) fn modulus_bytes(mut key: &[u8]) -> Option<usize> {
    let mut pair = element(&mut key, 0x30)?;
    let modulus = element(&mut pair, 0x02)?;
    Some(modulus.strip_prefix(&[0]).unwrap_or(modulus).len())
}

/// The contents of the next element, which must have this tag; `input` goes on behind it.
fn element<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (first, rest) = input.split_first()?;
    let (short, rest) = rest.split_first()?;
    let (length, rest) = match (*first == tag, *short) {
        (false, _) => return None,
        (true, 0x81) => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), rest)
        }
        (true, 0x82) => {
            let (length, rest) = rest.split_at_checked(2)?;
            ((usize::from(length[0]) << 8) | usize::from(length[1]), rest)
        }
        (true, length) if length < 0x80 => (usize::from(length), rest),
        (true, _) => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    *input = rest;
    Some(contents)
}
