//! What may stand between braces in a canned reply.

/// The variables, in the order in which people are told of them. The page fills them in
/// (`web/src/agent/canned/fill.ts`).
pub(crate) const VARIABLES: [&str; 4] = [
    "visitor.name",
    "agent.name",
    "conversation.id",
    "time.greeting",
];

/// The first name between braces that is no variable. Braces around anything but letters, digits,
/// dots and underscores are words like others.
pub(crate) fn unknown_variable(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        rest = rest.get(open + 1..).unwrap_or_default();
        let close = rest.find(['{', '}'])?;
        let name = rest.get(..close).unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
        let closed = rest.get(close..).is_some_and(|end| end.starts_with('}'));
        if closed && !name.is_empty() && name.chars().all(is_name) && !VARIABLES.contains(&name) {
            return Some(name);
        }
        rest = rest.get(close..).unwrap_or_default();
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{VARIABLES, unknown_variable};

    #[test]
    fn what_is_a_name_between_braces_must_be_a_variable() {
        for fine in [
            "",
            "您好 {visitor.name}，{time.greeting}！",
            "{agent.name}{conversation.id}",
            "{} { } {你好} {a b} a } b { c",
            "{visitor.name",
            "{{visitor.name}}",
        ] {
            assert_eq!(unknown_variable(fine), None, "{fine}");
        }
        for (text, name) in [
            ("{order.id}", "order.id"),
            ("{visitor.name} {Agent.name}", "Agent.name"),
            ("{ {visitor} }", "visitor"),
            ("{}{x}", "x"),
            ("{visitor.name.}", "visitor.name."),
        ] {
            assert_eq!(unknown_variable(text), Some(name), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_only_a_braced_name_is_refused(text in "(\\{|\\}|visitor\\.name|x|你| |\\PC){0,12}") {
            match unknown_variable(&text) {
                Some(name) => {
                    let braced = format!("{{{name}}}");
                    prop_assert!(text.contains(&braced));
                    prop_assert!(!VARIABLES.contains(&name));
                }
                None => {
                    let none = !text.contains("{x}");
                    prop_assert!(none);
                }
            }
        }
    }
}
