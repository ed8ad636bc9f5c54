//! The layout of `e5-small-q4.bin`: a little-endian header, the tokenizer, the normalisation table,
//! and tensors in f32 or Q4_0 (GGUF's block: an f16 scale and 32 four-bit weights).

use std::collections::HashMap;

use anyhow::{Context as _, Result, ensure};

/// Weights per Q4_0 block, and the bytes it takes.
pub const BLOCK: usize = 32;
/// An f16 scale and 16 bytes of nibbles.
pub const BLOCK_BYTES: usize = 18;

/// Sizes of the model.
#[derive(Debug)]
pub struct Shape {
    /// Width of a token's vector.
    pub hidden: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width between the two feed-forward matrices.
    pub feed_forward: usize,
    /// Rows of the word-embedding table.
    pub rows: usize,
    /// Longest input in tokens.
    pub positions: usize,
    /// Token types, of which only the first is used.
    pub types: usize,
}

/// The vocabulary.
#[derive(Debug)]
pub struct Pieces<'a> {
    /// Pieces with their scores, by id.
    pub list: Vec<(&'a str, f32)>,
    /// `<s>`.
    pub bos: usize,
    /// `</s>`.
    pub eos: usize,
    /// `<pad>`.
    pub pad: usize,
    /// `<unk>`.
    pub unk: usize,
}

/// How a tensor's bytes are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One f32 each.
    F32,
    /// Blocks of [`BLOCK`].
    Q4,
}

/// One tensor, still packed.
#[derive(Debug, Clone, Copy)]
pub struct Tensor<'a> {
    /// Its format.
    pub kind: Kind,
    /// Weights in it.
    pub count: usize,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// The whole file, borrowed.
#[derive(Debug)]
pub struct Source<'a> {
    /// Sizes.
    pub shape: Shape,
    /// Vocabulary.
    pub pieces: Pieces<'a>,
    /// What each character becomes before tokenising.
    pub charsmap: Vec<(char, String)>,
    tensors: HashMap<&'a str, Tensor<'a>>,
}

impl<'a> Source<'a> {
    /// Reads the tables; tensors stay packed.
    pub fn parse(file: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor { file, at: 0 };
        ensure!(
            cursor.take(4)? == b"E5S1",
            "the weights file does not start with E5S1"
        );
        let version = cursor.u32()?;
        ensure!(
            version == 1,
            "the weights file has layout version {version}, only 1 is known"
        );
        let shape = cursor.shape()?;
        let pieces = cursor.pieces().context("reading the vocabulary")?;
        let charsmap = cursor
            .charsmap()
            .context("reading the normalisation table")?;
        let tensors = cursor.tensors().context("reading the table of tensors")?;
        Ok(Self {
            shape,
            pieces,
            charsmap,
            tensors,
        })
    }

    /// The tensor called `name`, which must hold `count` weights.
    pub fn tensor(&self, name: &str, count: usize) -> Result<Tensor<'a>> {
        let tensor = *self
            .tensors
            .get(name)
            .with_context(|| format!("the weights file has no tensor {name}"))?;
        ensure!(
            tensor.count == count,
            "tensor {name} has {} weights, expected {count}",
            tensor.count
        );
        Ok(tensor)
    }
}

struct Cursor<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let end = self
            .at
            .checked_add(count)
            .filter(|&end| end <= self.file.len());
        let end = end
            .with_context(|| format!("the weights file ends inside a field at byte {}", self.at))?;
        let bytes = &self.file[self.at..end];
        self.at = end;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N)?;
        Ok(std::array::from_fn(|index| bytes[index]))
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn size(&mut self) -> Result<usize> {
        let value = i32::from_le_bytes(self.array()?);
        usize::try_from(value)
            .with_context(|| format!("a count of {value} before byte {}", self.at))
    }

    fn long(&mut self) -> Result<usize> {
        Ok(usize::try_from(u64::from_le_bytes(self.array()?))?)
    }

    fn shape(&mut self) -> Result<Shape> {
        let shape = Shape {
            hidden: self.size()?,
            layers: self.size()?,
            heads: self.size()?,
            feed_forward: self.size()?,
            rows: self.size()?,
            positions: self.size()?,
            types: self.size()?,
        };
        self.take(4)?; // The layer norm's epsilon, 1e-12 rounded to f32.
        let block = self.size()?;
        ensure!(
            block == BLOCK,
            "blocks of {block} weights, expected {BLOCK}"
        );
        Ok(shape)
    }

    fn pieces(&mut self) -> Result<Pieces<'a>> {
        let count = self.size()?;
        let (bos, eos, pad, unk) = (self.size()?, self.size()?, self.size()?, self.size()?);
        let blob_bytes = self.long()?;
        let offsets = self.take(4 * (count + 1))?;
        let scores = self.take(4 * count)?;
        let blob = self.take(blob_bytes)?;
        let word = |bytes: &[u8], index: usize| std::array::from_fn(|byte| bytes[4 * index + byte]);
        let list = (0..count)
            .map(|id| {
                let start = u32::from_le_bytes(word(offsets, id)) as usize;
                let end = u32::from_le_bytes(word(offsets, id + 1)) as usize;
                let bytes = blob
                    .get(start..end)
                    .with_context(|| format!("piece {id} lies outside the blob"))?;
                let text = std::str::from_utf8(bytes)
                    .with_context(|| format!("piece {id} is not UTF-8"))?;
                Ok((text, f32::from_le_bytes(word(scores, id))))
            })
            .collect::<Result<_>>()?;
        Ok(Pieces {
            list,
            bos,
            eos,
            pad,
            unk,
        })
    }

    fn charsmap(&mut self) -> Result<Vec<(char, String)>> {
        let count = self.size()?;
        self.u32()?; // Bytes that follow; each entry knows its own length.
        let mut entries = Vec::with_capacity(count.min(1 << 16));
        for _ in 0..count {
            let from = self.character()?;
            let [length] = self.array()?;
            entries.push((
                from,
                (0..length)
                    .map(|_| self.character())
                    .collect::<Result<_>>()?,
            ));
        }
        Ok(entries)
    }

    fn character(&mut self) -> Result<char> {
        let code = self.u32()?;
        char::from_u32(code).with_context(|| format!("{code:#x} is no character"))
    }

    fn tensors(&mut self) -> Result<HashMap<&'a str, Tensor<'a>>> {
        let count = self.size()?;
        let mut tensors = HashMap::new();
        for _ in 0..count {
            let name_bytes = u16::from_le_bytes(self.array()?);
            let name = std::str::from_utf8(self.take(usize::from(name_bytes))?)?;
            let [kind] = self.array()?;
            let count = self.u32()? as usize;
            let (start, length) = (self.long()?, self.long()?);
            let (kind, expected) = match kind {
                0 => (Kind::F32, 4 * count),
                1 => (Kind::Q4, count / BLOCK * BLOCK_BYTES),
                other => anyhow::bail!("tensor {name} has the unknown type {other}"),
            };
            ensure!(
                length == expected,
                "tensor {name} has {length} bytes, expected {expected}"
            );
            let bytes = start
                .checked_add(length)
                .and_then(|end| self.file.get(start..end));
            let bytes = bytes.with_context(|| format!("tensor {name} lies outside the file"))?;
            tensors.insert(name, Tensor { kind, count, bytes });
        }
        Ok(tensors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_and_cut_files_are_refused_with_the_place() {
        let error = |bytes: &[u8]| Source::parse(bytes).unwrap_err().to_string();
        assert!(error(b"GGUF").contains("E5S1"));
        assert!(error(b"E5S1\x02\0\0\0").contains("version 2"));
        assert!(error(b"E5S1\x01\0\0\0\x80\x01").contains("ends inside a field at byte 8"));
        assert!(error(b"E5S1\x01\0\0\0\xff\xff\xff\xff").contains("a count of -1"));
    }
}
