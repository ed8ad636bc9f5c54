//! What is done to activations between the linear layers, in f32.
//!
//! No fused multiply-adds and fixed orders of addition, so every processor gives the same bits.

use super::isa::per_isa;
use crate::config::Activation;

/// Partial sums kept side by side; fixed, so that the order of addition is.
const LANES: usize = 16;

/// A layer norm's weights.
#[derive(Debug)]
pub(super) struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub epsilon: f32,
}

per_isa! {
    /// `x = norm(x + y)`, row by row.
    pub(super) fn add_and_norm(x: &mut [f32], y: &[f32], norm: &Norm) = add_and_norm_rows
}

#[inline(always)]
fn add_and_norm_rows(x: &mut [f32], y: &[f32], norm: &Norm) {
    let width = norm.weight.len();
    for (x, y) in x.chunks_exact_mut(width).zip(y.chunks_exact(width)) {
        x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
        let mean = sum(x, |value| value) / width as f32;
        let variance = sum(x, |value| (value - mean) * (value - mean)) / width as f32;
        let inverse = 1.0 / (variance + norm.epsilon).sqrt();
        for ((x, weight), bias) in x.iter_mut().zip(&norm.weight).zip(&norm.bias) {
            *x = (*x - mean) * inverse * weight + bias;
        }
    }
}

/// The sum of `of(value)`, in sixteen lanes and then across them.
#[inline(always)]
fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        lanes
            .iter_mut()
            .zip(chunk)
            .for_each(|(lane, &value)| *lane += of(value));
    }
    lanes
        .iter_mut()
        .zip(rest)
        .for_each(|(lane, &value)| *lane += of(value));
    lanes.iter().sum()
}

/// The largest `of(value)`, or the lowest number there is; lanes as in [`sum`], so that loops vectorise.
#[inline(always)]
pub(super) fn max(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let larger = |lane: &mut f32, &value: &f32| {
        let value = of(value);
        *lane = if value > *lane { value } else { *lane };
    };
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [f32::MIN; LANES];
    for chunk in chunks {
        lanes
            .iter_mut()
            .zip(chunk)
            .for_each(|(lane, value)| larger(lane, value));
    }
    lanes
        .iter_mut()
        .zip(rest)
        .for_each(|(lane, value)| larger(lane, value));
    lanes.into_iter().fold(f32::MIN, f32::max)
}

per_isa! {
    /// Applies the feed-forward activation in place.
    pub(super) fn activate(values: &mut [f32], activation: Activation) = activate_all
}

#[inline(always)]
fn activate_all(values: &mut [f32], activation: Activation) {
    match activation {
        Activation::Gelu => values
            .iter_mut()
            .for_each(|x| *x = 0.5 * *x * (1.0 + erf(*x * std::f32::consts::FRAC_1_SQRT_2))),
        Activation::GeluTanh => values.iter_mut().for_each(|x| {
            const SQRT_2_OVER_PI: f32 = 0.797_884_6;
            *x = 0.5 * *x * (1.0 + tanh(SQRT_2_OVER_PI * (*x + 0.044_715 * *x * *x * *x)));
        }),
        Activation::Relu => values.iter_mut().for_each(|x| *x = x.max(0.0)),
    }
}

/// e^x to 4e-7 of itself for -87 ≤ x ≤ 88; beyond, as at those ends. No branches, so that loops vectorise.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Adding and taking off 1.5 × 2^23 rounds to a whole number.
    const WHOLE: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first short enough that its multiples are exact.
    const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + WHOLE;
    let power = shifted - WHOLE;
    let rest = x - power * LN_2.0 - power * LN_2.1;
    // Taylor's series; |rest| ≤ ln 2 / 2 leaves less than 2^-24 after the seventh power.
    let mut series = 1.0 / 5040.0;
    for factor in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        series = series * rest + factor;
    }
    let exponent = (shifted.to_bits() as i32).wrapping_sub(WHOLE.to_bits() as i32);
    series * f32::from_bits((exponent.wrapping_add(127) << 23) as u32)
}

/// The error function to 2e-7: Abramowitz and Stegun, formula 7.1.26.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let positive = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * positive);
    let mut series = 1.061_405_4;
    for factor in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        series = series * t + factor;
    }
    (1.0 - series * t * exp(-positive * positive)).copysign(x)
}

#[inline(always)]
fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (exp(2.0 * x) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::isa::Isa;

    #[test]
    fn exp_is_close_everywhere() {
        for step in -870..=880 {
            let x = step as f32 / 10.0;
            let exact = f64::from(x).exp();
            assert!(((f64::from(exp(x)) - exact) / exact).abs() < 4e-7, "{x}");
        }
        assert!(exp(-1e30) < 1e-37 && exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn gelu_agrees_with_candle() {
        let inputs: Vec<f32> = (-600..=600).map(|step| step as f32 / 100.0).collect();
        let tensor =
            candle_core::Tensor::new(inputs.as_slice(), &candle_core::Device::Cpu).unwrap();
        for (activation, expected) in [
            (Activation::Gelu, tensor.gelu_erf().unwrap()),
            (Activation::GeluTanh, tensor.gelu().unwrap()),
            (Activation::Relu, tensor.relu().unwrap()),
        ] {
            let mut values = inputs.clone();
            activate(Isa::detect(), &mut values, activation);
            for (found, expected) in values.iter().zip(expected.to_vec1::<f32>().unwrap()) {
                assert!(
                    (found - expected).abs() < 2e-6,
                    "{activation:?} {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let norm = Norm {
            weight: vec![1.25; 40],
            bias: vec![0.5; 40],
            epsilon: 1e-12,
        };
        let outputs: Vec<Vec<f32>> = Isa::available()
            .into_iter()
            .map(|isa| {
                let mut x: Vec<f32> = (0..120)
                    .map(|index| (index as f32 * 0.37).sin() * 4.0)
                    .collect();
                let y: Vec<f32> = x.iter().map(|value| value * 0.3).collect();
                add_and_norm(isa, &mut x, &y, &norm);
                activate(isa, &mut x, Activation::Gelu);
                x
            })
            .collect();
        assert!(outputs.iter().all(|output| output == &outputs[0]));
    }
}
