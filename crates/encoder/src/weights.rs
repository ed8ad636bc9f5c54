//! `model.safetensors`, read tensor by tensor and row by row, never whole.
//!
//! Positioned reads instead of a memory map: a row of the word-embedding table costs one system call,
//! nothing of the table counts as this process's memory, and a file that is cut while in use is an error
//! instead of a signal.

use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use half::{bf16, f16};
use safetensors::{Dtype, tensor::Metadata};

use crate::LoadError;

/// A header longer than this is no model's.
const HEADER_BYTES_MAX: u64 = 16 << 20;

/// The open file and what is in it.
#[derive(Debug)]
pub(crate) struct WeightFile {
    path: PathBuf,
    file: File,
    header: Metadata,
    /// Where tensors start.
    data_at: u64,
    /// What stands before every name, such as `bert.`.
    prefix: &'static str,
}

/// Where one tensor's weights lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    at: u64,
    dtype: Dtype,
}

impl Place {
    const fn width(self) -> usize {
        match self.dtype {
            Dtype::F32 => 4,
            _ => 2,
        }
    }
}

impl WeightFile {
    /// Opens the file and reads its table of tensors.
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        let damaged = |what: String| LoadError::damaged(path, what);
        let file = File::open(path).map_err(|source| LoadError::io(path, source))?;
        let bytes = file
            .metadata()
            .map_err(|source| LoadError::io(path, source))?
            .len();
        let mut length = [0; 8];
        file.read_exact_at(&mut length, 0)
            .map_err(|_| damaged(format!("it has only {bytes} bytes")))?;
        let length = u64::from_le_bytes(length);
        if length > HEADER_BYTES_MAX || 8 + length > bytes {
            return Err(damaged(format!(
                "it announces a header of {length} bytes and has {bytes}"
            )));
        }
        let mut json = vec![0; length as usize];
        file.read_exact_at(&mut json, 8)
            .map_err(|source| LoadError::io(path, source))?;
        // Parsing also checks that the tensors follow each other without a gap.
        let header: Metadata =
            serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))?;
        let data_at = 8 + length;
        let expected = data_at + header.data_len() as u64;
        if bytes != expected {
            return Err(damaged(format!(
                "it has {bytes} bytes, its header says {expected}"
            )));
        }
        let prefix = if header
            .info("bert.embeddings.word_embeddings.weight")
            .is_some()
        {
            "bert."
        } else {
            ""
        };
        Ok(Self {
            path: path.to_owned(),
            file,
            header,
            data_at,
            prefix,
        })
    }

    /// Where the tensor `name` of this shape lies.
    pub fn place(&self, name: &str, shape: &[usize]) -> Result<Place, LoadError> {
        let name = format!("{}{name}", self.prefix);
        // Models converted from the first TensorFlow release name the norms' parts differently.
        let old = name
            .replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta");
        let info = self.header.info(&name).or_else(|| self.header.info(&old));
        let info = info
            .ok_or_else(|| LoadError::damaged(&self.path, format!("tensor {name} is missing")))?;
        if info.shape != shape {
            let what = format!(
                "tensor {name} has the shape {:?}, config.json says {shape:?}",
                info.shape
            );
            return Err(LoadError::damaged(&self.path, what));
        }
        if !matches!(info.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
            let what = format!(
                "tensor {name} is {:?}; f32, f16 and bf16 are known",
                info.dtype
            );
            return Err(LoadError::unsupported(&self.path, what));
        }
        Ok(Place {
            at: self.data_at + info.data_offsets.0 as u64,
            dtype: info.dtype,
        })
    }

    /// A whole tensor as f32.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, LoadError> {
        let place = self.place(name, shape)?;
        let mut values = vec![0.0; shape.iter().product()];
        self.read(place, 0, &mut values)
            .map_err(|source| LoadError::io(&self.path, source))?;
        Ok(values)
    }

    /// Reads `values.len()` weights starting at weight `from` of the tensor.
    pub fn read(&self, place: Place, from: usize, values: &mut [f32]) -> std::io::Result<()> {
        let width = place.width();
        let mut bytes = vec![0; values.len() * width];
        self.file
            .read_exact_at(&mut bytes, place.at + (from * width) as u64)?;
        let pairs = bytes.chunks_exact(width).zip(values);
        match place.dtype {
            Dtype::F32 => {
                pairs.for_each(|(b, value)| *value = f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            }
            Dtype::F16 => {
                pairs.for_each(|(b, value)| *value = f16::from_le_bytes([b[0], b[1]]).to_f32())
            }
            _ => pairs.for_each(|(b, value)| *value = bf16::from_le_bytes([b[0], b[1]]).to_f32()),
        }
        Ok(())
    }

    /// The file's path, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
