//! What the page must and must not hold.

use kefu_intents::Catalogue;
use kefu_nlu::{Case, Decision, Scored, Settings, Source, Subject, Tier, Verdict, compare};

use super::html;

const NASTY: &str =
    "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> {{data}} &";

fn page() -> String {
    let catalogue = Catalogue::default();
    let settings = Settings::default();
    let subject = Subject {
        catalogue: &catalogue,
        model: None,
        settings: &settings,
        threshold: None,
    };
    let cases = [Case {
        intent: NASTY.to_owned(),
        text: NASTY.to_owned(),
    }];
    let verdict = Verdict {
        tier: Tier::Embedding,
        decision: Decision::Answer(NASTY.to_owned()),
        candidates: vec![Scored {
            intent: NASTY.to_owned(),
            probability: 0.9,
        }],
        keywords: vec![],
        confidence: 0.9,
        in_scope: 0.9,
    };
    let name = NASTY.to_owned();
    let report = subject.report(Source::Cases { name }, &cases, &[verdict], &[1.0]);
    html(&report, Some(&compare(&report, &report))).expect("a page")
}

#[test]
fn a_phrasing_that_looks_like_a_script_stays_a_phrasing() {
    let page = page();
    assert_eq!(
        page.matches("<script").count(),
        2,
        "the data and the page's own"
    );
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img") && !page.contains("<script>alert"));
    assert!(
        page.contains("\\u003c/script\\u003e"),
        "the text is there, escaped"
    );
}

#[test]
fn the_data_can_be_read_back_as_it_was() {
    let page = page();
    let (_, rest) = page
        .split_once("type=\"application/json\">")
        .expect("the data");
    let (data, _) = rest.split_once("</script>").expect("its end");
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(data["report"]["outcomes"][0]["text"], NASTY);
}

#[test]
fn nothing_comes_from_outside() {
    let page = page();
    for part in [
        "src=\"http",
        "href=\"http",
        "url(",
        "@import",
        "import(",
        "fetch(",
        "innerHTML",
    ] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains("default-src 'none'"));
}
