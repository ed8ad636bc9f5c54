//! Arithmetic over millions of weights, a pass at a time. What is summed is summed by blocks of a
//! fixed length and in their order, so that the threads do not show in the result.

use pulp::Arch;
use rayon::prelude::*;

use super::packed::PANEL;
use crate::dense::{add, dot};

/// Weights in one piece of work.
const BLOCK: usize = 1 << 15;
/// Numbers summed in single precision; such sums are added in double, because millions are.
const SINGLE: usize = 1 << 10;

/// The inner product.
pub(super) fn inner(a: &[f32], b: &[f32]) -> f64 {
    let arch = Arch::new();
    let blocks = a.par_chunks(BLOCK).zip(b.par_chunks(BLOCK));
    let sums: Vec<f64> = blocks
        .map(|(a, b)| arch.dispatch(|| products(a, b)))
        .collect();
    sums.into_iter().sum()
}

/// `to += scale · from`; returns the inner product of the result and `with`.
pub(super) fn add_then_inner(to: &mut [f32], from: &[f32], scale: f32, with: &[f32]) -> f64 {
    let arch = Arch::new();
    let blocks = to.par_chunks_mut(BLOCK).zip(from.par_chunks(BLOCK));
    let blocks = blocks.zip(with.par_chunks(BLOCK));
    let sums: Vec<f64> = blocks
        .map(|((to, from), with)| {
            arch.dispatch(|| {
                add(to, from, scale);
                products(to, with)
            })
        })
        .collect();
    sums.into_iter().sum()
}

/// `to = base + scale · from`.
pub(super) fn combine(to: &mut [f32], base: &[f32], scale: f32, from: &[f32]) {
    let arch = Arch::new();
    let blocks = to.par_chunks_mut(BLOCK).zip(base.par_chunks(BLOCK));
    let blocks = blocks.zip(from.par_chunks(BLOCK));
    blocks.for_each(|((to, base), from)| {
        arch.dispatch(|| sum(to, base, scale, from));
    });
}

/// Multiplies by `scale` and by the factor of each row; rows of a panel follow each other, and
/// panels do.
pub(super) fn scale_rows(vector: &mut [f32], factors: &[f32], scale: f32) {
    let panels = vector.par_chunks_mut(PANEL * factors.len().max(1));
    panels.for_each(|panel| {
        for (row, factor) in panel.chunks_mut(PANEL).zip(factors) {
            row.iter_mut().for_each(|x| *x *= factor * scale);
        }
    });
}

/// Σ factor · x² over the rows of all panels.
pub(super) fn weighted_square(vector: &[f32], factors: &[f32]) -> f64 {
    let panels = vector.par_chunks(PANEL * factors.len().max(1));
    let sums: Vec<f64> = panels
        .map(|panel| {
            let rows = panel.chunks(PANEL).zip(factors);
            rows.map(|(row, factor)| f64::from(factor * dot(row, row)))
                .sum()
        })
        .collect();
    sums.into_iter().sum()
}

#[inline(always)]
fn sum(to: &mut [f32], base: &[f32], scale: f32, from: &[f32]) {
    for ((to, base), from) in to.iter_mut().zip(base).zip(from) {
        *to = base + scale * from;
    }
}

#[inline(always)]
fn products(a: &[f32], b: &[f32]) -> f64 {
    let blocks = a.chunks(SINGLE).zip(b.chunks(SINGLE));
    blocks.map(|(a, b)| f64::from(dot(a, b))).sum()
}
