//! The keys with which businesses name their visitors, from the settings.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use kefu_chat::{Algorithm, IdentityRules, Key};
use kefu_config::{IdentityConfig, IdentityKeyConfig};

/// Bytes of a key's file: the largest public key in PEM form has about 1.5 KB.
const FILE_BYTES_MAX: usize = 16 * 1024;

/// The rules with their keys. What a key is, is in none of the errors.
///
/// # Errors
/// Names the key that cannot be read or used.
pub fn with_keys(identity: &IdentityConfig) -> anyhow::Result<IdentityRules> {
    let read = |(at, key): (usize, &IdentityKeyConfig)| {
        one(key).with_context(|| format!("identity.keys[{at}] (id {:?})", key.id))
    };
    let keys = identity.keys.iter().enumerate().map(read);
    Ok(IdentityRules {
        keys: keys.collect::<anyhow::Result<_>>()?,
        ..rules(identity)
    })
}

/// The rules without keys: nothing is read for them.
pub fn rules(identity: &IdentityConfig) -> IdentityRules {
    IdentityRules {
        keys: Vec::new(),
        skew: Duration::from_secs(identity.skew_s),
        life_max: Duration::from_secs(identity.life_s_max),
        token_bytes_max: identity.token_bytes_max,
        id_chars_max: identity.id_chars_max,
    }
}

fn one(key: &IdentityKeyConfig) -> anyhow::Result<Key> {
    let algorithm = Algorithm::parse(&key.algorithm).context("algorithm")?;
    let material = if key.env.is_empty() {
        let path = key.file.display();
        std::fs::read(&key.file).with_context(|| format!("{path} cannot be read"))?
    } else {
        let held = std::env::var(&key.env);
        held.ok()
            .with_context(|| format!("the environment has no {}", key.env))?
            .into_bytes()
    };
    ensure!(
        material.len() <= FILE_BYTES_MAX,
        "a key has at most {FILE_BYTES_MAX} bytes"
    );
    Ok(Key::new(
        &key.tenant,
        &key.id,
        algorithm,
        material.trim_ascii_end(),
    )?)
}
