//! The server of a business, which says who its customers are.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kefu_types::{Clock as _, SystemClock};
use ring::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};

/// One that signs with a secret.
pub struct Shop {
    /// What both sides have.
    pub secret: String,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            secret: "0123456789abcdef0123456789abcdef".into(),
        }
    }
}

impl Shop {
    /// The setting that makes a service believe it: `KEFU_IDENTITY__KEYS`, with the secret in `SHOP_SECRET`.
    #[must_use]
    pub fn keys() -> &'static str {
        r#"[{algorithm="HS256",env="SHOP_SECRET"}]"#
    }

    /// What a token of this customer says, good for a minute from now.
    ///
    /// # Panics
    /// Never: the clock is after 1970.
    #[must_use]
    pub fn claims(&self, sub: &str, jti: &str) -> Value {
        let now = SystemClock::new().wall_ms() / 1_000;
        json!({ "sub": sub, "jti": jti, "aud": "default", "iat": now, "exp": now + 60 })
    }

    /// Signed with the secret.
    #[must_use]
    pub fn signs(&self, claims: &Value) -> String {
        self.signs_as("HS256", claims)
    }

    /// Signed with the secret, whatever the header says of it.
    #[must_use]
    pub fn signs_as(&self, algorithm: &str, claims: &Value) -> String {
        let bytes = unsigned(&json!({ "alg": algorithm, "typ": "JWT" }), claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let signature = hmac::sign(&key, bytes.as_bytes());
        format!("{bytes}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

/// The first two parts of a token, which the third one signs.
#[must_use]
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// A key pair of a business that keeps what signs to itself.
pub struct KeyHolder(Ed25519KeyPair);

impl KeyHolder {
    /// Always the same pair.
    ///
    /// # Panics
    /// Never: the seed has the right length.
    #[must_use]
    pub fn new() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed of 32 bytes"))
    }

    /// The file that the service is given.
    #[must_use]
    pub fn pem(&self) -> String {
        use base64::engine::general_purpose::STANDARD;
        // RFC 8410, 4: everything before the key itself is always the same.
        let before = [
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ];
        let der = [&before[..], self.0.public_key().as_ref()].concat();
        let text = STANDARD.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }

    /// Signed with Ed25519.
    #[must_use]
    pub fn signs(&self, claims: &Value) -> String {
        let bytes = unsigned(&json!({ "alg": "EdDSA" }), claims);
        let signature = self.0.sign(bytes.as_bytes());
        format!("{bytes}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

impl Default for KeyHolder {
    fn default() -> Self {
        Self::new()
    }
}
