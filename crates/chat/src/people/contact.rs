//! How people can be reached: phone numbers and addresses, as far as their form can tell.

use crate::error::CoreError;

/// Digits of a phone number: the shortest that are called from outside, and E.164's fifteen with an extension.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=20;

/// A phone number, or nothing.
pub(crate) fn phone(text: &str, chars_max: usize) -> Result<String, CoreError> {
    let text = short("phone", text, chars_max)?;
    let allowed = |c: char| c.is_ascii_digit() || " +-().".contains(c);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if text.is_empty() || (text.chars().all(allowed) && PHONE_DIGITS.contains(&digits)) {
        return Ok(text.to_owned());
    }
    Err(CoreError::Invalid(
        "the phone is no phone number: 5 to 20 digits, with + - ( ) and spaces".to_owned(),
    ))
}

/// An e-mail address, or nothing.
pub(crate) fn email(text: &str, chars_max: usize) -> Result<String, CoreError> {
    let text = short("email", text, chars_max)?;
    if text.is_empty() || is_email(text) {
        return Ok(text.to_owned());
    }
    Err(CoreError::Invalid(
        "the email is no e-mail address: name@example.com".to_owned(),
    ))
}

fn short<'a>(what: &str, text: &'a str, chars_max: usize) -> Result<&'a str, CoreError> {
    let text = text.trim();
    if text.chars().count() > chars_max {
        return Err(CoreError::TooLarge(format!(
            "the {what} is too long: {chars_max} characters at most"
        )));
    }
    Ok(text)
}

/// Whether mail could be sent there; that it arrives, only mail can tell.
fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
    let labels: Vec<&str> = host.split('.').collect();
    !name.is_empty()
        && labels.len() > 1
        && labels.iter().all(|label| !label.is_empty())
        && name.chars().chain(host.chars()).all(plain)
}

#[cfg(test)]
mod tests {
    use super::{email, phone};

    #[test]
    fn what_cannot_be_dialled_is_no_phone_number() {
        for good in ["", "13800138000", "+86 (10) 8888-6666", "95588"] {
            assert_eq!(phone(good, 40).as_deref(), Ok(good));
        }
        for bad in [
            "1234",
            "call me",
            "+",
            "123456789012345678901",
            "1380\u{0}0138000",
        ] {
            assert!(phone(bad, 40).is_err(), "{bad:?}");
        }
        assert_eq!(phone(" 95588 ", 40).as_deref(), Ok("95588"));
        assert!(phone("138 0013 8000", 8).is_err(), "too long");
    }

    #[test]
    fn what_no_mail_could_be_sent_to_is_no_address() {
        for good in ["", "li@example.com", "李.雷@例子.公司"] {
            assert_eq!(email(good, 40).as_deref(), Ok(good));
        }
        for bad in [
            "li",
            "@example.com",
            "li@",
            "li@example",
            "li@.com",
            "a b@c.d",
            "a@b@c.d",
        ] {
            assert!(email(bad, 40).is_err(), "{bad:?}");
        }
        assert!(email("li@example.com", 5).is_err(), "too long");
    }
}
