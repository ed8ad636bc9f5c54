use proptest::prelude::*;

use super::{QUERY_TERMS_MAX, Query, WORD_CHARS_MAX, snippet, terms};
use crate::{NORMALIZED_CHARS_MAX, is_han, normalize};

fn listed(text: &str) -> Vec<String> {
    let normal = normalize(text);
    terms(&normal).map(|term| term.text.to_owned()).collect()
}

fn found(query: &str, text: &str) -> bool {
    Query::of(query).matches([text].into_iter())
}

#[test]
fn a_text_becomes_pairs_and_words() {
    assert_eq!(listed("我要退货"), ["我要", "要退", "退货", "货"]);
    assert_eq!(listed("退"), ["退"]);
    assert_eq!(
        listed("SF-1029，iPhone 15手机"),
        ["sf", "1029", "iphone", "15", "手机", "机"]
    );
    assert_eq!(
        listed("li.wang@example.com"),
        ["li", "wang", "example", "com"]
    );
    assert!(listed("……！？").is_empty());
}

#[test]
fn any_part_of_a_chinese_text_is_found() {
    let text = "您好，我想查询一下退款进度。";
    for query in [
        "退",
        "度",
        "退款",
        "款进",
        "查询一下",
        "想查询一下退款进度",
        "您好我",
        "您好，我",
    ] {
        assert!(found(query, text), "{query}");
    }
    for query in ["款退", "货", "退货", "好您", "查询进度"] {
        assert!(!found(query, text), "{query}");
    }
}

#[test]
fn traditional_and_full_width_find_simplified_and_half_width() {
    assert!(found("退貨", "我要退货"));
    assert!(found("退货", "我要退貨"));
    assert!(found("ＩＰＨＯＮＥ", "my iPhone"));
}

#[test]
fn words_are_whole_and_punctuation_joins_them() {
    let text = "Order #SF-1029, mail li.wang@example.com please";
    for query in [
        "order",
        "sf-1029",
        "SF 1029",
        "1029",
        "example.com",
        "wang@example",
        "please order",
    ] {
        assert!(found(query, text), "{query}");
    }
    for query in ["ord", "102", "com.example", "1029-sf"] {
        assert!(!found(query, text), "{query}");
    }
}

#[test]
fn scripts_that_meet_are_one_phrase() {
    let text = "手机iphone第3章";
    for query in [
        "手机iphone",
        "机iphone",
        "iphone第",
        "第3章",
        "3章",
        "机iphone第3",
        "章",
    ] {
        assert!(found(query, text), "{query}");
    }
    assert!(!found("手iphone", text));
}

#[test]
fn what_looks_like_an_operator_is_text() {
    assert!(found("a AND b", "b and a"));
    assert!(!found("a AND b", "b or a"));
    assert!(!found("a OR b", "a"));
    assert!(!found("ref*", "refund"));
    assert!(found("\"refund* NEAR(", "near a refund"));
    assert!(!found("-refund", "order"));
}

#[test]
fn nothing_finds_nothing() {
    for query in ["", " ", "……", "* \" '"] {
        assert!(Query::of(query).is_empty());
        assert!(!found(query, "…… * anything"));
    }
}

#[test]
fn a_phrase_does_not_go_from_one_text_into_the_next() {
    let query = Query::of("退款");
    assert!(!query.matches(["可退", "款式"].into_iter()));
    assert!(Query::of("可退 款式").matches(["可退", "款式"].into_iter()));
}

#[test]
fn long_texts_words_and_queries_are_bounded() {
    let long = "退货a ".repeat(100_000);
    assert!(listed(&long).len() <= NORMALIZED_CHARS_MAX);
    let word = "ab".repeat(10_000);
    assert_eq!(listed(&word)[0].chars().count(), WORD_CHARS_MAX);
    assert!(found(&word, &word));
    let many: String = (0..10_000).map(|n| format!("w{n} ")).collect();
    let count = |query: &Query| {
        query
            .phrases()
            .iter()
            .map(|phrase| phrase.terms.len())
            .sum::<usize>()
    };
    assert_eq!(count(&Query::of(&many)), QUERY_TERMS_MAX);
    assert!(count(&Query::of(&"退货款".repeat(9_000))) <= QUERY_TERMS_MAX);
    assert_eq!(Query::of(&"退货 ".repeat(10_000)), Query::of("退货"));
}

#[test]
fn a_snippet_shows_what_was_found_by_characters() {
    let shown = snippet("😀 我要退貨，謝謝", &Query::of("退货"), 120);
    assert_eq!(shown.text, "😀 我要退貨，謝謝");
    assert_eq!(shown.spans.first(), Some(&(4..6)));
    let shown = snippet("买了一个\nＩＰＨＯＮＥ，坏了", &Query::of("iphone 了"), 120);
    assert_eq!(shown.text, "买了一个 ＩＰＨＯＮＥ，坏了");
    assert_eq!(shown.spans, [1..2, 5..11, 13..14]);
    assert_eq!(snippet("没有", &Query::of("退"), 120).spans, []);
}

#[test]
fn a_snippet_of_a_long_text_is_cut_around_the_first_find() {
    let text = format!("{}退货{}", "啊吧".repeat(100), "哦呢".repeat(100));
    let shown = snippet(&text, &Query::of("退货"), 60);
    assert_eq!(shown.text.chars().count(), 62);
    assert!(shown.text.starts_with('…') && shown.text.ends_with('…'));
    assert_eq!(shown.spans.first(), Some(&(16..18)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn every_part_of_a_normal_text_is_found_when_it_cuts_no_word(
        text in "[退货款的好a1 ，]{1,24}", from in 0..24_usize, length in 1..24_usize,
    ) {
        let normal: Vec<char> = normalize(&text).chars().collect();
        let part = normal.get(from..normal.len().min(from + length)).unwrap_or_default();
        let inside = |at: usize| normal.get(at).is_some_and(|c| c.is_alphanumeric() && !is_han(*c));
        let cuts = |at: usize| at > 0 && inside(at - 1) && inside(at);
        if part.iter().all(|c| *c == ' ') || cuts(from) || cuts(from + part.len()) {
            return Ok(());
        }
        let part: String = part.iter().collect();
        prop_assert!(found(&part, &text), "{part:?} in {text:?}");
    }

    #[test]
    fn a_phrase_without_words_is_found_only_where_it_stands(text in "[退货款的]{1,16}", part in "[退货款的]{1,4}") {
        let (text, part) = (normalize(&text), normalize(&part));
        prop_assert_eq!(found(&part, &text), text.contains(&part));
    }

    #[test]
    fn terms_are_letters_and_stand_where_they_say(text in "\\PC{0,40}") {
        let normal = normalize(&text);
        let mut last = 0;
        for term in terms(&normal) {
            prop_assert!(term.text.chars().all(char::is_alphanumeric), "{:?}", term.text);
            prop_assert!(normal[term.range.clone()].starts_with(term.text));
            prop_assert!(term.range.start >= last);
            last = term.range.start;
        }
        prop_assert!(terms(&normal).count() <= normal.chars().count());
    }

    #[test]
    fn spans_lie_apart_within_the_snippet(text in "[退货款a １😀\\n，]{0,80}", query in "[退货款a 1]{0,6}", most in 1..60_usize) {
        let shown = snippet(&text, &Query::of(&query), most);
        let chars = shown.text.chars().count();
        prop_assert!(chars <= most + 2);
        let mut last = 0;
        for span in &shown.spans {
            prop_assert!(span.start >= last && span.start < span.end && span.end <= chars, "{shown:?}");
            last = span.end;
        }
        prop_assert_eq!(shown.spans.is_empty(), Query::of(&query).places(&normalize(&text)).is_empty());
    }
}
