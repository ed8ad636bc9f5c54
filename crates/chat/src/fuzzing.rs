//! What becomes of texts that strangers write, for `fuzz/`. Nothing else may use it, and no binary that
//! is shipped has it.

use kefu_types::AgentId;

use crate::{people, trail};

/// The address of a page as it is kept; `None` when it is none.
#[must_use]
pub fn page(url: &str, chars_max: usize) -> Option<String> {
    trail::cleaned(url, chars_max)
}

/// A page's title as it is kept.
#[must_use]
pub fn title(title: &str, chars_max: usize) -> String {
    trail::title(title, chars_max)
}

/// A phone number as a message left keeps it; `None` when it is none.
#[must_use]
pub fn phone(text: &str, chars_max: usize) -> Option<String> {
    people::phone(text, chars_max).ok()
}

/// An e-mail address as a message left keeps it; `None` when it is none.
#[must_use]
pub fn email(text: &str, chars_max: usize) -> Option<String> {
    people::email(text, chars_max).ok()
}

/// Which of these logins a note mentions, by their places.
#[must_use]
pub fn mentioned(text: &str, logins: &[&str]) -> Vec<usize> {
    let colleagues = (0..).zip(logins).map(|(at, login)| (*login, AgentId(at)));
    let found = people::mentioned(text, colleagues).into_iter();
    found.filter_map(|id| usize::try_from(id.0).ok()).collect()
}
