//! Limited-memory BFGS with a diagonal start (Nocedal & Wright, Numerical Optimization, alg. 7.4).

use std::collections::VecDeque;

use super::objective::Objective;
use super::vector::{add_then_inner, combine, inner, scale_rows, weighted_square};

/// Remembered steps; each costs two vectors of the weights' size.
const MEMORY: usize = 4;
const BACKTRACKS_MAX: usize = 12;
/// Sufficient decrease of the line search.
const ARMIJO: f64 = 1e-4;
/// Stop when a step gains less than this share of the value.
const GAIN_MIN: f64 = 2e-3;

#[derive(Default)]
struct Step {
    moved: Vec<f32>,
    turned: Vec<f32>,
    /// 1 / (moved · turned).
    rho: f64,
    /// (moved · turned) / (turned · D⁻¹ turned): how far the diagonal D is off.
    scale: f64,
}

/// The weights after at most `iterations_max` steps from zero. `tick` is called before each; it may
/// unwind to end the work early.
pub(super) fn minimise(
    objective: &mut Objective,
    iterations_max: usize,
    tick: &dyn Fn(),
) -> Vec<f32> {
    let inverse: Vec<f32> = objective.row_curvatures().iter().map(|c| 1.0 / c).collect();
    let mut weights = vec![0f32; objective.len()];
    let mut gradient = vec![0f32; weights.len()];
    let mut value = objective.evaluate(&weights, &mut gradient);
    let mut memory = VecDeque::<Step>::new();
    let (mut tried, mut tried_gradient) = (weights.clone(), gradient.clone());
    let mut direction = vec![0f32; weights.len()];
    for _ in 0..iterations_max {
        tick();
        let slope = descend(&mut direction, &gradient, &memory, &inverse);
        if slope >= 0.0 {
            break;
        }
        let mut length = 1.0f64;
        let mut reached = None;
        for _ in 0..BACKTRACKS_MAX {
            combine(&mut tried, &weights, length as f32, &direction);
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
            (&tried, &weights),
            (&tried_gradient, &gradient),
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

/// Remembers where a step led: weights after and before, gradients after and before.
fn remember(
    memory: &mut VecDeque<Step>,
    moved: (&[f32], &[f32]),
    turned: (&[f32], &[f32]),
    inverse: &[f32],
) {
    // The oldest step's vectors are used again: new ones of this size cost as much as a pass.
    let mut step = if memory.len() == MEMORY {
        memory.pop_front().unwrap_or_default()
    } else {
        Step::default()
    };
    let size = moved.0.len();
    step.moved.resize(size, 0.0);
    step.turned.resize(size, 0.0);
    combine(&mut step.moved, moved.0, -1.0, moved.1);
    combine(&mut step.turned, turned.0, -1.0, turned.1);
    let curvature = inner(&step.moved, &step.turned);
    // A step without positive curvature would spoil the model of the surface.
    if curvature <= 1e-10 {
        return;
    }
    step.rho = 1.0 / curvature;
    step.scale = curvature / weighted_square(&step.turned, inverse).max(1e-30);
    memory.push_back(step);
}

/// Fills `direction` with minus the gradient times the approximate inverse Hessian, by the two-loop
/// recursion; returns its inner product with the gradient.
fn descend(
    direction: &mut [f32],
    gradient: &[f32],
    memory: &VecDeque<Step>,
    inverse: &[f32],
) -> f64 {
    // Minus the gradient, exactly.
    combine(direction, gradient, -2.0, gradient);
    let mut alphas = Vec::with_capacity(memory.len());
    let mut along = memory
        .back()
        .map_or(0.0, |step| inner(&step.moved, direction));
    for (at, step) in memory.iter().enumerate().rev() {
        let alpha = step.rho * along;
        let next = at
            .checked_sub(1)
            .map_or(gradient, |next| &memory[next].moved);
        along = add_then_inner(direction, &step.turned, -alpha as f32, next);
        alphas.push(alpha);
    }
    let gamma = memory.back().map_or(1.0, |step| step.scale) as f32;
    scale_rows(direction, inverse, gamma);
    let mut along = memory
        .front()
        .map_or(0.0, |step| inner(&step.turned, direction));
    for ((at, step), alpha) in memory.iter().enumerate().zip(alphas.into_iter().rev()) {
        let beta = step.rho * along;
        let next = memory.get(at + 1).map_or(gradient, |next| &next.turned);
        along = add_then_inner(direction, &step.moved, (alpha - beta) as f32, next);
    }
    if memory.is_empty() {
        inner(gradient, direction)
    } else {
        along
    }
}
