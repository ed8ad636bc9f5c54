//! No text is believed that our key has not signed, whatever is signed is a visitor within the bounds or
//! a refusal, and no file is a key by chance.
#![no_main]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kefu_chat::{Algorithm, IdentityProblem, IdentityRules, Key};
use libfuzzer_sys::fuzz_target;
use ring::hmac;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW_MS: i64 = 1_790_000_000_000;

// A token as it came, or what one says: then it is signed here.
fuzz_target!(|bytes: &[u8]| {
    let key = Key::new("default", "", Algorithm::Hs256, SECRET).expect("a good key");
    let rules = IdentityRules {
        keys: vec![key],
        ..IdentityRules::default()
    };
    let token = String::from_utf8_lossy(bytes);
    if rules.read("default", &token, NOW_MS).is_ok() {
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        assert_eq!(signature, sign(signed), "nobody has signed {token:?}");
    }
    assert_eq!(
        rules.read("other", &token, NOW_MS),
        Err(IdentityProblem::Off)
    );
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
        URL_SAFE_NO_PAD.encode(bytes)
    );
    let token = format!("{signed}.{}", sign(&signed));
    match rules.read("default", &token, NOW_MS) {
        Ok(claims) => {
            for id in [&claims.subject, &claims.token_id] {
                assert!(!id.is_empty() && id.chars().count() <= rules.id_chars_max);
                assert!(!id.chars().any(char::is_control));
            }
            assert!(claims.until_ms > NOW_MS);
            assert!(token.len() <= rules.token_bytes_max);
        }
        Err(problem) => assert_ne!(problem, IdentityProblem::Signature),
    }
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        if Key::new("default", "", algorithm, bytes).is_ok() {
            assert!(is_framed(bytes), "a key without its frame");
        }
    }
});

fn sign(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes()))
}

fn is_framed(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("-----BEGIN PUBLIC KEY-----")
}
