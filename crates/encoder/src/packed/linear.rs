//! One linear layer over rows of activations: `out = activations × weightsᵀ + bias`.
//!
//! Activations are rounded to 16 bits with one scale per row, weights are at most 8 bits, so a block's
//! dot product is an exact integer; only scaling and adding the blocks rounds, in the same order and
//! with the same operations on every instruction set. So the result is the same to the last bit on
//! every processor, and a row's result does not depend on the rows computed beside it.

use super::{
    float::max,
    isa::per_isa,
    matrix::{BLOCK, Matrix, PAIRS, PANEL, ScaleBlock, WeightBlock},
};

/// Rows of activations in 16 bits.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// By row, then block; each number holds two neighbouring activations, the first in its low half.
    pairs: Vec<[i32; PAIRS]>,
    /// By row.
    scales: Vec<f32>,
    blocks: usize,
}

impl Rows {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    fn row(&self, row: usize) -> &[[i32; PAIRS]] {
        &self.pairs[row * self.blocks..(row + 1) * self.blocks]
    }
}

per_isa! {
    /// Rounds row-major `values` of `width` columns to 16 bits.
    pub(super) fn quantise(values: &[f32], width: usize, rows: &mut Rows) = quantise_rows
}

#[inline(always)]
fn quantise_rows(values: &[f32], width: usize, rows: &mut Rows) {
    /// Adding and taking off 1.5 × 2^23 rounds an f32 to a whole number, without a call.
    const WHOLE: f32 = 12_582_912.0;
    rows.blocks = width.div_ceil(BLOCK);
    rows.scales.clear();
    rows.pairs.clear();
    for row in values.chunks_exact(width) {
        let largest = max(row, f32::abs);
        let (scale, inverse) = if largest > 0.0 {
            (largest / 32767.0, 32767.0 / largest)
        } else {
            (0.0, 0.0)
        };
        rows.scales.push(scale);
        for block in row.chunks(BLOCK) {
            let mut whole = [0i32; BLOCK];
            for (whole, value) in whole.iter_mut().zip(block) {
                *whole = (value * inverse + WHOLE).to_bits() as i32 - WHOLE.to_bits() as i32;
            }
            rows.pairs.push(std::array::from_fn(|pair| {
                (whole[2 * pair] & 0xffff) | (whole[2 * pair + 1] << 16)
            }));
        }
    }
}

/// Where results go: row-major, `width` columns.
pub(super) struct Target<'a> {
    pub values: &'a mut [f32],
    pub width: usize,
}

impl Target<'_> {
    /// Writes one row's sums for one panel, scaled and with the bias added.
    #[inline(always)]
    fn put(
        &mut self,
        row: usize,
        panel: usize,
        sums: &[f32; PANEL],
        scale: f32,
        bias: &[f32; PANEL],
    ) {
        let start = panel * PANEL;
        let end = (start + PANEL).min(self.width);
        let out = &mut self.values[row * self.width + start..row * self.width + end];
        if let Some(out) = out.as_mut_array::<PANEL>() {
            for ((out, sum), bias) in out.iter_mut().zip(sums).zip(bias) {
                *out = sum * scale + bias;
            }
        } else {
            for ((out, sum), bias) in out.iter_mut().zip(sums).zip(bias) {
                *out = sum * scale + bias;
            }
        }
    }
}

per_isa! {
    /// The linear layer.
    pub(super) fn linear(rows: &Rows, matrix: &Matrix, target: &mut Target<'_>)
        = portable::linear, x86::linear_avx2, x86::linear_avx512
}

/// Writes the loop over panels and rows around one kernel: `$most` rows at a time, evenly divided.
macro_rules! drive {
    ($(#[$attribute:meta])* $name:ident, $kernel:path, $most:literal: $($count:literal)*) => {
        $(#[$attribute])*
        pub(super) fn $name(rows: &Rows, matrix: &Matrix, target: &mut Target<'_>) {
            let blocks = matrix.blocks;
            let panels = matrix.weights.chunks_exact(blocks).zip(matrix.scales.chunks_exact(blocks));
            for ((panel, (weights, scales)), bias) in panels.enumerate().zip(matrix.bias.as_chunks::<PANEL>().0) {
                let mut row = 0;
                let mut turns = rows.len().div_ceil($most);
                while turns > 0 {
                    let count = (rows.len() - row).div_ceil(turns);
                    match count {
                        $($count => {
                            let activations: [&[[i32; PAIRS]]; $count] = std::array::from_fn(|index| rows.row(row + index));
                            let sums = $kernel(activations, weights, scales);
                            for (index, sums) in sums.iter().enumerate() {
                                target.put(row + index, panel, sums, rows.scales[row + index], bias);
                            }
                        })*
                        _ => unreachable!("turns are divided so that none has more than the kernel takes"),
                    }
                    row += count;
                    turns -= 1;
                }
            }
        }
    };
}

mod portable {
    use super::*;

    drive! {
        #[inline(always)]
        linear, kernel, 2: 1 2
    }

    #[inline(always)]
    fn kernel<const R: usize>(
        rows: [&[[i32; PAIRS]]; R],
        weights: &[WeightBlock],
        scales: &[ScaleBlock],
    ) -> [[f32; PANEL]; R] {
        let mut sums = [[0.0; PANEL]; R];
        for (block, (weights, scales)) in weights.iter().zip(scales).enumerate() {
            let mut dots = [[0i32; PANEL]; R];
            for (pair, weights) in weights.iter().enumerate() {
                let mut wide = [0i16; 2 * PANEL];
                wide.iter_mut()
                    .zip(weights.as_flattened())
                    .for_each(|(wide, &weight)| *wide = weight.into());
                for (dots, row) in dots.iter_mut().zip(&rows) {
                    add_products(dots, &wide, row[block][pair]);
                }
            }
            for (sums, dots) in sums.iter_mut().zip(&dots) {
                for ((sum, dot), scale) in sums.iter_mut().zip(dots).zip(scales.as_flattened()) {
                    *sum += *dot as f32 * scale;
                }
            }
        }
        sums
    }

    /// In 16 bits on both sides, so that the compiler finds the multiply-add of pairs; wrapping, because
    /// a check would keep the loop scalar and 32 products of 8 by 16 bits stay far inside 32.
    #[inline(always)]
    fn add_products(dots: &mut [i32; PANEL], weights: &[i16; 2 * PANEL], pair: i32) {
        let (first, second) = (i32::from(pair as i16), i32::from((pair >> 16) as i16));
        for (dot, two) in dots.iter_mut().zip(weights.as_chunks::<2>().0) {
            let products = i32::from(two[0])
                .wrapping_mul(first)
                .wrapping_add(i32::from(two[1]).wrapping_mul(second));
            *dot = dot.wrapping_add(products);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86;
