//! What a token says, and whether it may say so now.

use serde::Deserialize;

use super::{IdentityProblem, IdentityRules};

/// Who a believed token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: the business's own id of the visitor.
    pub subject: String,
    /// `jti`: of this token alone.
    pub token_id: String,
    /// UTC milliseconds from which the token is of no use, so that it need not be remembered.
    pub until_ms: i64,
    /// `name`; may be empty.
    pub name: String,
    /// `tags`, as they were written.
    pub tags: Vec<String>,
    /// `vip`: goes first.
    pub vip: bool,
}

/// A claim that is there twice is refused: two readers could see two of them.
#[derive(Deserialize)]
struct Written {
    sub: Option<String>,
    jti: Option<String>,
    aud: Option<Audience>,
    exp: Option<i64>,
    iat: Option<i64>,
    nbf: Option<i64>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    vip: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// The claims of a token whose signature is good.
pub(super) fn read(
    payload: &[u8],
    rules: &IdentityRules,
    tenant: &str,
    now_ms: i64,
) -> Result<Claims, IdentityProblem> {
    let wrong = IdentityProblem::Claims;
    // The parser's words name the claim and its type, not what it holds.
    let written: Written = serde_json::from_slice(payload)
        .map_err(|_| wrong("they are not the JSON that docs/identity.md says".to_owned()))?;
    let missing = |name: &str| wrong(format!("`{name}` is missing"));
    let subject = id("sub", written.sub, rules.id_chars_max)?;
    let token_id = id("jti", written.jti, rules.id_chars_max)?;
    let ours = match written.aud.ok_or_else(|| missing("aud"))? {
        Audience::One(one) => one == tenant,
        Audience::Many(many) => many.iter().any(|one| one == tenant),
    };
    if !ours {
        return Err(IdentityProblem::Audience);
    }
    let until = written.exp.ok_or_else(|| missing("exp"))?;
    let since = written.iat.ok_or_else(|| missing("iat"))?;
    let skew = seconds(rules.skew);
    let life_max = seconds(rules.life_max);
    let now = now_ms.div_euclid(1_000);
    if until.saturating_add(skew) <= now {
        return Err(IdentityProblem::Expired);
    }
    let from = since.max(written.nbf.unwrap_or(since));
    if from > now.saturating_add(skew) {
        return Err(IdentityProblem::Early);
    }
    let life = until.saturating_sub(since);
    if life <= 0 || life > life_max {
        return Err(IdentityProblem::Lifetime(rules.life_max.as_secs()));
    }
    Ok(Claims {
        subject,
        token_id,
        until_ms: until.saturating_add(skew).saturating_mul(1_000),
        name: written.name.unwrap_or_default(),
        tags: written.tags,
        vip: written.vip,
    })
}

fn id(claim: &str, text: Option<String>, chars_max: usize) -> Result<String, IdentityProblem> {
    let text = text.unwrap_or_default();
    let length = text.chars().count();
    if length == 0 || length > chars_max || text.chars().any(char::is_control) {
        return Err(IdentityProblem::Claims(format!(
            "`{claim}` must be 1 to {chars_max} characters without control characters"
        )));
    }
    Ok(text)
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
