//! What is found, what is masked, and what holds of every text.

use kefu_words::{Action, Hit, List, MASK, Span, limits::PLACES_MAX, same_apart_from};
use proptest::prelude::*;

fn list(entries: &[(&str, Action)]) -> List {
    List::build(entries.iter().copied()).expect("a small list")
}

fn masking(entries: &[&str]) -> List {
    List::build(entries.iter().map(|entry| (*entry, Action::Mask))).expect("a small list")
}

/// The text as it would be stored.
fn stored(list: &List, text: &str) -> String {
    let masked = list.judge(text).masked;
    masked.map_or_else(|| text.to_owned(), |masked| masked.text)
}

#[test]
fn a_word_is_found_however_it_is_written() {
    let list = masking(&["赌博网站", "viagra", "加v信", "1989"]);
    for (text, expected) in [
        ("上赌博网站吗", "上****吗"),
        ("上賭博網站嗎", "上****嗎"),
        ("赌 博。网😀站!", "*******!"),
        ("赌\u{200B}博网站", "*****"),
        ("赌\n博*网-站", "*******"),
        ("ＶＩＡＧＲＡ now", "****** now"),
        ("Viaaaaagra", "**********"),
        ("buy v.i-a g r a!", "buy ***********!"),
        ("a v i a g r a", "a ***********"),
        ("加V❤️信我", "*****我"),
        ("in 1 9 8 9", "in *******"),
        ("①⑨⑧⑨", "****"),
    ] {
        assert_eq!(stored(&list, text), expected, "for {text:?}");
    }
}

#[test]
fn what_only_looks_alike_passes() {
    let list = masking(&["penis", "ass", "赌博", "1989"]);
    for text in [
        "the pen is blue",
        "a class of 30",
        "as so",
        "赌了博",
        "order 19890",
        "pen i s",
    ] {
        assert_eq!(
            list.judge(text),
            kefu_words::Verdict::default(),
            "for {text:?}"
        );
    }
}

#[test]
fn block_goes_before_all_and_alert_beside_a_mask() {
    let list = list(&[
        ("代开发票", Action::Block),
        ("傻瓜", Action::Mask),
        ("曝光", Action::Alert),
    ]);
    let verdict = list.judge("傻瓜，代开发票！");
    assert!(verdict.block && verdict.masked.is_none());
    let verdict = list.judge("傻瓜，我要曝光你");
    assert!(verdict.alert && !verdict.block);
    let masked = verdict.masked.expect("one word is masked");
    assert_eq!(masked.text, "**，我要曝光你");
    assert_eq!(masked.spans, [Span { start: 0, end: 2 }]);
}

#[test]
fn an_alert_says_which_entries_are_there_and_where() {
    let list = list(&[
        ("曝 光", Action::Alert),
        ("傻瓜", Action::Mask),
        ("media", Action::Alert),
        ("代开发票", Action::Block),
    ]);
    let hit = |rule: &str, spans: &[(u32, u32)]| Hit {
        rule: rule.to_owned(),
        spans: spans
            .iter()
            .map(|&(start, end)| Span { start, end })
            .collect(),
    };
    let verdict = list.judge("傻瓜！曝*光给 MEDIA，曝光");
    // As they stand in the list, in characters of what is stored.
    assert_eq!(
        verdict.hits,
        [hit("曝 光", &[(3, 6), (14, 16)]), hit("media", &[(8, 13)])]
    );
    let stored = verdict.masked.map(|masked| masked.text);
    assert_eq!(stored.as_deref(), Some("**！曝*光给 MEDIA，曝光"));
    assert!(
        list.judge("曝光，代开发票").hits.is_empty(),
        "nothing is stored"
    );
    // However often: a bounded number of places.
    let often = list.judge(&"曝光。".repeat(500));
    assert_eq!(often.hits[0].spans.len(), PLACES_MAX);
}

#[test]
fn words_inside_each_other_leave_nothing_behind() {
    let list = list(&[("坏话", Action::Mask), ("脏字", Action::Block)]);
    assert_eq!(stored(&list, "坏坏话话"), "****");
    // What is masked between two halves hides nothing.
    assert!(list.judge("脏坏话字").block);
    // Deeper than anybody looks: all of it.
    let list = masking(&["ab", "甲乙", "丙丁"]);
    let nested = (0..40).fold(String::from("甲乙"), |inner, at| {
        if at % 2 == 0 {
            format!("丙{inner}丁")
        } else {
            format!("甲{inner}乙")
        }
    });
    let text = format!("好{nested}好");
    assert_eq!(stored(&list, &text), "*".repeat(text.chars().count()));
}

#[test]
fn what_comes_late_in_a_long_text_is_found() {
    let list = masking(&["赌博"]);
    for before in ["一二", "ﷺ", "😀", "e\u{301} "] {
        let text = format!("{}赌博", before.repeat(4_000));
        assert!(stored(&list, &text).ends_with("**"), "after {before:?}");
    }
}

#[test]
fn a_list_of_many_thousands_finds_its_own() {
    let entries: Vec<String> = (0..20_000).map(|at| format!("词{at}号")).collect();
    let list = masking(&entries.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(list.len(), 20_000);
    assert_eq!(stored(&list, "说词19999号了"), "说*******了");
    assert_eq!(stored(&list, "说词20000号了"), "说词20000号了");
}

#[test]
fn an_empty_list_lets_everything_pass() {
    assert_eq!(
        List::default().judge("赌博"),
        kefu_words::Verdict::default()
    );
    assert!(masking(&["？！"]).is_empty());
}

/// Texts in which words of [`SMALL`] are likely, and everything that people put between.
fn texts() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        Just("坏".to_owned()),
        Just("话".to_owned()),
        Just("甲".to_owned()),
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("ab".to_owned()),
        Just(" ".to_owned()),
        Just("*".to_owned()),
        Just("壞".to_owned()),
        Just("話".to_owned()),
        Just("\u{200B}".to_owned()),
        Just("\u{301}".to_owned()),
        Just("😀".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(parts, 0..40).prop_map(|parts| parts.concat())
}

const SMALL: &[&str] = &["坏话", "话甲", "ab", "a b 坏", "bb"];

proptest! {
    #[test]
    fn masking_keeps_the_length_and_what_is_not_masked(text in texts()) {
        let list = masking(SMALL);
        let Some(masked) = list.judge(&text).masked else { return Ok(()) };
        prop_assert_eq!(masked.text.chars().count(), text.chars().count());
        let spans = &masked.spans;
        prop_assert!(!spans.is_empty());
        prop_assert!(spans.iter().all(|span| span.start < span.end));
        prop_assert!(spans.windows(2).all(|two| two[0].end < two[1].start));
        let covered = |at: usize| spans.iter().any(|s| (s.start as usize..s.end as usize).contains(&at));
        for (at, (before, after)) in text.chars().zip(masked.text.chars()).enumerate() {
            prop_assert_eq!(after, if covered(at) { MASK } else { before });
        }
        prop_assert!(same_apart_from(&text, &[], &masked.text, spans));
    }

    #[test]
    fn a_masked_text_never_matches_again(text in texts()) {
        let list = masking(SMALL);
        let once = stored(&list, &text);
        prop_assert_eq!(list.judge(&once), kefu_words::Verdict::default());
    }

    #[test]
    fn every_span_begins_and_ends_with_what_was_found(text in texts()) {
        let list = masking(&["坏话"]);
        let chars: Vec<char> = text.chars().collect();
        for Span { start, end } in list.judge(&text).masked.map_or_else(Vec::new, |m| m.spans) {
            let ends = [chars[start as usize], chars[end as usize - 1]];
            prop_assert!("坏壞".contains(ends[0]), "{text:?} {start}..{end}");
            prop_assert!(!ends[1].is_whitespace() && ends[1] != '*', "{text:?} {start}..{end}");
        }
    }

    #[test]
    fn nothing_panics(text in any::<String>(), entry in any::<String>()) {
        let list = list(&[(&entry, Action::Mask), (&text, Action::Alert)]);
        let _ = list.judge(&text);
        let _ = list.judge(&entry);
    }
}
