//! Input that is meant to hurt, or was made by a tool that went wrong: a refusal with its place,
//! or a stated limit, in bounded time and memory.

use std::fmt::Write as _;

use jiff::civil::{Date, date};
use kefu_intents::{Catalogue, limits};

const TODAY: Date = date(2026, 11, 21);

fn parse(text: &str) -> Result<Catalogue, String> {
    Catalogue::parse([("a.yaml", text)], TODAY).map_err(|error| error.to_string())
}

/// What is said of an intent with these further keys.
#[track_caller]
fn refused(keys: &str) -> String {
    let text = format!("intents:\n- id: a\n  title: 甲\n{keys}");
    parse(&text).expect_err("it is refused")
}

#[test]
fn a_bomb_of_anchors_is_refused_before_it_unfolds() {
    let mut bomb = String::from("a0: &a0 [lol, lol, lol]\n");
    for at in 1..30 {
        let last = at - 1;
        let _ = writeln!(
            bomb,
            "a{at}: &a{at} [*a{last}, *a{last}, *a{last}, *a{last}]"
        );
    }
    let said = parse(&bomb).expect_err("refused");
    assert!(
        said.contains("a.yaml:1:9: error: anchors (&) and tags (!) are not used"),
        "{said}"
    );
    assert!(
        said.contains("a.yaml:2:10: error: aliases (*) are not used"),
        "{said}"
    );
    let merged = refused("  <<: {phrasings: [甲甲]}\n");
    assert!(merged.contains("unknown key `<<`"), "{merged}");
}

#[test]
fn nesting_is_refused_at_the_limit_and_where_it_is() {
    for deep in [
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(100_000),
        "? ".repeat(100_000),
    ] {
        let said = parse(&format!("intents:\n  {deep}")).expect_err("refused");
        assert!(
            said.starts_with("a.yaml:2:"),
            "{}",
            said.chars().take(200).collect::<String>()
        );
    }
}

#[test]
fn ten_megabytes_of_anything_end_in_bounded_time() {
    let size = usize::try_from(limits::FILE_BYTES_MAX).unwrap_or(usize::MAX);
    let fill = |piece: &str| piece.repeat(size / piece.len());
    for text in [
        fill("#"),
        fill("\n"),
        fill("a: 甲\n"),
        format!("intents: \"{}\"", fill("\\u0041")),
        format!("intents:\n{}", fill("- {}\n")),
        format!("intents:\n- id: a\n  phrasings: [{}]", fill("甲,")),
    ] {
        if let Err(said) = parse(&text) {
            let lines = said.lines().count();
            assert!(lines <= 2 * limits::PROBLEMS_MAX + 1, "{lines} lines");
        }
    }
}

#[test]
fn line_ends_and_marks_of_other_systems_change_no_place() {
    let unix = "intents:\n- id: a\n  title: 甲\n  phrasing: [甲甲]\n";
    let said = parse(unix).expect_err("the key is wrong");
    assert!(
        said.contains("a.yaml:4:3: error: unknown key `phrasing`"),
        "{said}"
    );
    assert_eq!(
        parse(&unix.replace('\n', "\r\n")).expect_err("refused"),
        said
    );
    assert_eq!(
        parse(&format!("\u{FEFF}{unix}")).expect_err("refused"),
        said
    );
    let good = unix.replace("phrasing:", "phrasings:");
    let texts = |set: Catalogue| {
        set.intents
            .into_iter()
            .map(|i| (i.title, i.phrasings))
            .collect::<Vec<_>>()
    };
    let [a, b] =
        [good.clone(), good.replace('\n', "\r\n")].map(|text| texts(parse(&text).expect("good")));
    assert_eq!(a, b);
}

#[test]
fn nul_is_refused_in_every_disguise() {
    let raw = refused("  phrasings: [甲\0乙]\n");
    assert!(raw.starts_with("a.yaml:4:"), "{raw}");
    let escaped = refused("  phrasings: [\"甲\\0乙\"]\n");
    assert!(
        escaped.contains("a.yaml:4:15: error: `phrasings` holds a NUL character"),
        "{escaped}"
    );
}

#[test]
fn keys_twice_are_refused_at_every_level() {
    let said =
        refused("  title: 乙\n  phrasings: [甲甲]\n  keywords:\n  - {any: [甲], any: [乙]}\n");
    assert!(
        said.contains("a.yaml:4:3: error: the key `title` is here twice, first in line 3"),
        "{said}"
    );
    assert!(
        said.contains("a.yaml:7:16: error: the key `any` is here twice, first in line 7"),
        "{said}"
    );
}

#[test]
fn a_wrong_expression_is_shown_to_the_character() {
    let said = |pattern: &str| {
        refused(&format!(
            "  keywords:\n  - match: regex\n    any: ['{pattern}']\n"
        ))
    };
    for (pattern, why) in [
        ("退(货", "unclosed group (at its character 2)"),
        ("订单[0-9", "unclosed character class (at its character 3)"),
        ("退货*+{", "(at its character 5)"),
        (r"退货\k", "(at its character 3)"),
        (
            r"(退)\1",
            "backreferences are not supported (at its character 4)",
        ),
        ("(?=退)货", "look-around"),
    ] {
        let said = said(pattern);
        assert!(said.starts_with("a.yaml:6:11: error: "), "{said}");
        assert!(said.contains(why), "{pattern}: {said}");
    }
}

#[test]
fn an_expression_that_grows_too_large_is_refused() {
    let deep = format!("{}退{}", "(".repeat(400), ")".repeat(400));
    for pattern in [
        "(退{1000}){1000}",
        "[a-z]{9999}{9999}",
        r"(\w{500}货){500}",
        &deep,
    ] {
        let said = refused(&format!(
            "  keywords: [{{match: regex, any: ['{pattern}']}}]\n"
        ));
        assert!(said.starts_with("a.yaml:4:"), "{said}");
        assert!(
            said.contains("when it is compiled") || said.contains("nest"),
            "{said}"
        );
    }
}

#[test]
fn a_keyword_that_matches_everything_is_refused() {
    for pattern in [
        ".*",
        "(退货)?",
        ".",
        ".+",
        r"\S",
        "[^x]",
        r"^.",
        ".$",
        r"退货|.",
    ] {
        let said = refused(&format!(
            "  keywords: [{{match: regex, any: ['{pattern}']}}]\n"
        ));
        assert!(said.contains("match"), "{pattern}: {said}");
        assert!(said.starts_with("a.yaml:4:"), "{pattern}: {said}");
    }
    for word in ["！", "\u{200B}", "😀", "…"] {
        let said = refused(&format!("  keywords: [{{any: ['{word}']}}]\n"));
        assert!(said.contains("would match every text"), "{word}: {said}");
    }
    let none = refused("  keywords: [{none: [退货]}]\n");
    assert!(none.contains("neither `any` nor `all`"), "{none}");
}

#[test]
fn an_intent_that_nothing_leads_to_is_refused() {
    for keys in [
        "",
        "  phrasings: []\n",
        "  keywords: []\n",
        "  phrasings: {zh: []}\n  keywords: []\n",
    ] {
        let said = refused(keys);
        assert!(said.contains("nothing leads to `a`"), "{keys:?}: {said}");
    }
}

#[test]
fn a_phrasing_of_five_thousand_characters_is_refused_with_its_length() {
    let said = refused(&format!(
        "  phrasings:\n  - 好\n  - {}\n",
        "长".repeat(5_000)
    ));
    assert_eq!(
        said,
        "a.yaml:6:5: error: `phrasings` has 5000 characters; 1000 are allowed"
    );
}

#[test]
fn a_thousand_intents_with_one_phrasing_each_are_a_set() {
    let mut text = String::from("intents:\n");
    for at in 0..1_000 {
        let _ = writeln!(
            text,
            "- {{id: i{at}, title: 第{at}件事, phrasings: [怎么办第{at}件事]}}"
        );
    }
    assert_eq!(parse(&text).expect("good").intents.len(), 1_000);
}

#[test]
fn buttons_that_lead_in_a_circle_are_allowed_because_nobody_follows_them_unasked() {
    let intent = |id: &str, to: &str| {
        format!(
            "- {{id: {id}, title: 甲{id}, phrasings: [甲{id}], answers: [{{text: 好, buttons: [{{label: 去, intent: {to}}}]}}]}}\n"
        )
    };
    let text = format!(
        "intents:\n{}{}{}",
        intent("a", "b"),
        intent("b", "c"),
        intent("c", "a")
    );
    assert_eq!(parse(&text).expect("good").intents.len(), 3);
    let own = format!("intents:\n{}", intent("a", "a"));
    assert_eq!(parse(&own).expect("good").intents.len(), 1);
}

#[test]
fn all_that_is_wrong_with_all_files_is_said_at_once() {
    let files = [
        (
            "a.yaml",
            "intents: [{id: a, title: 甲, phrasings: [甲甲], oops: 1}]",
        ),
        ("b.yaml", "intents:\n- id: b\n  title: [\n"),
        (
            "c.yaml",
            "intents: [{id: c, title: 丙, keywords: [{match: regex, any: ['(']}]}]",
        ),
    ];
    let said = Catalogue::parse(files, TODAY)
        .expect_err("refused")
        .to_string();
    for place in ["a.yaml:1:", "b.yaml:", "c.yaml:1:"] {
        assert!(said.contains(place), "{place} in {said}");
    }
}
