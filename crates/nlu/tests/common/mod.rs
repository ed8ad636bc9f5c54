//! Catalogues and a deterministic stand-in for the encoder.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kefu_intents::{Catalogue, Intent, KeywordRule, Localized, MatchKind, Phrasing};
use kefu_nlu::{EmbedError, Embedder, Engine, NoVectorCache, Settings};
use kefu_types::Lang;

pub type Entry<'a> = (&'a str, Vec<KeywordRule>, Vec<&'a str>);

/// A catalogue of (id, keyword rules, phrasings), ids in any order.
pub fn catalogue<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Catalogue {
    let mut intents: Vec<Intent> = entries
        .into_iter()
        .map(|(id, keywords, phrasings)| intent(id, keywords, &phrasings))
        .collect();
    intents.sort_by(|a, b| a.id.cmp(&b.id));
    Catalogue {
        version: "000000000000".to_owned(),
        intents,
        ..Catalogue::default()
    }
}

pub fn intent<T: AsRef<str>>(id: &str, keywords: Vec<KeywordRule>, phrasings: &[T]) -> Intent {
    let phrasing = |text: &T| {
        let text = text.as_ref().to_owned();
        let lang = Lang::detect(&text).unwrap_or_default();
        Phrasing { text, lang }
    };
    Intent {
        id: id.to_owned(),
        title: Localized(BTreeMap::from([(Lang::Zh, id.to_owned())])),
        phrasings: phrasings.iter().map(phrasing).collect(),
        keywords,
        ..Intent::default()
    }
}

pub fn rule(
    any: &[&str],
    all: &[&str],
    none: &[&str],
    kind: MatchKind,
    priority: i8,
) -> KeywordRule {
    let own = |list: &[&str]| list.iter().map(|&p| p.to_owned()).collect();
    KeywordRule {
        any: own(any),
        all: own(all),
        none: own(none),
        kind,
        priority,
    }
}

/// A deterministic encoder: every character has a fixed pseudo-random direction, a text is their
/// normalised sum plus a common offset, as real encoders have one. It counts the texts it reads.
#[derive(Debug, Default)]
pub struct CharacterEmbedder {
    pub texts: AtomicUsize,
}

pub const DIMENSION: usize = 64;

impl Embedder for CharacterEmbedder {
    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn model_id(&self) -> &str {
        "characters"
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.texts.fetch_add(texts.len(), Ordering::Relaxed);
        Ok(texts.iter().map(|text| embed(text)).collect())
    }
}

fn embed(text: &str) -> Vec<f32> {
    let mut sum = vec![0.5f32; DIMENSION];
    for c in text.chars() {
        let mut state = u64::from(u32::from(c)) + 1;
        for x in &mut sum {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *x += if state & 1 == 0 { 0.3 } else { -0.3 };
        }
    }
    let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
    sum.iter().map(|x| x / length).collect()
}

/// The embedder that is down.
#[derive(Debug)]
pub struct BrokenEmbedder;

impl Embedder for BrokenEmbedder {
    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn model_id(&self) -> &str {
        "broken"
    }

    fn embed(&self, _: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        Err(EmbedError::Failed("it is down".to_owned()))
    }
}

/// An engine over `catalogue` with the [`CharacterEmbedder`].
pub fn engine(catalogue: Catalogue) -> Engine {
    let embedder: Arc<dyn Embedder> = Arc::new(CharacterEmbedder::default());
    Engine::build(
        Arc::new(catalogue),
        Some(embedder),
        &NoVectorCache,
        &Settings::default(),
        &|_, _| {},
    )
    .expect("a good catalogue")
}

/// Five intents of a shop with eight phrasings each.
pub fn shop() -> Catalogue {
    let intents: [(&str, &[&str]); 5] = [
        (
            "退货",
            &[
                "我要退货",
                "怎么退货",
                "东西不想要了能退吗",
                "申请退货",
                "退货流程是什么",
                "可以退货吗",
                "买错了想退掉",
                "收到不满意要退货",
            ],
        ),
        (
            "发票",
            &[
                "我要开发票",
                "怎么开发票",
                "发票抬头怎么填",
                "电子发票在哪下载",
                "能补开发票吗",
                "发票什么时候寄",
                "开专用发票",
                "发票信息写错了",
            ],
        ),
        (
            "物流",
            &[
                "快递到哪了",
                "物流怎么不动了",
                "什么时候发货",
                "包裹几天能到",
                "查一下快递",
                "物流信息没更新",
                "还没收到包裹",
                "快递员没送到",
            ],
        ),
        (
            "优惠券",
            &[
                "优惠券怎么用",
                "领优惠券",
                "优惠券过期了",
                "有没有优惠活动",
                "券用不了",
                "满减优惠怎么算",
                "新人优惠券在哪",
                "优惠码无效",
            ],
        ),
        (
            "尺码",
            &[
                "尺码怎么选",
                "我一米七穿多大码",
                "尺码偏大吗",
                "有没有加大码",
                "衣服尺码表",
                "裤子腰围多少",
                "穿几码合适",
                "鞋码标准吗",
            ],
        ),
    ];
    catalogue(intents.map(|(id, phrasings)| (id, vec![], phrasings.to_vec())))
}
