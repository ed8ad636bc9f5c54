//! Tokens as businesses sign them, and as others would like to.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use proptest::prelude::*;
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};

use super::{
    Algorithm::{EdDsa, Es256, Hs256, Rs256},
    Claims, IdentityProblem as Problem, IdentityRules, Key, KeyError,
    key::{ED25519, P256},
};

const NOW_S: i64 = 1_790_000_000;
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn claims() -> Value {
    json!({
        "sub": "kunde-7", "aud": "default", "jti": "t1", "name": "王小明",
        "iat": NOW_S, "exp": NOW_S + 300,
    })
}

fn with(changes: &Value) -> Value {
    let mut all = claims();
    for (name, value) in changes.as_object().expect("claims") {
        all[name] = value.clone();
    }
    all
}

fn without(name: &str) -> Value {
    let mut all = claims();
    all.as_object_mut().expect("claims").remove(name);
    all
}

fn signed_by(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let bytes = format!("{}.{}", part(header.to_string()), part(claims.to_string()));
    let signature = sign(bytes.as_bytes());
    format!("{bytes}.{}", part(signature))
}

fn hmac_of(secret: &[u8], bytes: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::sign(&key, bytes).as_ref().to_vec()
}

/// As the business signs it.
fn token(claims: &Value) -> String {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    signed_by(&header, claims, |bytes| hmac_of(SECRET, bytes))
}

fn key(tenant: &str, id: &str, secret: &[u8]) -> Key {
    Key::new(tenant, id, Hs256, secret).expect("a good key")
}

fn rules() -> IdentityRules {
    IdentityRules {
        keys: vec![key("default", "", SECRET)],
        ..IdentityRules::default()
    }
}

fn read(token: &str) -> Result<Claims, Problem> {
    rules().read("default", token, NOW_S * 1_000)
}

/// The PEM text of a public key of that kind.
fn pem(kind: &[u8], key: &[u8]) -> String {
    let element = |tag: u8, contents: &[u8]| {
        let length = u8::try_from(contents.len()).expect("short");
        let mut all = vec![tag];
        all.extend((length >= 0x80).then_some(0x81));
        all.push(length);
        all.extend(contents);
        all
    };
    let bits = element(0x03, &[&[0][..], key].concat());
    let info = element(0x30, &[element(0x30, kind), bits].concat());
    let text = STANDARD.encode(info);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

#[test]
fn a_token_of_the_business_names_its_visitor() {
    let named = with(&json!({ "tags": ["老客户"], "vip": true }));
    let claims = read(&token(&named)).expect("believed");
    assert_eq!(claims.subject, "kunde-7");
    assert_eq!((claims.name.as_str(), claims.vip), ("王小明", true));
    assert_eq!(claims.tags, ["老客户"]);
    // Until it could not be used again anyway.
    assert_eq!(claims.until_ms, (NOW_S + 300 + 60) * 1_000);
    let several = with(&json!({ "aud": ["other", "default"] }));
    assert!(read(&token(&several)).is_ok());
}

#[test]
fn whoever_has_not_the_key_names_nobody() {
    let header = json!({ "alg": "HS256" });
    let other = signed_by(&header, &claims(), |bytes| hmac_of(&[7; 32], bytes));
    assert_eq!(read(&other), Err(Problem::Signature));
    let none = signed_by(&json!({ "alg": "none" }), &claims(), |_| Vec::new());
    assert_eq!(read(&none), Err(Problem::Algorithm));
    let spelled = signed_by(&json!({ "alg": "NONE" }), &claims(), |_| Vec::new());
    assert_eq!(read(&spelled), Err(Problem::Algorithm));
    let unsigned = signed_by(&header, &claims(), |_| Vec::new());
    assert_eq!(read(&unsigned), Err(Problem::Signature));
    // Signed by an algorithm that is known, of which the tenant has no key.
    let foreign = signed_by(&json!({ "alg": "RS256" }), &claims(), |bytes| {
        hmac_of(SECRET, bytes)
    });
    assert_eq!(read(&foreign), Err(Problem::Algorithm));
    let crit = json!({ "alg": "HS256", "crit": ["b64"], "b64": false });
    let extended = signed_by(&crit, &claims(), |bytes| hmac_of(SECRET, bytes));
    assert!(matches!(read(&extended), Err(Problem::Malformed(_))));
    let good = token(&claims());
    let nobody = IdentityRules::default();
    assert_eq!(
        nobody.read("default", &good, NOW_S * 1_000),
        Err(Problem::Off)
    );
    assert_eq!(
        rules().read("other", &good, NOW_S * 1_000),
        Err(Problem::Off)
    );
}

/// The classic: the public key, which everybody has, used as the secret of an HMAC.
#[test]
fn a_public_key_is_no_secret() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed");
    let text = pem(ED25519, pair.public_key().as_ref());
    let public = Key::new("default", "", EdDsa, text.as_bytes()).expect("a good key");
    let rules = IdentityRules {
        keys: vec![public],
        ..IdentityRules::default()
    };
    let read = |token: &str| rules.read("default", token, NOW_S * 1_000);
    let good = signed_by(&json!({ "alg": "EdDSA" }), &claims(), |bytes| {
        pair.sign(bytes).as_ref().to_vec()
    });
    assert!(read(&good).is_ok());
    for secret in [text.as_bytes(), pair.public_key().as_ref()] {
        let confused = signed_by(&json!({ "alg": "HS256" }), &claims(), |bytes| {
            hmac_of(secret, bytes)
        });
        assert_eq!(read(&confused), Err(Problem::Algorithm));
        let pretending = signed_by(&json!({ "alg": "EdDSA" }), &claims(), |bytes| {
            hmac_of(secret, bytes)
        });
        assert_eq!(read(&pretending), Err(Problem::Signature));
    }
}

#[test]
fn the_elliptic_curve_of_many_libraries_is_understood() {
    let random = SystemRandom::new();
    let how = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(how, &random).expect("random");
    let pair = EcdsaKeyPair::from_pkcs8(how, document.as_ref(), &random).expect("a pair");
    let text = pem(P256, pair.public_key().as_ref());
    let rules = IdentityRules {
        keys: vec![Key::new("default", "", Es256, text.as_bytes()).expect("a good key")],
        ..IdentityRules::default()
    };
    let good = signed_by(&json!({ "alg": "ES256" }), &claims(), |bytes| {
        let signature = pair.sign(&random, bytes).expect("random");
        signature.as_ref().to_vec()
    });
    assert!(rules.read("default", &good, NOW_S * 1_000).is_ok());
    let wrong = Key::new("default", "", EdDsa, text.as_bytes());
    assert_eq!(wrong.err(), Some(KeyError::OtherKind));
    let wrong = Key::new("default", "", Rs256, text.as_bytes());
    assert_eq!(wrong.err(), Some(KeyError::OtherKind));
}

/// Signed once by OpenSSL with a key that was thrown away.
#[test]
fn what_openssl_signs_with_rsa_is_understood() {
    let pem = include_bytes!("testdata/rsa.pem");
    let token = include_str!("testdata/rs256.jwt");
    let rules = IdentityRules {
        keys: vec![Key::new("default", "", Rs256, pem).expect("a good key")],
        ..IdentityRules::default()
    };
    let claims = rules.read("default", token, NOW_S * 1_000);
    assert_eq!(claims.expect("believed").name, "王小明");
    let other = Key::new("default", "", Es256, pem);
    assert_eq!(other.err(), Some(KeyError::OtherKind));
}

#[test]
fn keys_that_are_none_are_said_at_the_start() {
    let short = Key::new("default", "", Hs256, &[7; 31]);
    assert_eq!(short.err(), Some(KeyError::Short));
    for text in [
        "",
        "secret",
        "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----",
    ] {
        let none = Key::new("default", "", EdDsa, text.as_bytes());
        assert_eq!(none.err(), Some(KeyError::NoKey), "{text:?}");
    }
    let shown = format!("{:?}", key("default", "k", SECRET));
    assert!(!shown.contains("0123"), "{shown}");
}

#[test]
fn a_key_follows_another_by_its_id() {
    let rules = IdentityRules {
        keys: vec![
            key("default", "old", &[7; 32]),
            key("default", "new", SECRET),
        ],
        ..IdentityRules::default()
    };
    let by = |kid: &Value| {
        let header = json!({ "alg": "HS256", "kid": kid });
        let token = signed_by(&header, &claims(), |bytes| hmac_of(SECRET, bytes));
        rules.read("default", &token, NOW_S * 1_000).map(drop)
    };
    assert_eq!(by(&json!("new")), Ok(()));
    assert_eq!(by(&json!("old")), Err(Problem::Signature));
    assert_eq!(by(&Value::Null), Ok(()), "without an id all are tried");
}

#[test]
fn claims_are_complete_and_bounded() {
    for name in ["sub", "jti", "aud", "exp", "iat"] {
        let found = read(&token(&without(name)));
        assert!(
            matches!(&found, Err(Problem::Claims(why)) if why.contains(name)),
            "{found:?}"
        );
    }
    let long = "x".repeat(129);
    for wrong in [
        json!({ "sub": "" }),
        json!({ "sub": long }),
        json!({ "sub": 7 }),
        json!({ "jti": "a\u{0}b" }),
        json!({ "exp": "soon" }),
        json!({ "tags": "vip" }),
        json!({ "vip": 1 }),
    ] {
        let found = read(&token(&with(&wrong)));
        assert!(
            matches!(found, Err(Problem::Claims(_))),
            "{wrong}: {found:?}"
        );
    }
    // Two readers could see two people in it.
    let header = part(r#"{"alg":"HS256"}"#);
    let twice = part(r#"{"sub":"a","sub":"b"}"#);
    let bytes = format!("{header}.{twice}");
    let signature = part(hmac_of(SECRET, bytes.as_bytes()));
    let found = read(&format!("{bytes}.{signature}"));
    assert!(matches!(found, Err(Problem::Claims(_))), "{found:?}");
    let other = with(&json!({ "aud": "other" }));
    assert_eq!(read(&token(&other)), Err(Problem::Audience));
    let huge = with(&json!({ "name": "x".repeat(5_000) }));
    assert_eq!(read(&token(&huge)), Err(Problem::TooLarge(4_096)));
}

#[test]
fn a_token_has_its_time_and_clocks_may_differ_a_little() {
    let at = |offset_s: i64| {
        rules()
            .read("default", &token(&claims()), (NOW_S + offset_s) * 1_000)
            .map(drop)
    };
    assert_eq!(at(0), Ok(()));
    assert_eq!(at(359), Ok(()));
    assert_eq!(at(360), Err(Problem::Expired));
    assert_eq!(at(-60), Ok(()));
    assert_eq!(at(-61), Err(Problem::Early));
    let later = with(&json!({ "nbf": NOW_S + 61 }));
    assert_eq!(read(&token(&later)), Err(Problem::Early));
    let long = with(&json!({ "exp": NOW_S + 601 }));
    assert_eq!(read(&token(&long)), Err(Problem::Lifetime(600)));
    let backwards = with(&json!({ "exp": NOW_S - 1 }));
    assert_eq!(read(&token(&backwards)), Err(Problem::Lifetime(600)));
    let ends = with(&json!({ "exp": i64::MAX, "iat": i64::MIN }));
    assert_eq!(read(&token(&ends)), Err(Problem::Lifetime(600)));
}

proptest! {
    /// Whatever it is, it is refused or it was signed, and nothing panics.
    #[test]
    fn no_text_is_believed(text in "[A-Za-z0-9_.=-]{0,200}") {
        prop_assert!(read(&text).is_err());
    }

    /// One letter of a good token changed: it is another token, which nobody has signed.
    #[test]
    fn a_changed_token_is_not_believed(at in 0_usize..400, letter in "[A-Za-z0-9_-]") {
        let good = token(&claims());
        let at = at % good.len();
        let mut changed = good.clone();
        changed.replace_range(at..=at, &letter);
        prop_assume!(changed != good);
        prop_assert!(read(&changed).is_err());
    }
}
