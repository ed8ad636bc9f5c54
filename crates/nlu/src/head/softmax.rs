//! From scores to residuals, a chunk of samples at a time.

use pulp::{Simd, WithSimd};

use super::packed::{CHUNK, PANEL, Packed, Row};

/// Below it eˣ is not worth a number.
const LOWEST: f32 = -87.0;

/// Turns the scores of a chunk into cost · (probability − 1[label]).
pub(super) struct Softmax<'a> {
    pub packed: &'a Packed,
    pub chunk: usize,
    pub cost: f32,
    /// By panel, [`CHUNK`] rows each.
    pub scores: &'a mut [Row],
}

impl WithSimd for Softmax<'_> {
    /// Σ −ln P(label).
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let (first, end) = self.packed.chunk(self.chunk);
        let panels = self.packed.panels();
        let last = self.packed.classes - (panels - 1) * PANEL;
        let mut loss = 0f64;
        for (at, &label) in self.packed.labels[first..end].iter().enumerate() {
            let place = |panel: usize| panel * CHUNK + at;
            // The classes that fill the last panel up are none.
            self.scores[place(panels - 1)][last..].fill(f32::NEG_INFINITY);
            let mut highest = [f32::NEG_INFINITY; PANEL];
            for panel in 0..panels {
                for (highest, &score) in highest.iter_mut().zip(&self.scores[place(panel)]) {
                    *highest = if score > *highest { score } else { *highest };
                }
            }
            let highest = highest.into_iter().fold(f32::NEG_INFINITY, f32::max);
            let label = label as usize;
            let of_label = self.scores[place(label / PANEL)][label % PANEL] - highest;
            let mut sums = [0f32; PANEL];
            for panel in 0..panels {
                for (sum, score) in sums.iter_mut().zip(&mut self.scores[place(panel)]) {
                    *score = exp(*score - highest);
                    *sum += *score;
                }
            }
            let sum: f32 = sums.iter().sum();
            let scale = self.cost / sum;
            for panel in 0..panels {
                for score in &mut self.scores[place(panel)] {
                    *score *= scale;
                }
            }
            self.scores[place(panels - 1)][last..].fill(0.0);
            self.scores[place(label / PANEL)][label % PANEL] -= self.cost;
            loss += f64::from(sum).ln() - f64::from(of_label);
        }
        loss
    }
}

/// eˣ for x ≤ 0 to the last digit or two, without a branch, so that it is computed for many at
/// once: 2ⁿ · eʳ with |r| ≤ ln 2 / 2, and a polynomial for eʳ.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding and taking off 1.5 · 2²³ rounds to a whole number.
    const WHOLE: f32 = 12_582_912.0;
    /// ln 2 in two parts, so that what is left of x loses nothing.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    /// 1 / n! from the sixth on down.
    const FACTORIALS: [f32; 5] = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5];
    let x = if x > LOWEST { x } else { LOWEST };
    let shifted = x * std::f32::consts::LOG2_E + WHOLE;
    let whole = shifted - WHOLE;
    let rest = x - whole * LN_2[0] - whole * LN_2[1];
    let series = FACTORIALS
        .into_iter()
        .fold(0.0, |sum, factor| sum * rest + factor);
    let power = shifted
        .to_bits()
        .wrapping_sub(WHOLE.to_bits())
        .wrapping_add(127)
        << 23;
    (series * rest * rest + rest + 1.0) * f32::from_bits(power)
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn powers_are_right_to_the_last_digits() {
        for step in 0..8_700 {
            let x = -0.01 * step as f32;
            let right = f64::from(x).exp();
            let off = (f64::from(exp(x)) - right).abs() / right;
            assert!(off < 4e-7, "{x}: {off}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }
}
