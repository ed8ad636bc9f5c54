//! Days. Without a year or month the nearest such day is meant, as a shop's visitors speak of last
//! week's order and of next week's delivery alike; where only one side is plausible, the nearest
//! of that side.

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};

use super::{number, regex};

/// Which way an incomplete day leans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lean {
    /// Today or before.
    Past,
    /// Today or after.
    Future,
    /// Whichever is nearer.
    Nearest,
}

/// The first form that is there, the most exact one first.
pub(super) fn find(folded: &str, today: Date, lean: Lean) -> Option<Date> {
    let text = folded.to_lowercase();
    full(&text)
        .or_else(|| named_month(&text, today))
        .or_else(|| month_and_day(&text, today, lean))
        .or_else(|| english(&text, today, lean))
        .or_else(|| relative(&text, today))
        .or_else(|| counted(&text, today))
        .or_else(|| weekday(&text, today, lean))
        .or_else(|| day_of_month(&text, today, lean))
}

/// A day of last month, this one or the next.
fn named_month(text: &str, today: Date) -> Option<Date> {
    let pattern = regex!(
        r"(上上|上|这|本|下)(?:个)?月(?:的)?([0-9]{1,2}|[一二三四五六七八九十]{1,3}) ?[日号]?"
    );
    let found = pattern.captures(text)?;
    let months: i64 = match &found[1] {
        "上上" => -2,
        "上" => -1,
        "下" => 1,
        _ => 0,
    };
    let month = today.first_of_month().checked_add(months.months()).ok()?;
    date(month.year(), month.month(), small(&found[2])?)
}

fn full(text: &str) -> Option<Date> {
    let pattern =
        regex!(r"(?:^|[^0-9])([0-9]{4}) ?[-/.年] ?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,2})(?:[^0-9]|$)");
    let found = pattern.captures(text)?;
    date(
        found[1].parse().ok()?,
        found[2].parse().ok()?,
        found[3].parse().ok()?,
    )
}

fn month_and_day(text: &str, today: Date, lean: Lean) -> Option<Date> {
    let words = regex!(
        r"([0-9]{1,2}|[一二三四五六七八九十]{1,2}) ?月(?:份)? ?([0-9]{1,2}|[一二三四五六七八九十]{1,3}) ?[日号]?"
    );
    let signs = regex!(r"(?:^|[^0-9./-])([0-9]{1,2})[/-]([0-9]{1,2})(?:[^0-9./-]|$)");
    let found = words.captures(text).or_else(|| signs.captures(text))?;
    nearest_year(small(&found[1])?, small(&found[2])?, today, lean)
}

fn english(text: &str, today: Date, lean: Lean) -> Option<Date> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let month_first = regex!(
        r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? ([0-9]{1,2})(?:st|nd|rd|th)?\b(?:,? ([0-9]{4})\b)?"
    );
    let day_first = regex!(
        r"\b([0-9]{1,2})(?:st|nd|rd|th)? (?:of )?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b(?:,? ([0-9]{4})\b)?"
    );
    let (name, day, year) = match (month_first.captures(text), day_first.captures(text)) {
        (Some(found), _) => (
            found[1].to_owned(),
            found[2].to_owned(),
            found.get(3).map(|y| y.as_str().to_owned()),
        ),
        (None, Some(found)) => (
            found[2].to_owned(),
            found[1].to_owned(),
            found.get(3).map(|y| y.as_str().to_owned()),
        ),
        (None, None) => return None,
    };
    let month = i8::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    let day = day.parse().ok()?;
    match year {
        Some(year) => date(year.parse().ok()?, month, day),
        None => nearest_year(month, day, today, lean),
    }
}

fn relative(text: &str, today: Date) -> Option<Date> {
    // The longer words first: 大后天 holds 后天.
    const WORDS: [(&str, i64); 23] = [
        ("大前天", -3),
        ("大后天", 3),
        ("the day before yesterday", -2),
        ("the day after tomorrow", 2),
        ("前天", -2),
        ("昨天", -1),
        ("昨日", -1),
        ("昨晚", -1),
        ("昨儿", -1),
        ("今晚", 0),
        ("今早", 0),
        ("今儿", 0),
        ("刚刚", 0),
        ("明儿", 1),
        ("今天", 0),
        ("今日", 0),
        ("明天", 1),
        ("明日", 1),
        ("明早", 1),
        ("后天", 2),
        ("yesterday", -1),
        ("tomorrow", 1),
        ("today", 0),
    ];
    let (_, days) = WORDS.iter().find(|(word, _)| text.contains(word))?;
    today.checked_add(days.days()).ok()
}

/// `3天前`, `两周后`, `半个月前`, `3 days ago`, `in a week`.
fn counted(text: &str, today: Date) -> Option<Date> {
    let chinese = regex!(
        r"([0-9]{1,3}|[一二两三四五六七八九十]{1,3}|半)(?: ?)(天|日|周|个?星期|个?礼拜|个半月|个月)(?:之?(前|后)|以(前|后))"
    );
    let english = regex!(
        r"\b(?:(in) )?([0-9]{1,3}|an?|one|two|three|four|five|six|seven|ten) (day|week|month)s?(?: (ago|before|from now|later))?\b"
    );
    let (count, unit, back) = if let Some(found) = chinese.captures(text) {
        let direction = found.get(3).or_else(|| found.get(4))?.as_str();
        // 半个月 is a fortnight; half of anything else is no day.
        let half = &found[1] == "半";
        if half && &found[2] != "个月" {
            return None;
        }
        let count = if half {
            15
        } else {
            i64::try_from(number::parse(&found[1])?).ok()?
        };
        let unit = match &found[2] {
            "天" | "日" => "day",
            "个月" if half => "day",
            "个月" => "month",
            "个半月" => return None,
            _ => "week",
        };
        (count, unit.to_owned(), direction == "前")
    } else {
        let found = english.captures(text)?;
        let after = found.get(4).map(|word| word.as_str());
        let back = match (found.get(1), after) {
            (_, Some("ago" | "before")) => true,
            (Some(_), _) | (None, Some(_)) => false,
            (None, None) => return None,
        };
        let count = match &found[2] {
            "a" | "an" | "one" => 1,
            "two" => 2,
            "three" => 3,
            "four" => 4,
            "five" => 5,
            "six" => 6,
            "seven" => 7,
            "ten" => 10,
            digits => digits.parse().ok()?,
        };
        (count, found[3].to_owned(), back)
    };
    let count = if back { -count } else { count };
    let span = match unit.as_str() {
        "day" => count.days(),
        "week" => count.weeks(),
        _ => count.months(),
    };
    today.checked_add(span).ok()
}

/// `周五` is the coming one, today included (the last one where only the past is plausible); with
/// 这, 上 or 下 it counts in weeks from Monday. `last Friday` is the latest one before today.
fn weekday(text: &str, today: Date, lean: Lean) -> Option<Date> {
    let chinese = regex!(r"(这|本|上上|上|下下|下)?(?:个)?(?:周|星期|礼拜)([一二三四五六日天])");
    let english = regex!(r"\b(this |last |next )?(mon|tues|wednes|thurs|fri|satur|sun)day\b");
    let (prefix, day) = if let Some(found) = chinese.captures(text) {
        let day = "一二三四五六日".find(found[2].replace('天', "日").as_str())? / "一".len();
        (
            found.get(1).map_or("", |prefix| prefix.as_str()).to_owned(),
            day,
        )
    } else {
        let found = english.captures(text)?;
        let days = ["mon", "tues", "wednes", "thurs", "fri", "satur", "sun"];
        let day = days.iter().position(|day| *day == &found[2])?;
        (
            found.get(1).map_or("", |prefix| prefix.as_str()).to_owned(),
            day,
        )
    };
    let wanted = Weekday::from_monday_zero_offset(i8::try_from(day).ok()?).ok()?;
    let back = i64::from(wanted.until(today.weekday()));
    let weeks = match prefix.trim() {
        "" if lean == Lean::Past => return today.checked_sub(back.days()).ok(),
        "" => {
            let ahead = i64::from(today.weekday().until(wanted));
            return today.checked_add(ahead.days()).ok();
        }
        "last" => {
            let back = if back == 0 { 7 } else { back };
            return today.checked_sub(back.days()).ok();
        }
        "上上" => -2,
        "上" => -1,
        "下" | "next" => 1,
        "下下" => 2,
        _ => 0,
    };
    let since_monday = today.weekday().to_monday_zero_offset();
    let offset = i64::from(wanted.to_monday_zero_offset()) - i64::from(since_monday);
    today.checked_add((offset + 7 * weeks).days()).ok()
}

fn day_of_month(text: &str, today: Date, lean: Lean) -> Option<Date> {
    let pattern = regex!(
        r"(?:^|[^0-9一二三四五六七八九十月])([0-9]{1,2}|[一二三四五六七八九十]{1,3}) ?[号日](?:[^0-9楼线店门码房]|$)"
    );
    let day = small(&pattern.captures(text)?[1])?;
    let months = [-1, 0, 1].into_iter().filter_map(|months: i64| {
        let month = today.first_of_month().checked_add(months.months()).ok()?;
        date(month.year(), month.month(), day)
    });
    nearest(months, today, lean)
}

fn nearest_year(month: i8, day: i8, today: Date, lean: Lean) -> Option<Date> {
    let years = [-1, 0, 1]
        .into_iter()
        .filter_map(|years| date(today.year() + years, month, day));
    nearest(years, today, lean)
}

/// The later one of two that are equally near; on the side that is leant to, if there is one.
fn nearest(days: impl Iterator<Item = Date>, today: Date, lean: Lean) -> Option<Date> {
    let distance = |day: &Date| (*day - today).get_days().abs();
    let implausible = |day: &Date| match lean {
        Lean::Past => *day > today,
        Lean::Future => *day < today,
        Lean::Nearest => false,
    };
    days.min_by_key(|day| (implausible(day), distance(day), *day < today))
}

fn small(text: &str) -> Option<i8> {
    i8::try_from(number::parse(text)?).ok()
}

fn date(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok()
}
