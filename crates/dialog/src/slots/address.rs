//! Addresses. What one looks like, not whether it exists: the carrier knows that.

use super::regex;

const CHARS: std::ops::RangeInclusive<usize> = 6..=200;

/// The whole text, when it looks like an address: at least two kinds of places in Chinese
/// (`浙江省杭州市…`, `…路12号`), or a number and a word of streets in English.
pub(super) fn find(folded: &str) -> Option<String> {
    let text = folded.trim_matches(|c: char| c.is_whitespace() || "。.!,，；;".contains(c));
    if !CHARS.contains(&text.chars().count()) {
        return None;
    }
    let parts = regex!(
        r"\p{Han}(?:省|自治区|市|区|县|州|旗|镇|乡|村|街道|路|街|巷|弄|胡同|大道|小区|花园|大厦|广场|学院|大学)|[0-9A-Za-z一二三四五六七八九十]+(?:号|栋|幢|座|单元|楼|层|室)"
    );
    let english = regex!(
        r"(?i)\b[0-9]+[a-z]?\b.*\b(?:street|st|road|rd|avenue|ave|lane|drive|boulevard|blvd|square|apt|floor|building)\b"
    );
    let chinese = parts.find_iter(text).take(2).count() == 2;
    (chinese || english.is_match(text)).then(|| text.to_owned())
}
