//! What may be stored: forms and lengths, checked before anything else is done.

use kefu_proto::v1::{self, body, button};
use prost::Message as _;

use crate::{error::CoreError, settings::Limits};

/// Characters of an id that a client chose.
const OWN_ID_CHARS_MAX: usize = 64;
/// Minutes between a clock and UTC, either way.
const UTC_OFFSET_MINUTES_MAX: u32 = 18 * 60;

/// The form that `SendMessage.client_id` states.
pub(crate) fn client_id(id: &str) -> Result<(), CoreError> {
    own_id("client_id", id)
}

/// The form that `Hello.device_id` states.
pub(crate) fn device_id(id: &str) -> Result<(), CoreError> {
    own_id("device_id", id)
}

/// An id that a client chose.
fn own_id(what: &str, id: &str) -> Result<(), CoreError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if id.is_empty() || id.len() > OWN_ID_CHARS_MAX || !id.chars().all(allowed) {
        return Err(CoreError::Invalid(format!(
            "{what} must be 1 to {OWN_ID_CHARS_MAX} characters of [A-Za-z0-9_-]"
        )));
    }
    Ok(())
}

/// A sequence that a message may have.
pub(crate) fn sequence(what: &str, seq: u64) -> Result<(), CoreError> {
    number(what, seq)
}

/// A message's id, as far as it can be one.
pub(crate) fn message_id(id: u64) -> Result<(), CoreError> {
    number("ids", id)
}

/// Ids and sequences have 63 bits and begin at 1.
fn number(what: &str, value: u64) -> Result<(), CoreError> {
    if value == 0 || i64::try_from(value).is_err() {
        return Err(CoreError::Invalid(format!(
            "{what} must be 1 to {}",
            i64::MAX
        )));
    }
    Ok(())
}

/// A quote goes with words; whether there is such a message is seen when it is stored.
pub(crate) fn quote(sent: &v1::SendMessage) -> Result<(), CoreError> {
    let recalls = matches!(
        sent.body.as_ref().and_then(|body| body.kind.as_ref()),
        Some(body::Kind::Recall(_))
    );
    match sent.quote_seq {
        0 => Ok(()),
        _ if recalls => Err(CoreError::Invalid("a recall quotes nothing".to_owned())),
        seq => sequence("quote_seq", seq),
    }
}

/// The offsets that `SendMessage.utc_offset_minutes` states: 18 hours, as in ISO 8601's users' practice
/// (`java.time.ZoneOffset`); real ones lie between -12 and +14 hours.
pub(crate) fn utc_offset(minutes: Option<i32>) -> Result<(), CoreError> {
    if minutes.is_some_and(|minutes| minutes.unsigned_abs() > UTC_OFFSET_MINUTES_MAX) {
        return Err(CoreError::Invalid(format!(
            "utc_offset_minutes must be -{UTC_OFFSET_MINUTES_MAX} to {UTC_OFFSET_MINUTES_MAX}"
        )));
    }
    Ok(())
}

/// A body from a visitor or an agent: a text, a button that was pressed, or what was uploaded, of
/// which the store decides whether it is as the body says.
pub(crate) fn sent_body(body: Option<&v1::Body>, limits: &Limits) -> Result<(), CoreError> {
    match body.and_then(|body| body.kind.as_ref()) {
        Some(body::Kind::Text(sent)) => {
            if !sent.buttons.is_empty() {
                return Err(CoreError::Invalid("a sent text has no buttons".to_owned()));
            }
            unmasked(&sent.masked)?;
            text("text", &sent.text, limits.text_chars_max)
        }
        Some(body::Kind::Postback(pressed)) => {
            unmasked(&pressed.masked)?;
            text("label", &pressed.label, limits.text_chars_max)?;
            text("payload", &pressed.payload, limits.text_chars_max)
        }
        Some(body::Kind::Recall(recall)) => sequence("recall.seq", recall.seq),
        Some(body::Kind::Image(image)) => number("image.media_id", image.media_id),
        Some(body::Kind::File(file)) => number("file.media_id", file.media_id),
        Some(body::Kind::Card(_) | body::Kind::Notice(_)) => Err(CoreError::Invalid(
            "only texts, postbacks, images, files and recalls can be sent".to_owned(),
        )),
        None => Err(CoreError::Invalid("the message has no body".to_owned())),
    }
}

/// What is masked, the service says.
fn unmasked(masked: &[v1::Masked]) -> Result<(), CoreError> {
    if masked.is_empty() {
        return Ok(());
    }
    Err(CoreError::Invalid(
        "`masked` is for the service to say".to_owned(),
    ))
}

/// A body from a bot: a text or a card, with buttons.
pub(crate) fn bot_body(body: Option<&v1::Body>, limits: &Limits) -> Result<(), CoreError> {
    let whole =
        body.ok_or_else(|| CoreError::Invalid("a message of the bot has no body".to_owned()))?;
    if whole.encoded_len() > limits.body_bytes_max {
        return Err(CoreError::TooLarge(format!(
            "a body may have {} bytes",
            limits.body_bytes_max
        )));
    }
    let listed = match &whole.kind {
        Some(body::Kind::Text(said)) => {
            text("text", &said.text, limits.text_chars_max)?;
            &said.buttons
        }
        Some(body::Kind::Card(card)) => {
            text("title", &card.title, limits.text_chars_max)?;
            &card.buttons
        }
        _ => return Err(CoreError::Invalid("a bot says texts and cards".to_owned())),
    };
    listed.iter().try_for_each(|button| match &button.action {
        Some(button::Action::Url(url)) if !is_safe_url(url) => Err(CoreError::Invalid(
            "a button opens http, https, tel or mailto only".to_owned(),
        )),
        Some(_) => Ok(()),
        None => Err(CoreError::Invalid("a button does nothing".to_owned())),
    })
}

fn is_safe_url(url: &str) -> bool {
    ["https://", "http://", "tel:", "mailto:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

/// Something to read: not blank, not too long, no control characters but line breaks and tabs.
pub(crate) fn text(what: &str, text: &str, chars_max: usize) -> Result<(), CoreError> {
    if text.trim().is_empty() {
        return Err(CoreError::Invalid(format!("the {what} is empty")));
    }
    // Four bytes a character at most: counting a megabyte is not needed to refuse it.
    if text.len() > chars_max * 4 || text.chars().count() > chars_max {
        return Err(CoreError::TooLarge(format!(
            "the {what} is too long: {chars_max} characters at most"
        )));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
    {
        return Err(CoreError::Invalid(format!(
            "the {what} has control characters"
        )));
    }
    Ok(())
}

/// A text that need not be there.
pub(crate) fn optional_text(what: &str, text: &str, chars_max: usize) -> Result<(), CoreError> {
    if text.is_empty() {
        return Ok(());
    }
    self::text(what, text, chars_max)
}

/// A name; may be empty when `optional`.
pub(crate) fn name(
    what: &str,
    name: &str,
    limits: &Limits,
    optional: bool,
) -> Result<String, CoreError> {
    let name = name.trim();
    if name.is_empty() && optional {
        return Ok(String::new());
    }
    text(what, name, limits.name_chars_max)?;
    if name.contains(['\n', '\t', '\r']) {
        return Err(CoreError::Invalid(format!(
            "the {what} has line breaks or tabs"
        )));
    }
    Ok(name.to_owned())
}

/// A login, in the one form that is stored.
pub(crate) fn login(login: &str, limits: &Limits) -> Result<String, CoreError> {
    let login = name("login", login, limits, false)?.to_lowercase();
    if login.contains(char::is_whitespace) {
        return Err(CoreError::Invalid("the login has spaces".to_owned()));
    }
    Ok(login)
}

/// A new password.
pub(crate) fn password(password: &str, limits: &Limits) -> Result<(), CoreError> {
    if password.chars().count() < limits.password_chars_min {
        return Err(CoreError::Invalid(format!(
            "the password is too short: {} characters at least",
            limits.password_chars_min
        )));
    }
    if password.len() > limits.password_bytes_max {
        return Err(CoreError::Invalid(format!(
            "the password is too long: {} bytes at most",
            limits.password_bytes_max
        )));
    }
    Ok(())
}
