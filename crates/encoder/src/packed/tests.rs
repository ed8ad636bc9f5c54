use std::path::Path;

use super::*;
use crate::{Encoder, ModelOptions, tiny};
use kefu_nlu::Embedder as _;

fn packed(dir: &Path, isa: Isa) -> Packed {
    let config = BertConfig::read(&dir.join("config.json")).unwrap();
    Packed::load(
        WeightFile::open(&dir.join("model.safetensors")).unwrap(),
        &config,
        isa,
    )
    .unwrap()
}

/// Texts of 1 to 40 tokens, so that every number of rows per kernel occurs.
fn texts() -> Vec<Vec<u32>> {
    (1..=40)
        .map(|length| (0..length).map(|index| (index * 7 + length) % 90).collect())
        .collect()
}

fn slices(texts: &[Vec<u32>]) -> Vec<&[u32]> {
    texts.iter().map(Vec::as_slice).collect()
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    tiny::write(dir.path()).unwrap();
    let outputs: Vec<Vec<f32>> = Isa::available()
        .into_iter()
        .map(|isa| {
            let hidden = packed(dir.path(), isa).hidden(&slices(&texts()), Some(1));
            let Hidden { last, middle } = hidden.unwrap();
            [last, middle].concat()
        })
        .collect();
    assert!(outputs[0].iter().all(|value| value.is_finite()));
    assert!(outputs.iter().all(|output| output == &outputs[0]));
}

#[test]
fn a_text_alone_and_among_others_gives_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    tiny::write(dir.path()).unwrap();
    let model = packed(dir.path(), Isa::detect());
    let together = model.hidden(&slices(&texts()), None).unwrap().last;
    let alone: Vec<f32> = texts()
        .into_iter()
        .flat_map(|text| model.hidden(&[&text], None).unwrap().last)
        .collect();
    assert_eq!(together, alone);
}

#[test]
fn impossible_inputs_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    tiny::write(dir.path()).unwrap();
    let model = packed(dir.path(), Isa::detect());
    assert!(
        model
            .hidden(&[&[0, 1_000_000]], None)
            .unwrap_err()
            .contains("token 1000000")
    );
    let refusal = |text: &[u32]| model.hidden(&[text], None).unwrap_err();
    assert!(refusal(&[0; 65]).contains("65 tokens"));
    assert!(refusal(&[]).contains("0 tokens"));
}

#[test]
fn the_layer_in_the_middle_is_handed_out_where_it_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    tiny::write(dir.path()).unwrap();
    let model = packed(dir.path(), Isa::detect());
    let hidden = |middle| model.hidden(&slices(&texts()), middle).unwrap();
    let (without, first, second) = (hidden(None), hidden(Some(1)), hidden(Some(2)));
    assert!(without.middle.is_empty());
    assert_eq!(first.last, without.last, "it changes nothing");
    assert_eq!(first.middle.len(), first.last.len());
    assert_ne!(first.middle, first.last);
    assert_eq!(second.middle, second.last, "the last of two layers");
}

#[test]
fn the_portable_kernels_give_the_real_models_vectors_too() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/multilingual-e5-small");
    let vectors: Vec<Vec<f32>> = Isa::available()
        .into_iter()
        .map(|isa| {
            let encoder = Encoder::load_with(&dir, ModelOptions::default(), isa)
                .unwrap_or_else(|error| panic!("{error}; run `cargo xtask model` first"));
            encoder
                .embed(&["快递三天没动了，帮我查一下"])
                .unwrap()
                .remove(0)
        })
        .collect();
    assert!(vectors.iter().all(|vector| vector == &vectors[0]));
}
