//! Weights as small integers, laid out the way the kernels read them.
//!
//! A matrix of `outputs × inputs` is cut into panels of 32 outputs. A panel is a row of blocks, each of
//! 32 inputs: 16 pairs of inputs, each pair holding two weights for every output. So a kernel walks
//! memory straight ahead, multiplies a broadcast pair of activations with all 32 outputs, and applies one
//! f32 scale per output and block.

use super::float::max;

/// Outputs per panel.
pub(super) const PANEL: usize = 32;
/// Inputs per block, those under one scale.
pub(super) const BLOCK: usize = 32;
/// Pairs of inputs per block.
pub(super) const PAIRS: usize = BLOCK / 2;

/// The weights of one block: by pair of inputs, then by half a panel, then by output, then by input of the pair.
pub(super) type WeightBlock = [[[i8; PANEL]; 2]; PAIRS];
/// The scales of one block, by half a panel, then by output.
pub(super) type ScaleBlock = [[f32; PANEL / 2]; 2];

/// One linear layer.
#[derive(Debug)]
pub(super) struct Matrix {
    /// Outputs, without padding.
    pub outputs: usize,
    /// Blocks per panel.
    pub blocks: usize,
    /// By panel, then block.
    pub weights: Vec<WeightBlock>,
    /// Beside `weights`.
    pub scales: Vec<ScaleBlock>,
    /// By output, padded to whole panels.
    pub bias: Vec<f32>,
}

impl Matrix {
    /// Packs row-major `outputs × inputs` weights.
    pub fn pack(weights: &[f32], bias: &[f32], inputs: usize) -> Self {
        let outputs = bias.len();
        let (panels, blocks) = (outputs.div_ceil(PANEL), inputs.div_ceil(BLOCK));
        let mut matrix = Self {
            outputs,
            blocks,
            weights: vec![[[[0; PANEL]; 2]; PAIRS]; panels * blocks],
            scales: vec![[[0.0; PANEL / 2]; 2]; panels * blocks],
            bias: bias.to_vec(),
        };
        matrix.bias.resize(panels * PANEL, 0.0);
        for (output, row) in weights.chunks_exact(inputs).enumerate() {
            let (panel, half, lane) = place(output);
            for (block, values) in row.chunks(BLOCK).enumerate() {
                let mut padded = [0.0; BLOCK];
                padded[..values.len()].copy_from_slice(values);
                let (scale, integers) = round(&padded);
                let at = panel * blocks + block;
                matrix.scales[at][half][lane] = scale;
                for (input, integer) in integers.into_iter().enumerate() {
                    matrix.weights[at][input / 2][half][2 * lane + input % 2] = integer;
                }
            }
        }
        matrix
    }
}

/// An output's panel, half of it, and place there.
const fn place(output: usize) -> (usize, usize, usize) {
    (
        output / PANEL,
        output % PANEL / (PANEL / 2),
        output % (PANEL / 2),
    )
}

/// A scale and integers whose products are the block's weights.
///
/// Weights that were rounded to 4 bits before (GGUF's Q4_0) are found again exactly: then the largest
/// is eight scales and the others are whole ones, up to what storing them in f16 blurred. Any others
/// are rounded to 255 steps.
fn round(block: &[f32; BLOCK]) -> (f32, [i8; BLOCK]) {
    /// f16 keeps a weight to 2^-12 of itself; eight times that, with room.
    const BLUR: f32 = 0.01;
    let largest = max(block, f32::abs);
    if largest == 0.0 {
        return (0.0, [0; BLOCK]);
    }
    let four_bits = largest / 8.0;
    let (steps, off) = steps(block, four_bits);
    if off < BLUR {
        return (four_bits, steps);
    }
    let eight_bits = largest / 127.0;
    (eight_bits, self::steps(block, eight_bits).0)
}

/// Each weight in steps of `scale`, and by how much of a step the worst misses.
fn steps(block: &[f32; BLOCK], scale: f32) -> ([i8; BLOCK], f32) {
    /// Adding and taking off 1.5 × 2^23 rounds to a whole number.
    const WHOLE: f32 = 12_582_912.0;
    let (mut steps, mut off) = ([0; BLOCK], 0.0f32);
    for (step, weight) in steps.iter_mut().zip(block) {
        let exact = weight / scale;
        let whole = exact + WHOLE - WHOLE;
        off = off.max((exact - whole).abs());
        *step = whole as i8;
    }
    (steps, off)
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;

    #[test]
    fn four_bit_weights_stored_in_f16_come_back_as_the_same_integers() {
        let scale = f16::from_f32(0.00731).to_f32();
        let integers: [i8; BLOCK] = std::array::from_fn(|index| (index % 16) as i8 - 8);
        let stored = integers.map(|integer| f16::from_f32(f32::from(integer) * scale).to_f32());
        assert_eq!(round(&stored), (scale, integers));
    }

    #[test]
    fn other_weights_lose_at_most_half_a_step_of_255() {
        let block: [f32; BLOCK] =
            std::array::from_fn(|index| ((index * 37 % 101) as f32 - 50.0) * 0.013);
        let (scale, integers) = round(&block);
        for (weight, integer) in block.iter().zip(integers) {
            assert!((weight - f32::from(integer) * scale).abs() <= 0.51 * scale);
        }
    }

    #[test]
    fn a_weight_lies_where_its_output_and_input_say() {
        let (outputs, inputs) = (40, 48);
        let weights: Vec<f32> = (0..outputs * inputs)
            .map(|index| (index % 127) as f32)
            .collect();
        let matrix = Matrix::pack(&weights, &vec![0.5; outputs], inputs);
        assert_eq!(
            (matrix.blocks, matrix.weights.len(), matrix.bias.len()),
            (2, 4, 64)
        );
        for (output, input) in [(0, 0), (31, 33), (32, 1), (39, 47)] {
            let (panel, half, lane) = place(output);
            let at = panel * matrix.blocks + input / BLOCK;
            let integer = matrix.weights[at][input % BLOCK / 2][half][2 * lane + input % 2];
            let found = f32::from(integer) * matrix.scales[at][half][lane];
            assert!(
                (found - weights[output * inputs + input]).abs() < 0.51,
                "{output} {input}"
            );
        }
    }
}
