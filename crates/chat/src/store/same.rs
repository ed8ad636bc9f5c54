//! Whether a retry says what the first one said, where some of it may have been masked.
//!
//! Of what was masked nothing is kept, not even a hash, which would tell whoever guesses a word
//! that the guess was right. So characters that are masked, in what is stored or by the lists of
//! now in what came again, are not compared; all others are (ADR 45).

use kefu_proto::v1::{self, body};
use kefu_words::{MASK, Span, same_apart_from};

/// Whether two bodies are the same but for what is masked.
pub(super) fn same_body(a: Option<&v1::Body>, b: Option<&v1::Body>) -> bool {
    use body::Kind::{Postback, Text};

    let kinds = [a, b].map(|body| body.and_then(|body| body.kind.as_ref()));
    match kinds {
        [Some(Text(a)), Some(Text(b))] => {
            a.buttons == b.buttons && same(&a.text, &a.masked, &b.text, &b.masked)
        }
        [Some(Postback(a)), Some(Postback(b))] => {
            a.payload == b.payload && same(&a.label, &a.masked, &b.label, &b.masked)
        }
        _ => a == b,
    }
}

/// Whether a text that is kept beside the messages, where nothing says which of its characters are
/// masked, may be what comes again as it was sent: each star stands for any one character.
pub(crate) fn same_but_stars(stored: &str, sent: &str) -> bool {
    let mut pairs = stored.chars().zip(sent.chars());
    stored.chars().count() == sent.chars().count()
        && pairs.all(|(stored, sent)| stored == sent || stored == MASK)
}

fn same(a: &str, a_masked: &[v1::Masked], b: &str, b_masked: &[v1::Masked]) -> bool {
    if a_masked.is_empty() && b_masked.is_empty() {
        return a == b;
    }
    same_apart_from(a, &spans(a_masked), b, &spans(b_masked))
}

fn spans(masked: &[v1::Masked]) -> Vec<Span> {
    let span = |masked: &v1::Masked| Span {
        start: masked.start,
        end: masked.end,
    };
    masked.iter().map(span).collect()
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{Body, Masked, Text, body::Kind};

    use super::{same_body, same_but_stars};

    fn text(text: &str, masked: &[(u32, u32)]) -> Option<Body> {
        let span = |(start, end): &(u32, u32)| Masked {
            start: *start,
            end: *end,
        };
        let text = Text {
            text: text.to_owned(),
            masked: masked.iter().map(span).collect(),
            ..Default::default()
        };
        Some(Body {
            kind: Some(Kind::Text(text)),
        })
    }

    #[track_caller]
    fn check(a: Option<Body>, b: Option<Body>, expected: bool) {
        assert_eq!(same_body(a.as_ref(), b.as_ref()), expected);
        assert_eq!(same_body(b.as_ref(), a.as_ref()), expected);
    }

    #[test]
    fn what_was_sent_first_is_the_same_whatever_the_lists_say_by_then() {
        let stored = || text("你**好", &[(1, 3)]);
        check(stored(), text("你傻瓜好", &[]), true);
        check(stored(), text("*傻瓜好", &[(0, 1)]), true);
        check(text("你傻瓜好", &[]), text("你**好", &[(1, 3)]), true);
    }

    #[test]
    fn a_name_is_the_same_but_for_its_stars() {
        assert!(same_but_stars("李**", "李傻瓜"));
        assert!(same_but_stars("李傻瓜", "李傻瓜"));
        assert!(same_but_stars("", ""));
        assert!(!same_but_stars("李傻瓜", "李**"), "stars that were sent");
        assert!(!same_but_stars("李**", "李傻"));
        assert!(!same_but_stars("李**", "王傻瓜"));
    }

    #[test]
    fn another_body_is_another_one() {
        let stored = || text("你**好", &[(1, 3)]);
        check(stored(), text("我傻瓜好", &[]), false);
        check(stored(), text("你傻瓜", &[]), false);
        check(text("2*3", &[]), text("2+3", &[]), false);
        check(text("a", &[]), None, false);
    }
}
