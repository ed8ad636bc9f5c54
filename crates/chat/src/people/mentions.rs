//! Whom a note mentions: "@login" in its text.

use kefu_types::AgentId;

/// The colleagues whom `text` names, in the order of their names in it, each once.
///
/// After an "@" that does not stand in the middle of a word (as in an address of mail) comes the
/// longest login that fits there, whatever its case. Where a login ends in a letter or digit of
/// ASCII, the word must end with it: "@li" does not mention anybody in "@linda". Chinese has no such
/// ends, so "@小王请看" mentions 小王.
pub(crate) fn mentioned<'a>(
    text: &str,
    colleagues: impl Iterator<Item = (&'a str, AgentId)>,
) -> Vec<AgentId> {
    let mut logins: Vec<(Vec<char>, AgentId)> = colleagues
        .map(|(login, id)| (login.chars().flat_map(char::to_lowercase).collect(), id))
        .collect();
    logins.sort_by_key(|(login, _)| std::cmp::Reverse(login.len()));
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let mut found = Vec::new();
    for (at, _) in text.iter().enumerate().filter(|(_, c)| **c == '@') {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        if before.is_some_and(|c| is_word(*c)) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let named = logins.iter().find(|(login, _)| names(rest, login));
        if let Some((_, id)) = named
            && !found.contains(id)
        {
            found.push(*id);
        }
    }
    found
}

fn names(rest: &[char], login: &[char]) -> bool {
    let ends = match (login.last(), rest.get(login.len())) {
        (Some(last), Some(next)) => !(is_word(*last) && is_word(*next)),
        (Some(_), None) => true,
        (None, _) => false,
    };
    ends && rest.starts_with(login)
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use kefu_types::AgentId;
    use proptest::prelude::*;

    use super::mentioned;

    const TEAM: [(&str, u64); 6] = [
        ("li", 1),
        ("li.na", 2),
        ("小王", 3),
        ("小王八", 4),
        ("lin-da", 5),
        ("straße", 6),
    ];

    fn named(text: &str) -> Vec<u64> {
        let team = TEAM.iter().map(|(login, id)| (*login, AgentId(*id)));
        mentioned(text, team).into_iter().map(|id| id.0).collect()
    }

    #[test]
    fn a_login_after_an_at_is_a_mention_and_nothing_else_is() {
        let none: [u64; 0] = [];
        assert_eq!(named("@li please look"), [1]);
        assert_eq!(named("ask @LI, @li and @Li.Na."), [1, 2]);
        assert_eq!(named("@小王请看"), [3]);
        assert_eq!(named("请@小王八和@小王看看"), [4, 3]);
        assert_eq!(named("(@lin-da)"), [5]);
        assert_eq!(named("@STRASSE @straße"), [6]);
        for text in [
            "",
            "@",
            "li",
            "@ li",
            "mail li@li",
            "a@li",
            "@linda",
            "@li-na",
            "@li_",
            "@王",
        ] {
            assert_eq!(named(text), none, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_everybody_named_is_named_once_and_by_an_at(
            text in "(@|li|li\\.na|小王|八| |x|\\PC){0,12}"
        ) {
            let found = named(&text);
            let mut once = found.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), found.len());
            for id in found {
                let login = TEAM.iter().find(|(_, known)| *known == id).map(|(login, _)| *login);
                let login = format!("@{}", login.unwrap_or_default());
                prop_assert!(text.to_lowercase().contains(&login), "{} in {}", login, text);
            }
        }
    }
}
