//! How a text is written as YAML.

/// Characters that mean something to YAML inside a plain scalar, in one context or another.
const SPECIAL: [char; 15] = [
    ':', '#', ',', '[', ']', '{', '}', '"', '\\', '&', '*', '|', '>', '`', '\'',
];
/// Words that other readers take for a truth value or for nothing.
const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

/// `text` in one line, plain where every reader takes it for this text, else in double quotes.
pub(super) fn inline(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// `text` as a block of lines indented by `indent` spaces, or in one line where that says it.
pub(super) fn block(text: &str, indent: usize, newline: &str) -> String {
    let odd = |c: char| c != '\n' && (c.is_control() || is_unprintable(c));
    let lined = text.contains('\n')
        && text.trim() == text
        && !text.chars().any(odd)
        && text.lines().all(|line| line.trim_end() == line);
    if !lined {
        return inline(text);
    }
    let pad = " ".repeat(indent);
    text.lines().fold("|".to_owned(), |mut block, line| {
        block.push_str(newline);
        if !line.is_empty() {
            block.push_str(&pad);
            block.push_str(line);
        }
        block
    })
}

fn is_plain(text: &str) -> bool {
    let first = text.chars().next().is_some_and(char::is_alphanumeric);
    let odd = |c: char| SPECIAL.contains(&c) || c.is_control() || is_unprintable(c);
    let word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    // 12, 1e3, 0x1F, 2026-11-21, 12:30 and the like.
    let number = text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_hexdigit() || "xo_+-.tTzZ ".contains(c));
    first
        && !word
        && !number
        && text.parse::<f64>().is_err()
        && text.trim() == text
        && !text.chars().any(odd)
}

/// Characters that an editor would not show, or that some readers take for a line break.
const fn is_unprintable(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{fffe}' | '\u{ffff}')
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() || is_unprintable(c) => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
