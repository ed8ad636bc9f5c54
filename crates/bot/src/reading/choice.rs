//! Words that pick one of the options on offer, or none, or say yes and no.

use kefu_dialog::Choice;
use kefu_text::normalize;

use super::regex;

/// What `text` picks of options that are called `titles` (each by its names in all languages).
/// Only a text that says nothing else picks by number.
pub(crate) fn pick(text: &str, titles: &[Vec<&str>]) -> Option<Choice> {
    let text = normalize(text);
    if text.is_empty() {
        return None;
    }
    let named = |names: &Vec<&str>| names.iter().any(|name| normalize(name) == text);
    if let Some(at) = titles.iter().position(named) {
        return Some(Choice::Option(at));
    }
    if none(&text) {
        return Some(Choice::None);
    }
    ordinal(&text, titles.len())
        .filter(|at| *at < titles.len())
        .map(Choice::Option)
}

fn ordinal(text: &str, count: usize) -> Option<usize> {
    let chinese = regex!(
        r"^(?:我|要|想|问|选|是|就|那|的|应该|说)*第?(?<n>[123]|一|二|两|三)(?:个|条|项|种|号|点)?(?:吧|的|呢|啊|问题)*$"
    );
    let english = regex!(
        r"^(?:i|mean|want|its|the|option|number|no|choose|pick| )*(?<n>[123]|1st|2nd|3rd|first|second|third|one|two|three)(?: one| option| please)*$"
    );
    let last = regex!(
        r"^(?:我?[要选]|是)?最后(?:一|那)?个?(?:吧|的)?$|^(?:the )?last(?: one)?(?: please)?$"
    );
    let found = chinese.captures(text).or_else(|| english.captures(text));
    match found.as_ref().map(|found| &found["n"]) {
        Some("1" | "一" | "1st" | "first" | "one") => Some(0),
        Some("2" | "二" | "两" | "2nd" | "second" | "two") => Some(1),
        Some(_) => Some(2),
        None => last.is_match(text).then(|| count.saturating_sub(1)),
    }
}

fn none(text: &str) -> bool {
    const NONE: [&str; 16] = [
        "都不是",
        "都不对",
        "都不",
        "全不是",
        "以上都不是",
        "没有",
        "都没有",
        "没一个",
        "没有一个",
        "none",
        "none of these",
        "none of them",
        "none of the above",
        "neither",
        "nothing",
        "no one",
    ];
    let text = text.trim_end_matches(['啊', '的', '吧', '呀']);
    NONE.contains(&text)
}

/// Yes or no by themselves, for intent sets that do not bring their own.
pub(crate) fn yes_or_no(text: &str) -> Option<bool> {
    const YES: [&str; 19] = [
        "是", "是的", "对", "对的", "嗯", "嗯嗯", "好", "好的", "可以", "没错", "行", "要", "ok",
        "okay", "yes", "yeah", "yep", "sure", "right",
    ];
    const NO: [&str; 13] = [
        "不",
        "不是",
        "不对",
        "不是的",
        "错了",
        "不要",
        "不用",
        "否",
        "no",
        "nope",
        "nah",
        "not really",
        "wrong",
    ];
    let text = normalize(text);
    if YES.contains(&text.as_str()) {
        Some(true)
    } else if NO.contains(&text.as_str()) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use kefu_dialog::Choice;

    use super::{pick, yes_or_no};

    #[test]
    fn options_are_picked_by_number_name_or_not_at_all() {
        let titles = vec![
            vec!["申请退货", "Return an item"],
            vec!["退货进度", "Return status"],
        ];
        for (text, choice) in [
            ("1", Some(Choice::Option(0))),
            ("２", Some(Choice::Option(1))),
            ("第一个", Some(Choice::Option(0))),
            ("我选第二个吧", Some(Choice::Option(1))),
            ("那就第2个", Some(Choice::Option(1))),
            ("the second one", Some(Choice::Option(1))),
            ("Option 1, please!", Some(Choice::Option(0))),
            ("最后一个", Some(Choice::Option(1))),
            ("退货进度？", Some(Choice::Option(1))),
            ("return an ITEM", Some(Choice::Option(0))),
            ("都不是", Some(Choice::None)),
            ("None of these.", Some(Choice::None)),
            ("3", None),
            ("第三个", None),
            ("我要退一个货", None),
            ("12", None),
            ("", None),
            ("？", None),
        ] {
            assert_eq!(pick(text, &titles), choice, "{text}");
        }
    }

    #[test]
    fn a_bare_yes_or_no_is_one() {
        assert_eq!(yes_or_no("嗯嗯！"), Some(true));
        assert_eq!(yes_or_no("No."), Some(false));
        assert_eq!(yes_or_no("是不是要钱"), None);
    }
}
