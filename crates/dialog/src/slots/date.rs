//! Days. Without a year or month the nearest such day is meant: a shop's visitors speak of last
//! week's order and of next week's delivery alike.

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};

use super::{number, regex};

/// The first form that is there, the most exact one first.
pub(super) fn find(folded: &str, today: Date) -> Option<Date> {
    let text = folded.to_lowercase();
    full(&text)
        .or_else(|| month_and_day(&text, today))
        .or_else(|| english(&text, today))
        .or_else(|| relative(&text, today))
        .or_else(|| weekday(&text, today))
        .or_else(|| day_of_month(&text, today))
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

fn month_and_day(text: &str, today: Date) -> Option<Date> {
    let words = regex!(
        r"([0-9]{1,2}|[一二三四五六七八九十]{1,2}) ?月(?:份)? ?([0-9]{1,2}|[一二三四五六七八九十]{1,3}) ?[日号]?"
    );
    let signs = regex!(r"(?:^|[^0-9./-])([0-9]{1,2})[/-]([0-9]{1,2})(?:[^0-9./-]|$)");
    let found = words.captures(text).or_else(|| signs.captures(text))?;
    nearest_year(small(&found[1])?, small(&found[2])?, today)
}

fn english(text: &str, today: Date) -> Option<Date> {
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
        None => nearest_year(month, day, today),
    }
}

fn relative(text: &str, today: Date) -> Option<Date> {
    // The longer words first: 大后天 holds 后天.
    const WORDS: [(&str, i64); 17] = [
        ("大前天", -3),
        ("大后天", 3),
        ("the day before yesterday", -2),
        ("the day after tomorrow", 2),
        ("前天", -2),
        ("昨天", -1),
        ("昨日", -1),
        ("昨晚", -1),
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
    let word = WORDS.iter().find(|(word, _)| text.contains(word));
    let days = match word {
        Some((_, days)) => *days,
        None => {
            let counted =
                regex!(r"([0-9]{1,3}|[一二两三四五六七八九十]{1,3}) ?天(之?前|之?后|以前|以后)");
            let found = counted.captures(text)?;
            let days = i64::try_from(number::parse(&found[1])?).ok()?;
            if found[2].ends_with('前') {
                -days
            } else {
                days
            }
        }
    };
    today.checked_add(days.days()).ok()
}

/// `周五` is the coming one, today included; with 这, 上 or 下 it counts in weeks from Monday.
fn weekday(text: &str, today: Date) -> Option<Date> {
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
    let weeks = match prefix.trim() {
        "" => {
            return today
                .checked_add(i64::from(today.weekday().until(wanted)).days())
                .ok();
        }
        "上上" => -2,
        "上" | "last" => -1,
        "下" | "next" => 1,
        "下下" => 2,
        _ => 0,
    };
    let since_monday = today.weekday().to_monday_zero_offset();
    let offset = i64::from(wanted.to_monday_zero_offset()) - i64::from(since_monday);
    today.checked_add((offset + 7 * weeks).days()).ok()
}

fn day_of_month(text: &str, today: Date) -> Option<Date> {
    let pattern = regex!(
        r"(?:^|[^0-9一二三四五六七八九十月])([0-9]{1,2}|[一二三四五六七八九十]{1,3}) ?[号日](?:[^0-9楼线店门码房]|$)"
    );
    let day = small(&pattern.captures(text)?[1])?;
    let months = [-1, 0, 1].into_iter().filter_map(|months: i64| {
        let month = today.first_of_month().checked_add(months.months()).ok()?;
        date(month.year(), month.month(), day)
    });
    nearest(months, today)
}

fn nearest_year(month: i8, day: i8, today: Date) -> Option<Date> {
    let years = [-1, 0, 1]
        .into_iter()
        .filter_map(|years| date(today.year() + years, month, day));
    nearest(years, today)
}

/// The later one of two that are equally near.
fn nearest(days: impl Iterator<Item = Date>, today: Date) -> Option<Date> {
    let distance = |day: &Date| (*day - today).get_days().abs();
    days.min_by_key(|day| (distance(day), *day < today))
}

fn small(text: &str) -> Option<i8> {
    i8::try_from(number::parse(text)?).ok()
}

fn date(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok()
}
