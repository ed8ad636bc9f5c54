//! Limited-memory BFGS with a diagonal start (Nocedal & Wright, Numerical Optimization, alg. 7.4).

use std::collections::VecDeque;

use pulp::Arch;

use super::objective::Objective;
use crate::dense::{add, dot};

/// Remembered steps; each costs two vectors of the weights' size.
const MEMORY: usize = 4;
const BACKTRACKS_MAX: usize = 12;
/// Sufficient decrease of the line search.
const ARMIJO: f64 = 1e-4;
/// Stop when a step gains less than this share of the value.
const GAIN_MIN: f64 = 2e-3;

struct Step {
    moved: Vec<f32>,
    turned: Vec<f32>,
    /// 1 / (moved · turned).
    rho: f64,
    /// (moved · turned) / (turned · D⁻¹ turned): how far the diagonal D is off.
    scale: f64,
}

/// The weights after at most `iterations_max` steps from zero.
pub(super) fn minimise(objective: &Objective, iterations_max: usize) -> Vec<f32> {
    let inverse: Vec<f32> = objective.row_curvatures().iter().map(|c| 1.0 / c).collect();
    let mut weights = vec![0f32; objective.len()];
    let mut gradient = vec![0f32; weights.len()];
    let mut value = objective.evaluate(&weights, &mut gradient);
    let mut memory = VecDeque::<Step>::new();
    let (mut tried, mut tried_gradient) = (weights.clone(), gradient.clone());
    for _ in 0..iterations_max {
        let direction = direction(&gradient, &memory, &inverse);
        let slope = inner(&gradient, &direction);
        if slope >= 0.0 {
            break;
        }
        let mut length = 1.0f64;
        let mut reached = None;
        for _ in 0..BACKTRACKS_MAX {
            for ((t, w), d) in tried.iter_mut().zip(&weights).zip(&direction) {
                *t = w + length as f32 * d;
            }
            let there = objective.evaluate(&tried, &mut tried_gradient);
            if there <= value + ARMIJO * length * slope {
                reached = Some(there);
                break;
            }
            // The minimum of the parabola through what is known, kept within sane bounds.
            let parabola = -0.5 * slope * length * length / (there - value - slope * length);
            length = parabola.clamp(0.1 * length, 0.5 * length);
        }
        let Some(there) = reached else { break };
        remember(
            &mut memory,
            difference(&tried, &weights),
            difference(&tried_gradient, &gradient),
            &inverse,
        );
        std::mem::swap(&mut weights, &mut tried);
        std::mem::swap(&mut gradient, &mut tried_gradient);
        let gain = value - there;
        value = there;
        if gain < GAIN_MIN * value {
            break;
        }
    }
    weights
}

fn remember(memory: &mut VecDeque<Step>, moved: Vec<f32>, turned: Vec<f32>, inverse: &[f32]) {
    let curvature = inner(&moved, &turned);
    // A step without positive curvature would spoil the model of the surface.
    if curvature <= 1e-10 {
        return;
    }
    let columns = turned.len() / inverse.len().max(1);
    let rows = turned.chunks(columns.max(1)).zip(inverse);
    let norm: f64 = rows
        .map(|(row, factor)| f64::from(factor * dot(row, row)))
        .sum();
    if memory.len() == MEMORY {
        memory.pop_front();
    }
    let (rho, scale) = (1.0 / curvature, curvature / norm.max(1e-30));
    memory.push_back(Step {
        moved,
        turned,
        rho,
        scale,
    });
}

/// Minus the gradient times the approximate inverse Hessian, by the two-loop recursion.
fn direction(gradient: &[f32], memory: &VecDeque<Step>, inverse: &[f32]) -> Vec<f32> {
    let mut d: Vec<f32> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for step in memory.iter().rev() {
        let alpha = step.rho * inner(&step.moved, &d);
        add(&mut d, &step.turned, -alpha as f32);
        alphas.push(alpha);
    }
    let gamma = memory.back().map_or(1.0, |step| step.scale) as f32;
    scale_rows(&mut d, inverse, gamma);
    for (step, alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = step.rho * inner(&step.turned, &d);
        add(&mut d, &step.moved, (alpha - beta) as f32);
    }
    d
}

/// Multiplies each row of `vector` by its factor and by `scale`.
fn scale_rows(vector: &mut [f32], factors: &[f32], scale: f32) {
    let columns = vector.len() / factors.len().max(1);
    for (row, factor) in vector.chunks_mut(columns.max(1)).zip(factors) {
        row.iter_mut().for_each(|x| *x *= factor * scale);
    }
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// The inner product; blocks are summed in double precision, because millions of weights are.
fn inner(a: &[f32], b: &[f32]) -> f64 {
    let blocks = a.chunks(1024).zip(b.chunks(1024));
    Arch::new().dispatch(|| blocks.map(|(a, b)| f64::from(dot(a, b))).sum())
}
