//! Chinese numerals as people type them.

/// Characters of numerals, for patterns.
pub(super) const NUMERALS: &str = "零〇一二两三四五六七八九十百千万";

/// The number that `text` writes: `十二` 12, `一百二` 120, `两千三百零五` 2305, `二三` 23; ASCII
/// digits as well. `None` when a character is no numeral or the whole is no number.
pub(super) fn parse(text: &str) -> Option<u64> {
    if text.is_empty() || text.chars().count() > 16 {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    match text.split_once('万') {
        Some((many, rest)) => {
            let many = below_ten_thousand(many)?;
            let rest = match rest {
                "" => 0,
                // 一万二 is 12,000.
                rest if rest.chars().count() == 1 => digit(rest.chars().next()?)? * 1_000,
                rest => below_ten_thousand(rest)?,
            };
            Some(many * 10_000 + rest)
        }
        None => below_ten_thousand(text),
    }
}

fn below_ten_thousand(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    if text.chars().all(|c| digit(c).is_some()) {
        return text
            .chars()
            .try_fold(0, |sum, c| Some(sum * 10 + digit(c)?));
    }
    let (mut sum, mut held, mut last_unit, mut zero) = (0, None, 1, false);
    for c in text.chars() {
        if let Some(unit) = unit(c) {
            // 十二 has no digit before its ten.
            sum += held.take().unwrap_or(1) * unit;
            (last_unit, zero) = (unit, false);
        } else {
            match digit(c)? {
                0 => zero = true,
                digit => held = Some(digit),
            }
        }
    }
    let rest = held.unwrap_or(0);
    // 一百二 is 120, 一百零二 is 102, 十二 is 12.
    let short = last_unit >= 100 && !zero;
    Some(sum + if short { rest * last_unit / 10 } else { rest })
}

const fn unit(c: char) -> Option<u64> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1_000),
        _ => None,
    }
}

const fn digit(c: char) -> Option<u64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn numerals_are_numbers() {
        for (text, number) in [
            ("12", 12),
            ("十", 10),
            ("十二", 12),
            ("二十", 20),
            ("三十一", 31),
            ("一百二", 120),
            ("一百零二", 102),
            ("一百二十三", 123),
            ("两千三", 2_300),
            ("两千三百零五", 2_305),
            ("一万二", 12_000),
            ("三万零五十", 30_050),
            ("二三", 23),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        for text in ["", "百x", "元", "万", "1二x"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
