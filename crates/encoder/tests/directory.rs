//! Any BERT directory works; a damaged one is refused with the file, what is wrong, and what mends it.

use std::{fs, path::Path};

use kefu_encoder::{BackendKind, Encoder, ModelOptions, Pooling, tiny};
use kefu_nlu::Embedder as _;
use serde_json::{Value, json};
use tempfile::TempDir;

fn tiny_model() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    tiny::write(dir.path()).unwrap();
    dir
}

fn options() -> ModelOptions {
    ModelOptions {
        prefix: String::new(),
        ..ModelOptions::default()
    }
}

fn refusal(dir: &Path) -> String {
    Encoder::load(dir, options()).unwrap_err().to_string()
}

/// Changes `config.json`.
fn configure(dir: &Path, key: &str, value: Value) {
    let path = dir.join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config[key] = value;
    fs::write(path, config.to_string()).unwrap();
}

/// Writes a manifest over the three files.
fn seal(dir: &Path, sum: &str) {
    let entry = |name: &str| json!({"name": name, "bytes": fs::metadata(dir.join(name)).unwrap().len(), "sha256": sum});
    let files = ["config.json", "tokenizer.json", "model.safetensors"].map(entry);
    fs::write(
        dir.join("manifest.json"),
        json!({"files": files}).to_string(),
    )
    .unwrap();
}

fn near(a: &[f32], b: &[f32], tolerance: f32) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < tolerance)
}

#[test]
fn wordpiece_and_every_activation_agree_with_candle() {
    for activation in ["gelu", "relu", "gelu_new"] {
        let dir = tempfile::tempdir().unwrap();
        tiny::write_wordpiece(dir.path(), activation).unwrap();
        for pooling in [Pooling::Mean, Pooling::Cls] {
            let packed = Encoder::load(
                dir.path(),
                ModelOptions {
                    pooling,
                    ..options()
                },
            )
            .unwrap();
            let candle = Encoder::load(
                dir.path(),
                ModelOptions {
                    pooling,
                    backend: BackendKind::Candle,
                    ..options()
                },
            )
            .unwrap();
            for text in ["where is my order?", "我要退货", "x"] {
                let (a, b) = (
                    packed.embed(&[text]).unwrap(),
                    candle.embed(&[text]).unwrap(),
                );
                assert!(near(&a[0], &b[0], 0.01), "{activation} {pooling:?} {text}");
            }
        }
    }
}

#[test]
fn half_precision_and_a_name_prefix_load_the_same_model() {
    let dir = tiny_model();
    let expected = Encoder::load(dir.path(), options())
        .unwrap()
        .embed(&["我要退货"])
        .unwrap();
    let path = dir.path().join("model.safetensors");
    let file = fs::read(&path).unwrap();
    let whole = safetensors::SafeTensors::deserialize(&file).unwrap();
    for (dtype, tolerance) in [
        (safetensors::Dtype::F16, 0.005),
        (safetensors::Dtype::BF16, 0.03),
    ] {
        let halves: Vec<(String, Vec<usize>, Vec<u8>)> = whole
            .iter()
            .map(|(name, view)| {
                let values = view
                    .data()
                    .as_chunks()
                    .0
                    .iter()
                    .map(|four| f32::from_le_bytes(*four));
                let bytes = match dtype {
                    safetensors::Dtype::F16 => values
                        .flat_map(|v| half::f16::from_f32(v).to_le_bytes())
                        .collect(),
                    _ => values
                        .flat_map(|v| half::bf16::from_f32(v).to_le_bytes())
                        .collect(),
                };
                (format!("bert.{name}"), view.shape().to_vec(), bytes)
            })
            .collect();
        let views = halves.iter().map(|(name, shape, bytes)| {
            (
                name.as_str(),
                safetensors::tensor::TensorView::new(dtype, shape.clone(), bytes).unwrap(),
            )
        });
        fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
        let found = Encoder::load(dir.path(), options())
            .unwrap()
            .embed(&["我要退货"])
            .unwrap();
        assert!(near(&found[0], &expected[0], tolerance), "{dtype:?}");
    }
}

#[test]
fn batches_threads_and_the_cache_change_nothing() {
    let dir = tiny_model();
    let texts: Vec<String> = (0..60)
        .map(|index| format!("order {index} 退货{}", "吗".repeat(index % 30)))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let plain = Encoder::load(
        dir.path(),
        ModelOptions {
            cache_entries_max: 0,
            ..options()
        },
    )
    .unwrap();
    let alone: Vec<Vec<f32>> = texts
        .iter()
        .map(|text| plain.embed(&[text]).unwrap().remove(0))
        .collect();
    assert_eq!(plain.embed(&texts).unwrap(), alone);
    let threaded = Encoder::load(
        dir.path(),
        ModelOptions {
            threads: 3,
            ..options()
        },
    )
    .unwrap();
    assert_eq!(threaded.embed(&texts).unwrap(), alone);
    assert_eq!(threaded.embed(&texts).unwrap(), alone, "from the cache");
    assert!(threaded.embed(&[]).unwrap().is_empty());
}

#[test]
fn a_second_part_of_the_vector_leaves_the_first_what_it_is() {
    let dir = tiny_model();
    let middle = |backend| ModelOptions {
        middle: true,
        backend,
        ..options()
    };
    let plain = Encoder::load(dir.path(), options()).unwrap();
    let both = Encoder::load(dir.path(), middle(BackendKind::Packed)).unwrap();
    assert_eq!((plain.dimension(), both.dimension()), (32, 32 + 11));
    let texts = ["我要退货", "where is my order", ""];
    let wanted = plain.embed(&texts).unwrap();
    for (vector, wanted) in both.embed(&texts).unwrap().iter().zip(&wanted) {
        let length = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((length(vector.as_slice()) - 1.0).abs() < 1e-5);
        let (first, second) = vector.split_at(32);
        let first: Vec<f32> = first.iter().map(|x| x / length(first)).collect();
        assert!(near(&first, wanted, 1e-5));
        assert!(length(second) > 0.1, "{}", length(second));
    }
    let refusal = Encoder::load(dir.path(), middle(BackendKind::Candle)).unwrap_err();
    assert!(
        refusal.to_string().contains("last layer alone"),
        "{refusal}"
    );
}

#[test]
fn whole_words_of_the_vocabulary_are_known() {
    let dir = tempfile::tempdir().unwrap();
    tiny::write_wordpiece(dir.path(), "gelu").unwrap();
    let encoder = Encoder::load(dir.path(), options()).unwrap();
    assert!(encoder.knows_word("order"));
    assert!(!encoder.knows_word("ordre"));
    assert!(!encoder.knows_word(""));
}

#[test]
fn the_model_id_follows_whatever_changes_the_vectors() {
    let dir = tiny_model();
    let id = |options: ModelOptions| {
        Encoder::load(dir.path(), options)
            .unwrap()
            .model_id()
            .to_owned()
    };
    let first = id(options());
    assert_eq!(
        first,
        id(ModelOptions {
            threads: 2,
            cache_entries_max: 1,
            ..options()
        })
    );
    assert_ne!(
        first,
        id(ModelOptions {
            prefix: "query: ".to_owned(),
            ..options()
        })
    );
    assert_ne!(
        first,
        id(ModelOptions {
            pooling: Pooling::Cls,
            ..options()
        })
    );
    assert_ne!(
        first,
        id(ModelOptions {
            middle: true,
            ..options()
        })
    );
    let path = dir.path().join("model.safetensors");
    let mut file = fs::read(&path).unwrap();
    *file.last_mut().unwrap() ^= 1;
    fs::write(&path, file).unwrap();
    assert_ne!(first, id(options()));
}

#[test]
fn a_missing_directory_or_file_says_which_command_brings_it() {
    let dir = tiny_model();
    let message = refusal(&dir.path().join("absent"));
    assert!(
        message.contains("absent is missing") && message.contains("cargo xtask model"),
        "{message}"
    );
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let dir = tiny_model();
        fs::remove_file(dir.path().join(file)).unwrap();
        let message = refusal(dir.path());
        assert!(message.contains(&format!("{file} is missing")), "{message}");
    }
}

#[test]
fn damaged_files_are_refused_by_name_and_place() {
    let cut = |file: &str, keep: usize| {
        let dir = tiny_model();
        let path = dir.path().join(file);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..keep.min(bytes.len() - 1)]).unwrap();
        let message = refusal(dir.path());
        assert!(
            message.contains(file) && message.contains("cargo xtask model"),
            "{message}"
        );
        message
    };
    assert!(cut("model.safetensors", usize::MAX).contains("its header says"));
    assert!(cut("model.safetensors", 100).contains("announces a header"));
    assert!(cut("model.safetensors", 3).contains("only 3 bytes"));
    assert!(cut("tokenizer.json", 50).contains("column 50"));
    assert!(cut("config.json", 20).contains("column 20"));
}

#[test]
fn a_header_that_lies_is_refused() {
    let dir = tiny_model();
    let path = dir.path().join("model.safetensors");
    fs::write(&path, [&u64::MAX.to_le_bytes()[..], b"{}"].concat()).unwrap();
    assert!(refusal(dir.path()).contains("announces a header of 18446744073709551615 bytes"));
    fs::write(&path, [&8u64.to_le_bytes()[..], b"not json"].concat()).unwrap();
    assert!(refusal(dir.path()).contains("is damaged"));
    fs::write(&path, [&8u64.to_le_bytes()[..], b"{}      "].concat()).unwrap();
    assert!(refusal(dir.path()).contains("word_embeddings.weight is missing"));
}

#[test]
fn a_configuration_that_does_not_fit_is_refused() {
    let refused = |key: &str, value: Value| {
        let dir = tiny_model();
        configure(dir.path(), key, value);
        refusal(dir.path())
    };
    assert!(refused("vocab_size", json!(7)).contains("config.json says [7, 32]"));
    assert!(refused("num_hidden_layers", json!(3)).contains("encoder.layer.2"));
    assert!(refused("num_attention_heads", json!(5)).contains("not a multiple"));
    assert!(refused("hidden_size", json!(0)).contains("zero or absurd"));
    assert!(refused("model_type", json!("roberta")).contains("only \"bert\""));
    assert!(refused("hidden_act", json!("swish")).contains("swish"));
}

#[test]
fn a_manifest_is_held_by_size_at_load_and_by_sum_on_demand() {
    let dir = tiny_model();
    seal(dir.path(), "0000");
    Encoder::load(dir.path(), options()).unwrap();
    assert!(
        Encoder::verify(dir.path())
            .unwrap_err()
            .to_string()
            .contains("the manifest says 0000")
    );
    configure(dir.path(), "initializer_range", json!(0.123_456));
    let message = refusal(dir.path());
    assert!(
        message.contains("config.json is damaged") && message.contains("--force"),
        "{message}"
    );
    fs::write(dir.path().join("manifest.json"), "{").unwrap();
    assert!(refusal(dir.path()).contains("manifest.json is damaged"));
}
