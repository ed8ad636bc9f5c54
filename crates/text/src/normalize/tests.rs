use proptest::prelude::*;

use super::{NORMALIZED_CHARS_MAX, Normalized, normalize, normalize_chars};

#[track_caller]
fn same(texts: &[&str], expected: &str) {
    for text in texts {
        assert_eq!(normalize(text), expected, "for {text:?}");
    }
}

#[test]
fn people_type_the_same_thing_in_many_ways() {
    same(
        &[
            "我要退货",
            "我要退貨",
            "我 要 退 货！！！",
            "【我要退货】",
            "我要😡退货",
            "我\u{200B}要退货",
        ],
        "我要退货",
    );
    same(
        &[
            "iPhone１５",
            "iphone15",
            "ＩＰＨＯＮＥ 15?".replace(' ', "").as_str(),
        ],
        "iphone15",
    );
    same(
        &[
            "Where's my order??",
            "wheres   my\torder",
            "ＷＨＥＲＥＳ ＭＹ ＯＲＤＥＲ",
        ],
        "wheres my order",
    );
    same(&["妳們有髮票嗎", "你们有发票吗"], "你们有发票吗");
}

#[test]
fn spaces_stay_only_between_words() {
    same(
        &["iPhone 手机 case cover", "iphone手机case cover"],
        "iphone手机case cover",
    );
    same(&["  a  -  b  "], "a b");
}

#[test]
fn drawn_out_letters_are_as_the_word_is_spelt_and_real_doubles_stay() {
    same(&["哈哈哈哈哈", "哈 哈 哈", "哈哈", "哈，哈哈哈！"], "哈哈");
    same(&["好好好好", "好好好"], "好好");
    same(&["啊啊啊怎么办", "啊啊怎么办"], "啊啊怎么办");
    same(&["谢谢", "谢谢～～"], "谢谢");
    same(&["天天都要等"], "天天都要等");
    same(&["pleeease", "PLEEEEEEASE", "please"], "please");
    same(&["sooooooo good", "so goodddd", "so good"], "so good");
    same(&["a good book"], "a good book");
    same(&["aaa", "aa"], "aa");
    same(&["XXXL", "xxxl"], "xxxl");
    same(&["XXL"], "xxl");
    same(&["10000 元", "１００００元"], "10000元");
    same(&["一一一"], "一一一");
}

#[test]
fn characters_that_hide_or_turn_text_leave_no_trace() {
    same(
        &[
            "\u{202E}我要\u{202C}退\u{2066}货\u{2069}",
            "我\u{200D}要\u{FEFF}退\u{00AD}货",
            "\u{200F}我要退货\u{0}",
        ],
        "我要退货",
    );
    same(&["re\u{200B}fund", "re\u{2060}fund"], "refund");
}

#[test]
fn what_was_found_is_shown_where_it_stands() {
    let shown = |text: &'static str, found: &str| {
        let normal = Normalized::of(text);
        let at = normal
            .text()
            .find(found)
            .unwrap_or_else(|| panic!("{found} in {normal:?}"));
        &text[normal.original(at..at + found.len())]
    };
    assert_eq!(shown("我想退 貨！！", "退货"), "退 貨");
    assert_eq!(shown("ＲＥＴＵＲＮ it", "return"), "ＲＥＴＵＲＮ");
    assert_eq!(shown("pleeease help", "please"), "pleeease");
    assert_eq!(shown("e\u{301}tude", "étude"), "e\u{301}tude");
    assert_eq!(shown("㍿です", "株式会社"), "㍿");
    assert_eq!(shown("哈哈哈哈好", "哈哈"), "哈哈哈哈");
    assert_eq!(shown("a … b", "a b"), "a … b");
    assert_eq!(Normalized::of("").original(0..0), 0..0);
}

#[test]
fn nothing_but_signs_is_nothing() {
    same(
        &[
            "",
            "   ",
            "？？！",
            "😀👨‍👩‍👧",
            "\u{0}\u{7}",
            "\u{200B}\u{FEFF}",
            "…———",
        ],
        "",
    );
}

#[test]
fn marks_and_enclosures_leave_their_letter() {
    same(&["z\u{0335}\u{0336}a\u{0316}lgo", "zalgo"], "zalgo");
    same(&["①⑵"], "1 2");
    same(&["㍿"], "株式会社");
}

#[test]
fn the_length_is_bounded() {
    for text in ["退x", "a ", "1", "ﷺ", "a\u{0301}"] {
        let long = normalize(&text.repeat(100_000));
        assert!(long.chars().count() <= NORMALIZED_CHARS_MAX, "for {text:?}");
        assert_eq!(normalize(&long), long, "for {text:?}");
    }
}

#[test]
fn every_character_by_itself_and_between_letters_settles() {
    for c in '\0'..=char::MAX {
        for text in [
            c.to_string(),
            format!("a{c}b"),
            format!("か{c}\u{3099}"),
            format!("退{c}货 {c}{c}{c}"),
        ] {
            let once = normalize(&text);
            assert_eq!(normalize(&once), once, "for {text:?}");
        }
    }
}

/// Half plain text, half the characters that compose, decompose, join or vanish.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "A",
        " ",
        "退",
        "貨",
        "か",
        "\u{3099}",
        "\u{0301}",
        "\u{200D}",
        "İ",
        "ß",
        "ﷺ",
        "Ａ",
        "1",
        "１",
        "'",
        ".",
        "가",
        "ᄀ",
        "ᅡ",
        "ᆨ",
        "ﬁ",
        "㍿",
        "😀",
        "\u{FE0F}",
        "Σ",
        "ς",
        "\u{0345}",
        "ᾳ",
        "\u{1F3FB}",
        "臺",
        "々",
        "…",
    ]);
    prop::collection::vec(
        prop_oneof![pieces.prop_map(str::to_owned), ".".prop_map(|s: String| s)],
        0..40,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn normalize_is_idempotent(text in nasty()) {
        let once = normalize(&text);
        prop_assert_eq!(normalize(&once), once);
    }

    #[test]
    fn a_stream_gives_what_the_whole_text_gives(text in nasty()) {
        let streamed: String = normalize_chars(text.chars()).collect();
        prop_assert_eq!(streamed, normalize(&text));
    }

    #[test]
    fn positions_lie_in_the_original_and_never_turn_back(text in nasty()) {
        let normal = Normalized::of(&text);
        prop_assert_eq!(normal.text(), normalize(&text));
        let mut start = 0;
        for (at, c) in normal.text().char_indices() {
            let place = normal.original(at..at + c.len_utf8());
            prop_assert!(text.get(place.clone()).is_some_and(|part| !part.is_empty()), "{:?} of {:?}", place, text);
            prop_assert!(place.start >= start);
            start = place.start;
        }
    }

    /// Whoever asks what a text can hold relies on it.
    #[test]
    fn every_character_of_a_result_is_its_own_form(text in nasty()) {
        for c in normalize(&text).chars().filter(|c| *c != ' ') {
            prop_assert_eq!(normalize(&c.to_string()), c.to_string());
        }
    }

    #[test]
    fn the_result_has_no_loose_spaces_and_no_long_runs(text in nasty()) {
        let text = normalize(&text);
        prop_assert_eq!(text.trim(), text.as_str());
        prop_assert!(!text.contains("  "));
        let chars: Vec<char> = text.chars().collect();
        for three in chars.windows(3) {
            let [a, b, c] = three else { continue };
            prop_assert!(a != b || b != c || crate::class::counts_when_repeated(*a), "{:?} repeats in {:?}", a, text);
        }
    }

    #[test]
    fn punctuation_never_changes_the_meaning_of_chinese(text in "[退货款订单查物流]{1,12}", sign in "[，。！？、 ~～…]") {
        let spread: String = text.chars().flat_map(|c| [c, sign.chars().next().unwrap_or(' ')]).collect();
        prop_assert_eq!(normalize(&spread), normalize(&text));
    }
}
