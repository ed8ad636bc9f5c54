use super::{document::Document, *};

/// A generator that repeats: Knuth's MMIX.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn text(&mut self, parts: &[&str]) -> String {
        (0..self.below(24))
            .map(|_| parts[self.below(parts.len())])
            .collect()
    }
}

/// What people type, and what breaks tokenisers: widths, spaces of all kinds, controls, symbols, unknown characters.
const PARTS: [&str; 41] = [
    "我要",
    "退货",
    "。",
    "，",
    "订单号",
    "快递",
    "ＡＢ１２",
    "　",
    " ",
    "  ",
    "\t",
    "\n",
    "\u{200b}",
    "\0",
    "\u{7}",
    "where",
    " is my order",
    "refund",
    "'s",
    "!?",
    "12,345.67",
    "①",
    "㍿",
    "½",
    "ﬁ",
    "Ⅷ",
    "😡",
    "👨‍👩‍👧",
    "𠀀",
    "\u{e000}",
    "𠀀𠀁",
    "한국어",
    "ありがとう",
    "кошка",
    "ไทย",
    "é",
    "ß",
    "▁",
    "<s>",
    "query: ",
    "的",
];

fn model_file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../models/multilingual-e5-small")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; run `cargo xtask model` first", path.display())
    })
}

fn unigram(json: &[u8], fuse_unknown: bool) -> Unigram {
    Unigram::from_document(Document::parse(json).unwrap(), fuse_unknown)
        .expect("a unigram of the known form")
}

#[test]
fn our_unigram_and_the_library_cut_every_text_alike() {
    let json = model_file("tokenizer.json");
    let (ours, library) = (unigram(&json, true), Library::from_bytes(&json).unwrap());
    let mut dice = Dice(7);
    for _ in 0..4000 {
        let text = format!("query: {}", dice.text(&PARTS));
        assert_eq!(
            ours.encode(&text, 512),
            library.encode(&text, 512),
            "{text:?}"
        );
    }
    let long = "我要退货 ".repeat(400);
    assert_eq!(ours.encode(&long, 512).unwrap().len(), 512);
    assert_eq!(ours.encode(&long, 512), library.encode(&long, 512));
}

#[test]
fn unknown_characters_are_one_token_each_unless_fused() {
    let json = model_file("tokenizer.json");
    let count = |fuse| unigram(&json, fuse).encode("𠀀𠀁𠀂", 512).unwrap().len();
    assert_eq!((count(false), count(true)), (2 + 1 + 3, 2 + 1 + 1));
}

#[test]
fn a_word_split_vocabulary_like_xlm_r_is_ours_too() {
    let dir = tempfile::tempdir().unwrap();
    crate::tiny::write(dir.path()).unwrap();
    let text = std::fs::read_to_string(dir.path().join("tokenizer.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["normalizer"] = serde_json::Value::Null;
    json["pre_tokenizer"] = serde_json::json!({"type": "Sequence", "pretokenizers": [
        {"type": "WhitespaceSplit"},
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
    ]});
    let json = json.to_string().into_bytes();
    let (ours, library) = (unigram(&json, true), Library::from_bytes(&json).unwrap());
    let mut dice = Dice(11);
    for _ in 0..500 {
        let text = dice.text(&["a", "退货", " ", "  ", "订", "\t", "order", "☃", "Z"]);
        assert_eq!(
            ours.encode(&text, 64),
            library.encode(&text, 64),
            "{text:?}"
        );
    }
}

#[test]
fn other_tokenizers_go_to_the_library_and_are_cut_before_the_closing_special() {
    let dir = tempfile::tempdir().unwrap();
    crate::tiny::write_wordpiece(dir.path(), "gelu").unwrap();
    let json = std::fs::read(dir.path().join("tokenizer.json")).unwrap();
    assert!(Unigram::from_document(Document::parse(&json).unwrap(), true).is_none());
    let tokenizer = open(dir.path()).unwrap();
    let whole = tokenizer.encode("where is my order?", 64).unwrap();
    let cut = tokenizer.encode("where is my order?", 5).unwrap();
    assert_eq!(
        (cut.len(), &cut[..4], cut.last()),
        (5, &whole[..4], whole.last())
    );
    // A typed special is text: it does not become the special's id.
    assert!(
        !tokenizer.encode("[SEP]", 64).unwrap()[1..]
            .split_last()
            .unwrap()
            .1
            .contains(&3)
    );
}
