//! What is doubted about a set that has no error.

mod common;

use std::fs;

use common::CharacterEmbedder;
use jiff::civil::date;
use kefu_nlu::{Embedder, NoVectorCache, doubts};

/// Messages about the intents of `text`, without the path of the directory.
fn doubted(text: &str, embedder: Option<&dyn Embedder>) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("a.yaml"), text).expect("written");
    let loaded = kefu_intents::read_dir(dir.path(), date(2026, 11, 21));
    let catalogue = loaded
        .catalogue
        .unwrap_or_else(|| panic!("{}", loaded.report));
    let found = doubts(
        &catalogue,
        &loaded.places,
        embedder,
        &NoVectorCache,
        &|_, _| {},
    );
    let root = format!("{}/", dir.path().display());
    let mut found: Vec<String> = found
        .expect("a good set")
        .iter()
        .map(|problem| problem.to_string().replace(&root, ""))
        .collect();
    found.sort();
    found
}

#[test]
fn a_keyword_that_takes_anothers_phrasing_is_named_with_both_places() {
    let text = "intents:
- {id: a, title: 甲, phrasings: [东西不想要了], keywords: [{any: [退货]}]}
- {id: b, title: 乙, phrasings: [退货要多少钱, 运费谁出]}
";
    let found = doubted(text, None);
    assert_eq!(
        found,
        [
            "a.yaml:3:33: warning: `退货要多少钱` never gets to `b`: keywords (`退货`) take it to `a` (a.yaml:2:53)"
        ]
    );
}

#[test]
fn an_intent_that_loses_all_its_phrasings_is_unreachable() {
    let text = "intents:
- {id: a, title: 甲, phrasings: [怎么退货], keywords: [{any: [退货]}]}
- {id: b, title: 乙, phrasings: [退货要多少钱]}
";
    let found = doubted(text, None).join("\n");
    assert!(
        found.contains("a.yaml:3:8: warning: nobody gets to `b` by typing"),
        "{found}"
    );
}

#[test]
fn a_tie_of_keywords_on_a_phrasing_is_doubted() {
    let text = "intents:
- {id: a, title: 甲, phrasings: [退货还是换货], keywords: [{any: [退货]}]}
- {id: b, title: 乙, keywords: [{any: [换货]}]}
";
    let found = doubted(text, None).join("\n");
    assert!(found.contains("`退货还是换货` is asked back"), "{found}");
}

#[test]
fn a_keyword_that_can_never_win_is_doubted_and_one_that_can_is_not() {
    let shadowed = |higher: &str, lower: &str| {
        let text = format!(
            "intents:\n- {{id: a, title: 甲, keywords: [{higher}]}}\n- {{id: b, title: 乙, keywords: [{lower}]}}\n"
        );
        doubted(&text, None)
            .iter()
            .filter(|doubt| doubt.contains("never wins"))
            .count()
    };
    let top = "{any: [退货], priority: 5}";
    assert_eq!(shadowed(top, "{any: [退货运费]}"), 1, "退货 is in 退货运费");
    assert_eq!(
        shadowed("{any: [退货]}", "{any: [退货运费]}"),
        1,
        "always a tie"
    );
    assert_eq!(
        shadowed("{any: [退货]}", "{any: [退货运费], priority: 5}"),
        0
    );
    let gives_way = "{any: [退货], none: [运费], priority: 5}";
    assert_eq!(
        shadowed(gives_way, "{any: [退货运费]}"),
        0,
        "the higher rule gives way"
    );
    let exact = "{any: [退货], match: exact, priority: 5}";
    assert_eq!(
        shadowed(exact, "{any: [退货]}"),
        0,
        "only the bare word is taken"
    );
    assert_eq!(
        shadowed("{any: [return], priority: 5}", "{any: [returned]}"),
        0,
        "another word"
    );
    assert_eq!(
        shadowed("{any: [退货], all: [钱], priority: 5}", "{any: [退货]}"),
        0
    );
}

/// Two intents that are far apart, and one phrasing of the second among those of the first.
const STRAY: &str = "intents:
- id: refund
  title: 退款
  phrasings: [什么时候退款, 退款多久到账, 退款到哪里, 怎么申请退款, 退款进度查询]
- id: invoice
  title: 发票
  phrasings: [开发票, 发票抬头怎么改, 电子发票在哪, 退款多久到账啊, 专用发票怎么开]
";

#[test]
fn a_phrasing_inside_another_intent_is_doubted_with_and_without_a_model() {
    let embedder = CharacterEmbedder::default();
    let wanted = "a.yaml:7:37: warning: `退款多久到账啊` is nearer to `refund` than to the rest of \
                  `invoice`: see `退款多久到账` (a.yaml:4:23)";
    for found in [doubted(STRAY, None), doubted(STRAY, Some(&embedder))] {
        assert!(found.iter().any(|doubt| doubt == wanted), "{found:?}");
        // Where sets are this small the other one of the two may be doubted, too.
        assert!(
            found.iter().all(|doubt| doubt.contains("退款多久到账啊")),
            "{found:?}"
        );
    }
    let mended = STRAY.replace("退款多久到账啊", "可以补开发票吗");
    for found in [doubted(&mended, None), doubted(&mended, Some(&embedder))] {
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn what_a_file_says_may_be_alike_is_not_doubted() {
    let said = STRAY.replace("  title: 发票\n", "  title: 发票\n  overlaps: [refund]\n");
    assert!(
        doubted(&said, None).is_empty(),
        "{:?}",
        doubted(&said, None)
    );
}
