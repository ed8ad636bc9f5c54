//! Knowledge entries beside intents, over a stand-in encoder.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{CharacterEmbedder, shop};
use kefu_intents::{Catalogue, KnowledgeEntry, knowledge_csv, knowledge_id};
use kefu_nlu::{
    Decision, EmbedError, Embedder, Engine, KnowledgeIndex, NoVectorCache, Settings, Tier,
};
use kefu_text::normalize;
use kefu_types::Lang;

const INTENT: &str = "\
intents:
  - id: return
    title: 申请退货
    phrasings: [我要退货, 怎么退货, 东西不想要了能退吗, 申请退货, 退货流程是什么, 可以退货吗]
    keywords: [{any: [退货单号]}]
  - id: parcel
    title: 查快递
    phrasings: [快递到哪了, 物流怎么不动了, 包裹几天能到, 查一下快递, 还没收到包裹, 快递员没送到]
";

fn entry(question: &str, similar: &[&str], answer: &str) -> KnowledgeEntry {
    let lang = Lang::detect(question).unwrap_or_default();
    KnowledgeEntry {
        id: knowledge_id(lang, &normalize(question)).into(),
        question: question.into(),
        similar: similar.iter().map(|&text| text.into()).collect(),
        answer: answer.into(),
        links: vec![],
        category: "".into(),
        lang,
    }
}

fn faq() -> Vec<KnowledgeEntry> {
    vec![
        entry(
            "空气净化器滤芯多久更换一次",
            &["净化器的滤芯要换吗", "滤芯寿命"],
            "六个月。",
        ),
        entry(
            "会员积分怎么兑换礼品",
            &["积分换礼物", "积分能换什么"],
            "在会员中心兑换。",
        ),
        entry(
            "门店的营业时间是几点到几点",
            &["几点开门", "门店几点关门"],
            "九点到二十一点。",
        ),
        entry(
            "Do you ship to other countries?",
            &["international shipping"],
            "Yes.",
        ),
        entry("可以货到付款吗", &["能不能收到再付钱"], "可以。"),
    ]
}

fn catalogue(entries: &[KnowledgeEntry]) -> Catalogue {
    let table = knowledge_csv(entries);
    let files = [("a.yaml", INTENT), ("knowledge/faq.csv", table.as_str())];
    let today = "2026-11-21".parse().expect("a day");
    Catalogue::parse(files, today).expect("a good set")
}

fn build(catalogue: Catalogue, settings: &Settings) -> Engine {
    let embedder: Arc<dyn Embedder> = Arc::new(CharacterEmbedder::default());
    let cache = NoVectorCache;
    Engine::build(
        Arc::new(catalogue),
        Some(embedder),
        &cache,
        settings,
        &|_, _| {},
    )
    .expect("a good catalogue")
}

fn engine(entries: &[KnowledgeEntry]) -> Engine {
    build(catalogue(entries), &Settings::default())
}

fn top(engine: &Engine, text: &str) -> String {
    let verdict = engine.understand(text, None).expect("it understands");
    verdict.top().unwrap_or_default().to_owned()
}

#[test]
fn a_question_of_the_knowledge_base_leads_to_its_entry_and_one_of_an_intent_to_the_intent() {
    let engine = engine(&faq());
    for entry in faq() {
        for text in entry.texts() {
            let verdict = engine.understand(text, None).expect("it understands");
            assert_eq!(
                verdict.top(),
                Some(entry.verdict_id().as_str()),
                "{text}: {verdict:?}"
            );
            assert_ne!(verdict.decision, Decision::Fallback, "{text}: {verdict:?}");
        }
    }
    assert_eq!(top(&engine, "我要退货"), "return");
    assert_eq!(top(&engine, "快递到哪了"), "parcel");
}

#[test]
fn the_same_words_in_another_order_still_find_the_entry() {
    let engine = engine(&faq());
    assert_eq!(
        top(&engine, "滤芯多久换一次呀空气净化器"),
        faq()[0].verdict_id()
    );
    assert_eq!(
        top(&engine, "礼品怎么用会员积分兑换"),
        faq()[1].verdict_id()
    );
}

#[test]
fn keywords_decide_before_the_knowledge_base_is_asked() {
    let engine = engine(&[entry("退货单号在哪里看", &[], "在订单里。")]);
    let verdict = engine
        .understand("退货单号在哪里看", None)
        .expect("keywords");
    assert_eq!(
        (verdict.tier, verdict.top()),
        (Tier::Keyword, Some("return"))
    );
}

#[test]
fn an_intent_and_an_entry_that_say_the_same_are_asked_back() {
    let mut entries = faq();
    entries.push(entry("我要退货", &["怎么退货", "可以退货吗"], "七天内。"));
    let verdict = engine(&entries)
        .understand("怎么退货", None)
        .expect("it understands");
    let Decision::Confirm(choices) = &verdict.decision else {
        panic!("two that are alike are asked: {verdict:?}");
    };
    assert!(choices.contains(&"return".to_owned()));
    assert!(choices.iter().any(|choice| choice.starts_with("faq:")));
}

#[test]
fn text_from_far_away_is_answered_by_nothing() {
    let engine = engine(&faq());
    for text in [
        "zxqv 9981 wjk",
        "唐朝一共有多少位皇帝",
        "昨晚那场足球赛踢得真精彩",
    ] {
        let verdict = engine.understand(text, None).expect("it understands");
        assert!(
            !matches!(verdict.decision, Decision::Answer(_)),
            "{text}: {verdict:?}"
        );
    }
}

#[test]
fn one_entry_alone_is_a_knowledge_base() {
    let only = entry("可以货到付款吗", &[], "可以。");
    let engine = engine(std::slice::from_ref(&only));
    assert_eq!(top(&engine, "可以货到付款吗"), only.verdict_id());
    let far = engine
        .understand("长城是什么时候修建的", None)
        .expect("it understands");
    assert!(!matches!(far.decision, Decision::Answer(_)), "{far:?}");
}

#[test]
fn without_an_encoder_letters_find_the_entry() {
    let catalogue = Arc::new(catalogue(&faq()));
    let settings = Settings::default();
    let engine = Engine::build(catalogue, None, &NoVectorCache, &settings, &|_, _| {})
        .expect("a good catalogue");
    assert_eq!(
        top(&engine, "空气净化器滤芯多久更换一次"),
        faq()[0].verdict_id()
    );
}

#[test]
fn an_explanation_shows_the_entry_as_it_shows_intents() {
    let engine = engine(&faq());
    let told = engine.explain("积分换礼物", None).expect("it explains");
    let verdict = engine
        .understand("积分换礼物", None)
        .expect("it understands");
    let first = told.candidates.first().expect("a candidate");
    assert_eq!(Some(first.intent.as_str()), verdict.top());
    assert_eq!(first.title, "会员积分怎么兑换礼品");
    assert!((first.probability - verdict.confidence).abs() < 1e-9);
    assert!(first.signals.nearest > 0.9 && first.signals.ngrams > 0.9);
}

#[test]
fn a_question_in_both_languages_is_answered_in_the_visitors() {
    let mut entries = faq();
    entries.push(entry(
        "How often is the filter of the purifier replaced?",
        &[],
        "Every six months.",
    ));
    let engine = engine(&entries);
    let zh = engine
        .understand("滤芯多久更换一次", None)
        .expect("it understands");
    let same = |id: &str| engine.catalogue().knowledge.get(id).map(|entry| entry.lang);
    assert!(
        zh.candidates
            .iter()
            .filter_map(|c| same(&c.intent))
            .all(|lang| lang == Lang::Zh)
    );
}

#[test]
fn a_reload_that_leaves_the_entries_alone_takes_the_index_over() {
    let before = engine(&faq());
    let embedder = Arc::new(CharacterEmbedder::default());
    let again = |entries: &[KnowledgeEntry]| {
        Engine::rebuild(
            &before,
            Arc::new(catalogue(entries)),
            Some(embedder.clone()),
            &NoVectorCache,
            &Settings::default(),
            &|_, _| {},
        )
        .expect("a good catalogue")
    };
    let same = again(&faq());
    let index = |engine: &Engine| engine.knowledge().map(Arc::as_ptr);
    assert_eq!(index(&same), index(&before));
    let mut changed = faq();
    changed[0].answer = "一年。".into();
    let other = again(&changed);
    assert_ne!(index(&other), index(&before));
    assert_eq!(top(&other, "滤芯寿命"), changed[0].verdict_id());
    assert!(index(&again(&[])).is_none());
}

#[test]
fn a_large_base_answers_the_same_by_scan_and_by_graph() {
    let entries: Vec<KnowledgeEntry> = (0..400)
        .map(|n| {
            let topic = ["保修", "价格", "尺寸", "颜色", "重量"][n % 5];
            entry(
                &format!("型号{}的{topic}是怎样的", 1000 + 7 * n),
                &[],
                &format!("答案{n}"),
            )
        })
        .collect();
    let settings = Settings {
        exact_texts_max: 100,
        ..Settings::default()
    };
    let engine = build(catalogue(&entries), &settings);
    let index: &Arc<KnowledgeIndex> = engine.knowledge().expect("a knowledge base");
    let asked: Vec<&str> = entries
        .iter()
        .step_by(9)
        .map(|entry| &*entry.question)
        .collect();
    let scanned: Vec<String> = asked.iter().map(|text| top(&engine, text)).collect();
    assert!(index.wants_graph());
    index.neighbours().build_graph(&|| true);
    assert!(index.neighbours().has_graph());
    let by_graph: Vec<String> = asked.iter().map(|text| top(&engine, text)).collect();
    assert_eq!(by_graph, scanned);
}

/// Answers bulk work and is too busy for everybody else.
struct Busy(CharacterEmbedder);

impl Embedder for Busy {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn model_id(&self) -> &str {
        self.0.model_id()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.0.embed(texts)
    }

    fn embed_within(&self, _: &[&str], wait: Duration) -> Result<Vec<Vec<f32>>, EmbedError> {
        Err(EmbedError::Overloaded(format!(
            "not within {} ms",
            wait.as_millis()
        )))
    }
}

#[test]
fn a_busy_encoder_is_an_error_in_time_and_keywords_still_decide() {
    let busy: Arc<dyn Embedder> = Arc::new(Busy(CharacterEmbedder::default()));
    let settings = Settings::default();
    let engine = Engine::build(
        Arc::new(shop()),
        Some(busy.clone()),
        &NoVectorCache,
        &settings,
        &|_, _| {},
    )
    .expect("bulk work goes on");
    let wait = Duration::from_millis(40);
    let refused = engine.understand_within("怎么退货呢", None, wait);
    assert!(matches!(refused, Err(EmbedError::Overloaded(reason)) if reason.contains("40 ms")));
    let files = Arc::new(catalogue(&faq()));
    let engine = Engine::build(files, Some(busy), &NoVectorCache, &settings, &|_, _| {})
        .expect("bulk work goes on");
    let verdict = engine
        .understand_within("退货单号", None, wait)
        .expect("keywords need no encoder");
    assert_eq!(verdict.tier, Tier::Keyword);
}
