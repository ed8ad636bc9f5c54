//! Limited-memory BFGS with a diagonal start (Nocedal & Wright, Numerical Optimization, alg. 7.4).

use std::collections::VecDeque;

use super::objective::Objective;

/// Remembered steps; each costs two vectors of the weights' size.
const MEMORY: usize = 5;
const BACKTRACKS_MAX: usize = 12;
/// Sufficient decrease of the line search.
const ARMIJO: f64 = 1e-4;
/// Stop when a step gains less than this share of the value.
const GAIN_MIN: f64 = 1e-4;

struct Step {
    moved: Vec<f32>,
    turned: Vec<f32>,
    /// 1 / (moved · turned).
    rho: f64,
}

/// The weights after at most `iterations_max` steps from zero.
pub(super) fn minimise(objective: &Objective, iterations_max: usize) -> Vec<f32> {
    let columns = objective.len() / objective.rows().max(1);
    let curvatures = objective.row_curvatures();
    let mut weights = vec![0f32; objective.len()];
    let mut gradient = vec![0f32; weights.len()];
    let mut value = objective.evaluate(&weights, &mut gradient);
    let mut memory = VecDeque::<Step>::new();
    let (mut tried, mut tried_gradient) = (weights.clone(), gradient.clone());
    for _ in 0..iterations_max {
        let direction = direction(&gradient, &memory, &curvatures, columns);
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
            (&weights, &tried),
            (&gradient, &tried_gradient),
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

fn remember(memory: &mut VecDeque<Step>, at: (&[f32], &[f32]), gradient: (&[f32], &[f32])) {
    let moved = difference(at.1, at.0);
    let turned = difference(gradient.1, gradient.0);
    let curvature = inner(&moved, &turned);
    // A step without positive curvature would spoil the model of the surface.
    if curvature > 1e-10 {
        if memory.len() == MEMORY {
            memory.pop_front();
        }
        memory.push_back(Step {
            moved,
            turned,
            rho: 1.0 / curvature,
        });
    }
}

/// Minus the gradient times the approximate inverse Hessian, by the two-loop recursion.
fn direction(
    gradient: &[f32],
    memory: &VecDeque<Step>,
    curvatures: &[f32],
    columns: usize,
) -> Vec<f32> {
    let mut q: Vec<f32> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for step in memory.iter().rev() {
        let alpha = step.rho * inner(&step.moved, &q);
        crate::dense::add(&mut q, &step.turned, -alpha as f32);
        alphas.push(alpha);
    }
    let scaled = |vector: &[f32]| -> Vec<f32> {
        let rows = vector.chunks(columns.max(1)).zip(curvatures);
        rows.flat_map(|(row, c)| row.iter().map(move |x| x / c))
            .collect()
    };
    let gamma = memory.back().map_or(1.0, |step| {
        let norm = inner(&step.turned, &scaled(&step.turned));
        1.0 / (step.rho * norm.max(1e-30))
    });
    let mut r = scaled(&q);
    r.iter_mut().for_each(|x| *x *= gamma as f32);
    for (step, alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = step.rho * inner(&step.turned, &r);
        crate::dense::add(&mut r, &step.moved, (alpha - beta) as f32);
    }
    r
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// The inner product; blocks are summed in double precision, because millions of weights are.
fn inner(a: &[f32], b: &[f32]) -> f64 {
    a.chunks(1024)
        .zip(b.chunks(1024))
        .map(|(a, b)| f64::from(crate::dense::dot(a, b)))
        .sum()
}
