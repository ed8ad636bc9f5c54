//! Money: in yuan `¥99.5`, `99块5`, `1,299元`, `一百二十块`, `1.2万`, `3k`; in other currencies with
//! their sign, code or name, which stay beside the number: nobody here knows a rate.

use super::{
    number::{self, NUMERALS},
    regex,
};

/// An amount that says it is one, by a sign or a unit.
pub(super) fn find(folded: &str) -> Option<String> {
    foreign(folded)
        .or_else(|| signed(folded))
        .or_else(|| arabic_with_unit(folded))
        .or_else(|| chinese_with_unit(folded))
}

/// A text that is nothing but a number.
pub(super) fn bare(folded: &str) -> Option<String> {
    let text = folded.trim_matches(|c: char| c.is_whitespace() || "。.!,，".contains(c));
    if let Some(found) = regex!(r"^([0-9][0-9,]*(?:\.[0-9]{1,2})?)$").captures(text) {
        return fen(&found[1], 1).map(yuan);
    }
    let chinese = text.chars().all(|c| NUMERALS.contains(c));
    chinese.then(|| {
        number::parse(text)
            .and_then(|n| n.checked_mul(100))
            .map(yuan)
    })?
}

fn foreign(folded: &str) -> Option<String> {
    let sign_first =
        regex!(r"(?i)(us\$|hk\$|\$|€|£|usd|hkd|eur|gbp|jpy) ?([0-9][0-9,]*(?:\.[0-9]{1,2})?)");
    let name_last = regex!(
        r"(?i)([0-9][0-9,]*(?:\.[0-9]{1,2})?) ?(us dollars?|dollars?|bucks|usd|美元|美金|刀|hkd|港币|港元|euros?|eur|欧元|pounds?|gbp|英镑|yen|jpy|日元|日币|€|£)"
    );
    let (number, name) = match (sign_first.captures(folded), name_last.captures(folded)) {
        (Some(found), _) => (found[2].to_owned(), found[1].to_lowercase()),
        (None, Some(found)) => (found[1].to_owned(), found[2].to_lowercase()),
        (None, None) => return None,
    };
    let code = match name.as_str() {
        "hk$" | "hkd" | "港币" | "港元" => "HKD",
        "€" | "eur" | "euro" | "euros" | "欧元" => "EUR",
        "£" | "gbp" | "pound" | "pounds" | "英镑" => "GBP",
        "jpy" | "yen" | "日元" | "日币" => "JPY",
        _ => "USD",
    };
    Some(format!("{} {code}", yuan(fen(&number, 1)?)))
}

fn signed(folded: &str) -> Option<String> {
    let pattern = regex!(r"(?i)(?:[¥￥]|rmb|cny) ?([0-9][0-9,]*(?:\.[0-9]{1,2})?)");
    fen(&pattern.captures(folded)?[1], 1).map(yuan)
}

fn arabic_with_unit(folded: &str) -> Option<String> {
    let pattern = regex!(
        r"(?i)([0-9][0-9,]*(?:\.[0-9]+)?) ?(?:(万|千|百|[kKwW](?-u:\b))[元块]?|[元块圆]钱?(?: ?([0-9])(?:[毛角]|[^0-9]|$))?|(毛|角)|rmb|cny|yuan)"
    );
    let found = pattern.captures(folded)?;
    let scale = match found.get(2).map(|unit| unit.as_str()) {
        Some("万") => 10_000,
        Some("千" | "k" | "K") => 1_000,
        Some("w" | "W") => 10_000,
        Some("百") => 100,
        _ => 1,
    };
    let mut sum = fen(&found[1], scale)?;
    if found.get(4).is_some() {
        sum /= 10;
    }
    if let Some(tenth) = found.get(3) {
        sum = sum.checked_add(tenth.as_str().parse::<u64>().ok()? * 10)?;
    }
    Some(yuan(sum))
}

fn chinese_with_unit(folded: &str) -> Option<String> {
    let pattern = regex!(
        r"([零〇一二两三四五六七八九十百千万]+)[元块圆]钱?(?:([一二两三四五六七八九])[毛角]?)?"
    );
    let found = pattern.captures(folded)?;
    let tenths = match found.get(2) {
        Some(tenth) => number::parse(tenth.as_str())?,
        None => 0,
    };
    let whole = number::parse(&found[1])?.checked_mul(100)?;
    Some(yuan(whole.checked_add(tenths * 10)?))
}

/// Hundredths of a yuan; more than two decimals only where a scale makes them whole.
fn fen(text: &str, scale: u64) -> Option<u64> {
    let text = text.replace(',', "");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    if whole.len() > 12 || part.len() > 6 {
        return None;
    }
    let micro: u64 = format!("{part:0<6}").parse().ok()?;
    let micros = whole.parse::<u64>().ok()? * 1_000_000 + micro;
    let scaled = micros.checked_mul(scale)?;
    (scaled % 10_000 == 0).then_some(scaled / 10_000)
}

fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
