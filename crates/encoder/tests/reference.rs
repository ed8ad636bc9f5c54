//! The real model against vectors and token counts of the engine that its weights were made for, and
//! against candle's own BERT.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kefu_encoder::{BackendKind, Encoder, ModelOptions};
use kefu_nlu::Embedder as _;

#[derive(serde::Deserialize)]
struct Line {
    text: String,
    tokens: usize,
    vector: Vec<f32>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn load(options: ModelOptions) -> Encoder {
    Encoder::load(&root().join("models/multilingual-e5-small"), options)
        .unwrap_or_else(|error| panic!("this test needs the model: {error}"))
}

fn lines(path: &Path) -> Vec<Line> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Counts must be equal; the other engine rounds activations to 8 bits, so vectors differ a little.
fn agree(encoder: &Encoder, lines: &[Line]) {
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    for (line, vector) in lines.iter().zip(encoder.embed(&texts).unwrap()) {
        assert_eq!(
            encoder.count_tokens(&line.text).unwrap(),
            line.tokens,
            "{:?}",
            line.text
        );
        let cosine = cosine(&vector, &line.vector);
        assert!(cosine >= 0.999, "{cosine} for {:?}", line.text);
    }
}

#[test]
fn our_own_sentences_agree() {
    agree(
        &load(ModelOptions::default()),
        &lines(Path::new("tests/data/sentences.jsonl")),
    );
}

#[test]
fn the_shared_reference_agrees_where_it_is_there() {
    let path = root().join("../shared/data/e5-reference.jsonl");
    if path.exists() {
        agree(
            &load(ModelOptions {
                threads: 2,
                ..ModelOptions::default()
            }),
            &lines(&path),
        );
    } else {
        println!(
            "skipped: the larger reference beside the project is not there; our own sentences are checked above"
        );
    }
}

#[test]
fn candles_bert_loads_the_directory_and_agrees() {
    let lines = lines(Path::new("tests/data/sentences.jsonl"));
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let candle = load(ModelOptions {
        backend: BackendKind::Candle,
        ..ModelOptions::default()
    });
    let packed = load(ModelOptions::default());
    for ((a, b), text) in candle
        .embed(&texts)
        .unwrap()
        .iter()
        .zip(packed.embed(&texts).unwrap())
        .zip(&texts)
    {
        let cosine = cosine(a, &b);
        assert!(cosine >= 0.99999, "{cosine} for {text:?}");
    }
}

#[test]
fn what_people_and_attackers_send_is_embedded() {
    let encoder = load(ModelOptions::default());
    assert_eq!(encoder.count_tokens("").unwrap(), 6);
    let huge = "退".repeat(400_000);
    assert_eq!(encoder.count_tokens(&huge).unwrap(), 512);
    let texts = [
        "",
        "\0",
        "a\0b",
        "   \n\t ",
        "\u{fffd}\u{202e}",
        "</s><s><pad>",
        huge.as_str(),
    ];
    for (vector, text) in encoder.embed(&texts).unwrap().iter().zip(texts) {
        let norm: f32 = vector.iter().map(|value| value * value).sum();
        assert!(
            (norm - 1.0).abs() < 1e-4,
            "{:?}",
            text.chars().take(9).collect::<String>()
        );
    }
    assert_eq!(
        encoder.embed(&["a\0b"]).unwrap(),
        encoder.embed(&["ab"]).unwrap()
    );
}

#[test]
fn the_table_of_words_stays_out_of_memory() {
    let resident_mb = || {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("RssAnon"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<usize>()
            .unwrap()
            / 1024
    };
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: this system does not say how much memory a process has");
        return;
    }
    let before = resident_mb();
    let encoder = load(ModelOptions::default());
    encoder.embed(&["我要退货"]).unwrap();
    let grown = resident_mb().saturating_sub(before);
    // The table alone would be 192 MB in f16; other tests of this process may load one of ours meanwhile.
    assert!(grown < 160, "{grown} MB");
}
