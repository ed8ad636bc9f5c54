//! The shipped intents without a model: keywords and character n-grams decide alone. What the
//! shop knows is led somewhere; what it does not know must not be answered as if it did.

mod common;

use std::path::Path;

use jiff::civil::date;
use kefu_intents::Catalogue;
use kefu_nlu::{Decision, Engine, NoVectorCache, Settings};
use kefu_types::Lang;

/// Said to a shop, in words of their own: not one is a phrasing of the set.
const COVERED: [&str; 20] = [
    "我想把昨天买的鞋子退掉",
    "钱什么时候能退回来啊",
    "帮我看看包裹到哪儿了",
    "能开增值税发票吗",
    "我的优惠券怎么用不了",
    "收货地址写错了想改一下",
    "这件衣服有没有大码",
    "保修期是多长时间",
    "刚买就降价了能补差价吗",
    "我要投诉你们的客服",
    "密码忘了登不上去",
    "找个真人跟我说",
    "会员积分怎么换东西",
    "付款的时候一直失败",
    "衣服大了能换小一号吗",
    "how can i return these shoes",
    "where is my parcel now",
    "i need an invoice for my order",
    "let me talk to a human please",
    "when do i get my money back",
];

/// Nothing that a shop's set covers, in common words.
const OUT_OF_SCOPE: [&str; 20] = [
    "今天北京天气怎么样",
    "给我讲个关于恐龙的笑话",
    "周杰伦最新的专辑叫什么",
    "帮我写一首关于秋天的诗",
    "从上海到西安坐高铁要几个小时",
    "一加一等于几",
    "怎么做红烧肉比较好吃",
    "世界杯冠军是哪个国家",
    "我家的猫总是半夜叫怎么办",
    "量子力学到底讲了什么",
    "明天早上七点叫我起床",
    "附近哪里可以打羽毛球",
    "你觉得人活着的意义是什么",
    "把客厅的灯关掉",
    "what is the capital of australia",
    "play some jazz music in the kitchen",
    "how tall is mount everest",
    "write me a python script that sorts a list",
    "who won the football match last night",
    "set an alarm for seven tomorrow morning",
];

/// Of [`OUT_OF_SCOPE`], how many may be answered outright. Asking back is tolerable.
const ANSWERED_MAX: usize = 3;

fn decisions(engine: &Engine, texts: &[&str]) -> Vec<Decision> {
    let decide = |text: &&str| {
        let verdict = engine.understand(text, Lang::detect(text));
        verdict
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .decision
    };
    texts.iter().map(decide).collect()
}

fn count(decisions: &[Decision], wanted: fn(&Decision) -> bool) -> usize {
    decisions.iter().filter(|decision| wanted(decision)).count()
}

#[test]
fn what_the_shop_does_not_know_is_hardly_ever_answered() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../intents");
    let catalogue = Catalogue::load_dir(&dir, date(2026, 11, 12));
    let catalogue = catalogue.unwrap_or_else(|error| panic!("{error}"));
    let engine = Engine::build(
        catalogue.into(),
        None,
        &NoVectorCache,
        &Settings::default(),
        &|_, _| {},
    );
    let engine = engine.expect("the engine is built");
    let covered = decisions(&engine, &COVERED);
    let foreign = decisions(&engine, &OUT_OF_SCOPE);
    let all = COVERED.iter().chain(&OUT_OF_SCOPE);
    for (text, decision) in all.zip(covered.iter().chain(&foreign)) {
        println!("{text}: {decision:?}");
    }
    let answers = |decision: &Decision| matches!(decision, Decision::Answer(_));
    let lost = |decision: &Decision| *decision == Decision::Fallback;
    let (led, wrong) = (
        covered.len() - count(&covered, lost),
        count(&foreign, answers),
    );
    println!(
        "covered: {} answered, {} asked back; out of scope: {wrong} answered, {} asked back",
        count(&covered, answers),
        led - count(&covered, answers),
        foreign.len() - wrong - count(&foreign, lost),
    );
    assert!(led >= COVERED.len() * 4 / 5, "only {led} are led anywhere");
    assert!(wrong <= ANSWERED_MAX, "{wrong} are answered");
}
