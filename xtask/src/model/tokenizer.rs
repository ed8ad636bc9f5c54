//! `tokenizer.json` in the form of the `tokenizers` library.

use anyhow::{Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{charsmap, layout::Source};

/// The library's own form: normalise, mark spaces, unigram, `<s> $A </s>`, cut at the model's length.
pub fn json(source: &Source<'_>) -> Result<Vec<u8>> {
    let pieces = &source.pieces;
    let special = [
        pieces.bos,
        pieces.pad,
        pieces.eos,
        pieces.unk,
        pieces.list.len() - 1,
    ];
    ensure!(
        special.iter().all(|&id| id < pieces.list.len()),
        "a special token lies outside the vocabulary"
    );
    let text = |id: usize| pieces.list[id].0;
    let (bos, eos) = (text(pieces.bos), text(pieces.eos));
    let only = |token: &str, id: usize| json!({"id": token, "ids": [id], "tokens": [token]});
    let added: Vec<Value> = special
        .iter()
        .map(|&id| {
            json!({"id": id, "content": text(id), "single_word": false, "lstrip": text(id) == "<mask>",
                   "rstrip": false, "normalized": false, "special": true})
        })
        .collect();
    let document = json!({
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": source.shape.positions, "strategy": "LongestFirst", "stride": 0},
        "padding": null,
        "added_tokens": added,
        "normalizer": normalizer(source),
        "pre_tokenizer": metaspace(),
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special_token(bos), sequence("A"), special_token(eos)],
            "pair": [special_token(bos), sequence("A"), special_token(eos), special_token(eos), sequence("B"), special_token(eos)],
            "special_tokens": {bos: only(bos, pieces.bos), eos: only(eos, pieces.eos)},
        },
        "decoder": metaspace(),
        "model": {"type": "Unigram", "unk_id": pieces.unk, "vocab": pieces.list, "byte_fallback": false},
    });
    Ok(serde_json::to_vec(&document)?)
}

/// `tokenizer_config.json`. The library fuses neighbouring unknown characters into one token; the
/// weights' own engine does not, and token counts must be its own.
pub fn config(source: &Source<'_>) -> Value {
    json!({
        "tokenizer_class": "XLMRobertaTokenizer",
        "model_max_length": source.shape.positions,
        "fuse_unk": false,
    })
}

/// A table of single characters, then runs of spaces become one. The table cannot name a NUL, whose
/// byte ends a lookup, so that goes first; it vanishes like its neighbours among the controls.
fn normalizer(source: &Source<'_>) -> Value {
    json!({"type": "Sequence", "normalizers": [
        {"type": "Replace", "pattern": {"String": "\0"}, "content": ""},
        {"type": "Precompiled", "precompiled_charsmap": STANDARD.encode(charsmap::build(&source.charsmap))},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    ]})
}

fn metaspace() -> Value {
    json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true})
}

fn special_token(token: &str) -> Value {
    json!({"SpecialToken": {"id": token, "type_id": 0}})
}

fn sequence(id: &str) -> Value {
    json!({"Sequence": {"id": id, "type_id": 0}})
}
