//! A tiny BERT made here, for tests: two layers of 32, written in a moment, the same every time.
//!
//! Its weights are pseudo-random, so its vectors say only which characters a text has: equal texts get
//! equal vectors, texts that share characters are nearer than others.

use std::{fs, io, path::Path};

use serde_json::{Value, json};

const HIDDEN: usize = 32;
const WIDE: usize = 64;
const LAYERS: usize = 2;
const POSITIONS: usize = 64;
const CHARACTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?-+*/'\"()，。！？：；、\
     我你您他们要想问的了是不有没在怎么什时候多少为可以能吗呢吧啊哦好请帮查看退换货款单订物流快递发票抬头优惠券支付\
     付款会员积分地址修改取消库存尺码大小保修价格投诉人工客服转账号密码登录注册商品质量坏错漏送到收今天明昨号电话手机";

/// Writes a model with a unigram vocabulary like E5's into `dir`, which must exist.
///
/// # Errors
/// When the directory cannot be written.
pub fn write(dir: &Path) -> io::Result<()> {
    let pieces: Vec<String> = [
        "<s>", "<pad>", "</s>", "<unk>", "▁", "退货", "订单", "▁query", "order",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(CHARACTERS.chars().map(String::from))
    .collect();
    let vocabulary: Vec<Value> = pieces
        .iter()
        .enumerate()
        .map(|(id, piece)| json!([piece, score(id)]))
        .collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
        "post_processor": template(("<s>", 0), ("</s>", 2)),
        "decoder": null,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary, "byte_fallback": false},
    });
    write_with(dir, &tokenizer, pieces.len(), "gelu")
}

/// Writes a model with a WordPiece vocabulary like BERT's own into `dir`, which must exist;
/// `activation` is `config.json`'s `hidden_act`.
///
/// # Errors
/// When the directory cannot be written.
pub fn write_wordpiece(dir: &Path, activation: &str) -> io::Result<()> {
    let lower = CHARACTERS
        .chars()
        .filter(|character| !character.is_uppercase())
        .map(String::from);
    let pieces: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "order"]
        .map(str::to_owned)
        .into_iter()
        .chain(lower)
        .chain(('a'..='z').map(|letter| format!("##{letter}")))
        .collect();
    let vocabulary: serde_json::Map<String, Value> = pieces
        .iter()
        .enumerate()
        .map(|(id, piece)| (piece.clone(), json!(id)))
        .collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                       "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": template(("[CLS]", 2), ("[SEP]", 3)),
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    });
    write_with(dir, &tokenizer, pieces.len(), activation)
}

/// Longer pieces first, otherwise all the same but for a little.
fn score(id: usize) -> f32 {
    if id < 4 {
        0.0
    } else {
        -5.0 - id as f32 / 100.0
    }
}

fn template(before: (&str, u32), after: (&str, u32)) -> Value {
    let slot = |token: &str| json!({"SpecialToken": {"id": token, "type_id": 0}});
    let special = |(token, id): (&str, u32)| json!({"id": token, "ids": [id], "tokens": [token]});
    json!({
        "type": "TemplateProcessing",
        "single": [slot(before.0), {"Sequence": {"id": "A", "type_id": 0}}, slot(after.0)],
        "pair": [slot(before.0), {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}, slot(after.0)],
        "special_tokens": {before.0: special(before), after.0: special(after)},
    })
}

fn write_with(dir: &Path, tokenizer: &Value, rows: usize, activation: &str) -> io::Result<()> {
    let config = json!({
        "architectures": ["BertModel"], "model_type": "bert", "vocab_size": rows, "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS, "num_attention_heads": 2, "intermediate_size": WIDE, "hidden_act": activation,
        "hidden_dropout_prob": 0.0, "max_position_embeddings": POSITIONS, "type_vocab_size": 2,
        "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 1,
    });
    fs::write(dir.join("config.json"), config.to_string())?;
    fs::write(dir.join("tokenizer.json"), tokenizer.to_string())?;
    fs::write(dir.join("model.safetensors"), weights(rows))
}

/// The file's bytes: the length of the header, the header, all weights in f32.
fn weights(rows: usize) -> Vec<u8> {
    let mut tensors: Vec<(String, Vec<usize>)> = vec![
        (
            "embeddings.word_embeddings.weight".to_owned(),
            vec![rows, HIDDEN],
        ),
        (
            "embeddings.position_embeddings.weight".to_owned(),
            vec![POSITIONS, HIDDEN],
        ),
        (
            "embeddings.token_type_embeddings.weight".to_owned(),
            vec![2, HIDDEN],
        ),
        ("embeddings.LayerNorm.weight".to_owned(), vec![HIDDEN]),
        ("embeddings.LayerNorm.bias".to_owned(), vec![HIDDEN]),
    ];
    for layer in 0..LAYERS {
        for (part, shape) in [
            ("attention.self.query", &[HIDDEN, HIDDEN][..]),
            ("attention.self.key", &[HIDDEN, HIDDEN]),
            ("attention.self.value", &[HIDDEN, HIDDEN]),
            ("attention.output.dense", &[HIDDEN, HIDDEN]),
            ("attention.output.LayerNorm", &[HIDDEN]),
            ("intermediate.dense", &[WIDE, HIDDEN]),
            ("output.dense", &[HIDDEN, WIDE]),
            ("output.LayerNorm", &[HIDDEN]),
        ] {
            tensors.push((
                format!("encoder.layer.{layer}.{part}.weight"),
                shape.to_vec(),
            ));
            tensors.push((
                format!("encoder.layer.{layer}.{part}.bias"),
                shape[..1].to_vec(),
            ));
        }
    }
    let (mut header, mut data, mut state) = (serde_json::Map::new(), Vec::new(), 1u64);
    for (name, shape) in tensors {
        let start = data.len();
        for _ in 0..shape.iter().product::<usize>() {
            // Knuth's MMIX generator; its high bits are even enough.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let random = (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
            let value = if name.ends_with("LayerNorm.weight") {
                1.0 + 0.1 * random
            } else {
                0.5 * random
            };
            data.extend_from_slice(&value.to_le_bytes());
        }
        header.insert(
            name,
            json!({"dtype": "F32", "shape": shape, "data_offsets": [start, data.len()]}),
        );
    }
    let mut json = Value::Object(header).to_string().into_bytes();
    json.resize(json.len().next_multiple_of(8), b' ');
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.append(&mut json);
    file.append(&mut data);
    file
}
