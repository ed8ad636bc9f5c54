//! Small convex fits whose weights may not be negative.
//!
//! Every piece of evidence speaks *for* an intent; a negative weight could only come from chance
//! in the folds, and would turn against texts unlike any seen.

const STEPS_MAX: usize = 300;
/// Stop when no weight moves more than this.
const MOVE_MIN: f64 = 1e-6;

/// Minimises `value` from `start` by projected gradient steps with backtracking; `value` returns
/// the value and its gradient. Weights from index `free_from` on may be negative.
pub(super) fn minimise(
    start: Vec<f64>,
    free_from: usize,
    value: impl Fn(&[f64]) -> (f64, Vec<f64>),
) -> Vec<f64> {
    let mut at = start;
    let (mut here, mut gradient) = value(&at);
    let mut length = 1.0f64;
    for _ in 0..STEPS_MAX {
        let mut moved = false;
        for _ in 0..40 {
            let step = |(i, (x, g)): (usize, (&f64, &f64))| {
                let next = x - length * g;
                if i < free_from { next.max(0.0) } else { next }
            };
            let tried: Vec<f64> = at.iter().zip(&gradient).enumerate().map(step).collect();
            let change: Vec<f64> = tried.iter().zip(&at).map(|(t, a)| t - a).collect();
            let square: f64 = change.iter().map(|d| d * d).sum();
            let slope: f64 = change.iter().zip(&gradient).map(|(d, g)| d * g).sum();
            let (there, next_gradient) = value(&tried);
            if there <= here + slope + square / (2.0 * length) {
                moved = change.iter().any(|d| d.abs() > MOVE_MIN);
                (at, here, gradient) = (tried, there, next_gradient);
                length *= 1.5;
                break;
            }
            length *= 0.5;
        }
        if !moved {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::minimise;

    #[test]
    fn the_bound_holds_where_it_binds() {
        // (x − 2)² + (y + 3)² + (z + 1)², y bound to be non-negative, z free.
        let value = |w: &[f64]| {
            let d = [w[0] - 2.0, w[1] + 3.0, w[2] + 1.0];
            (
                d.iter().map(|d| d * d).sum(),
                d.iter().map(|d| 2.0 * d).collect(),
            )
        };
        let found = minimise(vec![0.5, 0.5, 0.5], 2, value);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
        assert!(
            near(found[0], 2.0) && near(found[1], 0.0) && near(found[2], -1.0),
            "{found:?}"
        );
    }
}
