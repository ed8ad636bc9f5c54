//! Every dependency may be given on under Apache-2.0.

use cargo_metadata::Metadata;

use super::Finding;

const GOOD: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "CC0-1.0",
    "0BSD",
    "BSL-1.0",
    "Unlicense",
    "CDLA-Permissive-2.0",
];

/// Weak copyleft that stays with the file; each one is a decision with its reason.
const ARGUED: &[(&str, &str)] = &[];

pub(super) fn check(metadata: &Metadata) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in metadata.packages.iter().filter(|p| p.source.is_some()) {
        let name = package.name.as_str();
        let licence = package.license.as_deref().unwrap_or("");
        let argued = ARGUED.contains(&(name, licence));
        if !argued && !is_good(licence) {
            let shown = if licence.is_empty() {
                "none stated"
            } else {
                licence
            };
            findings.push(format!("{name} {}: licence {shown}", package.version));
        }
    }
    Ok(findings)
}

/// Reads SPDX as far as packages use it: OR offers a choice, AND binds, brackets group.
fn is_good(expression: &str) -> bool {
    let old_style = expression.replace('/', " OR ");
    any_of(old_style.trim())
}

fn any_of(expression: &str) -> bool {
    split(expression, " OR ")
        .iter()
        .any(|part| split(part, " AND ").iter().all(|one| single(one)))
}

fn single(text: &str) -> bool {
    let text = text.trim();
    match text
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
    {
        Some(inner) => any_of(inner),
        None => GOOD.contains(&text),
    }
}

/// Splits outside brackets.
fn split(expression: &str, word: &str) -> Vec<String> {
    let (mut parts, mut depth, mut current) = (Vec::new(), 0_i32, String::new());
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        if depth == 0 && rest.starts_with(word) {
            parts.push(std::mem::take(&mut current));
            rest = &rest[word.len()..];
            continue;
        }
        depth += i32::from(c == '(') - i32::from(c == ')');
        current.push(c);
        rest = &rest[c.len_utf8()..];
    }
    parts.push(current);
    parts
}

#[cfg(test)]
mod tests {
    use super::is_good;

    #[test]
    fn a_choice_is_good_when_one_side_is() {
        assert!(is_good("MIT OR GPL-3.0"));
        assert!(is_good("Apache-2.0/MIT"));
        assert!(is_good("(MIT OR Apache-2.0) AND Unicode-3.0"));
    }

    #[test]
    fn all_sides_of_a_binding_must_be_good() {
        assert!(!is_good("MIT AND GPL-3.0"));
        assert!(!is_good("(MIT OR Apache-2.0) AND GPL-2.0"));
        assert!(!is_good(""));
    }
}
