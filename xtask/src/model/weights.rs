//! `model.safetensors` with the names of Hugging Face's `BertModel`.
//!
//! All in f16: a Q4_0 weight is its block's f16 scale times an integer from -8 to 7, so rounding it
//! moves it by at most 2^-12 of itself, which a loader can undo and which no vector shows.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::Result;
use half::f16;
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};

use super::{
    layout::{BLOCK, BLOCK_BYTES, Kind, Source, Tensor},
    manifest::{Entry, Summing},
};

/// A tensor's name here, its name in the source, and its shape.
struct Plan {
    name: String,
    from: String,
    shape: Vec<usize>,
}

impl Plan {
    fn new(name: impl Into<String>, from: impl Into<String>, shape: &[usize]) -> Self {
        Self {
            name: name.into(),
            from: from.into(),
            shape: shape.to_vec(),
        }
    }

    fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

fn plan(source: &Source<'_>) -> Vec<Plan> {
    let shape = &source.shape;
    let (hidden, wide) = (shape.hidden, shape.feed_forward);
    let mut plans = vec![
        Plan::new(
            "embeddings.word_embeddings.weight",
            "emb.word",
            &[shape.rows, hidden],
        ),
        Plan::new(
            "embeddings.position_embeddings.weight",
            "emb.pos",
            &[shape.positions, hidden],
        ),
        Plan::new(
            "embeddings.token_type_embeddings.weight",
            "emb.type",
            &[shape.types, hidden],
        ),
        Plan::new("embeddings.LayerNorm.weight", "emb.ln.w", &[hidden]),
        Plan::new("embeddings.LayerNorm.bias", "emb.ln.b", &[hidden]),
    ];
    let parts: [(&str, &str, &[usize]); 8] = [
        ("attention.self.query", "q", &[hidden, hidden]),
        ("attention.self.key", "k", &[hidden, hidden]),
        ("attention.self.value", "v", &[hidden, hidden]),
        ("attention.output.dense", "ao", &[hidden, hidden]),
        ("attention.output.LayerNorm", "aln", &[hidden]),
        ("intermediate.dense", "fi", &[wide, hidden]),
        ("output.dense", "fo", &[hidden, wide]),
        ("output.LayerNorm", "oln", &[hidden]),
    ];
    for layer in 0..shape.layers {
        for (name, from, shape) in parts {
            let name = format!("encoder.layer.{layer}.{name}");
            plans.push(Plan::new(
                format!("{name}.weight"),
                format!("l{layer}.{from}.w"),
                shape,
            ));
            plans.push(Plan::new(
                format!("{name}.bias"),
                format!("l{layer}.{from}.b"),
                &shape[..1],
            ));
        }
    }
    plans
}

/// Bytes of tensors that [`write`] will write.
pub fn total_bytes(source: &Source<'_>) -> u64 {
    plan(source)
        .iter()
        .map(|plan| 2 * plan.count() as u64)
        .sum()
}

/// Writes all tensors, one after the other, never two in memory.
pub fn write(dir: &Path, name: &str, source: &Source<'_>, bar: &ProgressBar) -> Result<Entry> {
    let plans = plan(source);
    let mut out = Summing::new(BufWriter::with_capacity(
        1 << 20,
        File::create(dir.join(name))?,
    ));
    out.write_all(&header(&plans)?)?;
    for plan in &plans {
        let tensor = source.tensor(&plan.from, plan.count())?;
        stream(&tensor, &mut out, bar)?;
    }
    Ok(out.finish(name)?)
}

/// The length in u64 and the JSON, padded with spaces so that tensors start aligned.
fn header(plans: &[Plan]) -> Result<Vec<u8>> {
    let mut table = Map::new();
    table.insert("__metadata__".to_owned(), json!({"format": "pt"}));
    let mut start = 0;
    for plan in plans {
        let end = start + 2 * plan.count();
        let entry: Value =
            json!({"dtype": "F16", "shape": plan.shape, "data_offsets": [start, end]});
        table.insert(plan.name.clone(), entry);
        start = end;
    }
    let mut json = serde_json::to_vec(&table)?;
    json.resize(json.len().next_multiple_of(8), b' ');
    let mut header = (json.len() as u64).to_le_bytes().to_vec();
    header.append(&mut json);
    Ok(header)
}

fn stream(tensor: &Tensor<'_>, out: &mut impl Write, bar: &ProgressBar) -> Result<()> {
    /// Blocks converted at a time, so that the bar moves.
    const BLOCKS: usize = 1 << 14;
    let unit = match tensor.kind {
        Kind::F32 => 4 * BLOCK,
        Kind::Q4 => BLOCK_BYTES,
    };
    let mut halves = Vec::new();
    for part in tensor.bytes.chunks(BLOCKS * unit) {
        halves.clear();
        match tensor.kind {
            Kind::F32 => part.chunks_exact(4).for_each(|four| {
                let value = f32::from_le_bytes(std::array::from_fn(|byte| four[byte]));
                halves.extend_from_slice(&f16::from_f32(value).to_le_bytes());
            }),
            Kind::Q4 => part
                .chunks_exact(BLOCK_BYTES)
                .for_each(|block| unpack(block, &mut halves)),
        }
        out.write_all(&halves)?;
        bar.inc(halves.len() as u64);
    }
    Ok(())
}

/// Appends the 32 weights of a Q4_0 block: low nibbles first, then high ones.
fn unpack(block: &[u8], halves: &mut Vec<u8>) {
    let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
    let table: [[u8; 2]; 16] =
        std::array::from_fn(|nibble| f16::from_f32((nibble as f32 - 8.0) * scale).to_le_bytes());
    let nibbles = &block[2..];
    halves.extend(
        nibbles
            .iter()
            .flat_map(|byte| table[usize::from(byte & 0xf)]),
    );
    halves.extend(
        nibbles
            .iter()
            .flat_map(|byte| table[usize::from(byte >> 4)]),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_unpacks_low_nibbles_first() {
        let mut block = f16::from_f32(0.5).to_le_bytes().to_vec();
        block.extend((0..16u8).map(|index| index | ((15 - index) << 4)));
        let mut halves = Vec::new();
        unpack(&block, &mut halves);
        let weights: Vec<f32> = halves
            .chunks_exact(2)
            .map(|two| f16::from_le_bytes([two[0], two[1]]).to_f32())
            .collect();
        assert_eq!(
            (weights[0], weights[15], weights[16], weights[31]),
            (-4.0, 3.5, 3.5, -4.0)
        );
    }

    #[test]
    fn the_header_is_aligned_and_gapless() {
        let plans = [Plan::new("a", "x", &[2, 3]), Plan::new("b", "y", &[4])];
        let header = header(&plans).unwrap();
        assert_eq!(header.len() % 8, 0);
        let table: Value = serde_json::from_slice(&header[8..]).unwrap();
        assert_eq!(table["a"]["data_offsets"], json!([0, 12]));
        assert_eq!(table["b"]["data_offsets"], json!([12, 20]));
    }
}
