//! The two matrix products of an evaluation, written for registers: each sum stays in one until it
//! is complete, and is added up in the same order whatever the processor and the threads.

use pulp::{Simd, WithSimd};

use super::packed::{CHUNK, GROUP, Group, PANEL, Packed, Row};

/// Sums of a group for two registers' width of classes.
type Sums<S> = [[<S as Simd>::f32s; 2]; GROUP];

/// How often two registers fit a panel.
const fn pairs<S: Simd>() -> usize {
    PANEL / (2 * S::F32_LANES)
}

/// The part of `row` in the `pair`-th two registers.
#[inline(always)]
fn load<S: Simd>(row: &Row, pair: usize) -> [S::f32s; 2] {
    let lanes = S::as_simd_f32s(row).0;
    [lanes[2 * pair], lanes[2 * pair + 1]]
}

#[inline(always)]
fn store<S: Simd>(row: &mut Row, pair: usize, values: [S::f32s; 2]) {
    let lanes = S::as_mut_simd_f32s(row).0;
    [lanes[2 * pair], lanes[2 * pair + 1]] = values;
}

/// `sum + x · row`, by halves.
#[inline(always)]
fn more<S: Simd>(simd: S, sum: &mut [S::f32s; 2], x: f32, row: [S::f32s; 2]) {
    let x = simd.splat_f32s(x);
    for half in 0..2 {
        sum[half] = simd.mul_add_e_f32s(x, row[half], sum[half]);
    }
}

/// What a group's features add: `sums[i] += Σ values[k][i] · rows[k]`.
#[inline(always)]
fn product<S: Simd>(simd: S, sums: &mut Sums<S>, values: &[Group], rows: &[Row], pair: usize) {
    for (group, row) in values.iter().zip(rows) {
        let row = load::<S>(row, pair);
        for (sum, &x) in sums.iter_mut().zip(group) {
            more(simd, sum, x, row);
        }
    }
}

/// The scores of a chunk of samples for one panel of classes.
pub(super) struct Scores<'a> {
    pub packed: &'a Packed,
    pub chunk: usize,
    /// The panel's weights: features, bias, terms.
    pub weights: &'a [Row],
    /// Overwritten, a row for each sample of the chunk.
    pub scores: &'a mut [Row],
}

impl WithSimd for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let packed = self.packed;
        let (dense, rest) = self.weights.split_at(packed.dimension);
        let Some((bias, terms)) = rest.split_first() else {
            return;
        };
        let (first, _) = packed.chunk(self.chunk);
        for (group, scores) in self.scores.chunks_mut(GROUP).enumerate() {
            let first = first + group * GROUP;
            let values = packed.group_of_samples(first);
            for pair in 0..pairs::<S>() {
                let mut sums: Sums<S> = [load::<S>(bias, pair); GROUP];
                product(simd, &mut sums, values, dense, pair);
                for ((sample, row), mut sum) in (first..).zip(scores.iter_mut()).zip(sums) {
                    for &(term, weight) in packed.bag(sample) {
                        more(
                            simd,
                            &mut sum,
                            weight,
                            load::<S>(&terms[term as usize], pair),
                        );
                    }
                    store::<S>(row, pair, sum);
                }
            }
        }
    }
}

/// Where the residuals of a panel lie: of each chunk, a row for each sample.
#[derive(Clone, Copy)]
pub(super) struct Residuals<'a> {
    pub packed: &'a Packed,
    /// By chunk, panel and sample.
    pub rows: &'a [Row],
    pub panel: usize,
}

impl<'a> Residuals<'a> {
    /// Of the samples of a chunk.
    #[inline(always)]
    fn chunk(self, chunk: usize) -> &'a [Row] {
        let (first, end) = self.packed.chunk(chunk);
        let start = (chunk * self.packed.panels() + self.panel) * CHUNK;
        &self.rows[start..start + end - first]
    }

    #[inline(always)]
    fn sample(self, sample: usize) -> &'a Row {
        let (chunk, at) = (sample / CHUNK, sample % CHUNK);
        &self.rows[(chunk * self.packed.panels() + self.panel) * CHUNK + at]
    }

    fn chunks(self) -> usize {
        self.packed.samples.div_ceil(CHUNK)
    }
}

/// The gradient of some features' weights, or of the bias, for one panel: added to `gradient`.
pub(super) struct FeatureGradient<'a> {
    pub residuals: Residuals<'a>,
    /// A multiple of [`GROUP`].
    pub first: usize,
    pub gradient: &'a mut [Row],
}

impl WithSimd for FeatureGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for chunk in 0..self.residuals.chunks() {
            let rows = self.residuals.chunk(chunk);
            for (group, gradient) in self.gradient.chunks_mut(GROUP).enumerate() {
                let feature = self.first + group * GROUP;
                let values = self.residuals.packed.group_of_features(chunk, feature);
                for pair in 0..pairs::<S>() {
                    let mut sums: Sums<S> = [[simd.splat_f32s(0.0); 2]; GROUP];
                    product(simd, &mut sums, values, rows, pair);
                    for (row, sum) in gradient.iter_mut().zip(sums) {
                        let [low, high] = load::<S>(row, pair);
                        let [a, b] = sum;
                        store::<S>(row, pair, [simd.add_f32s(low, a), simd.add_f32s(high, b)]);
                    }
                }
            }
        }
    }
}

/// The gradient of the bias for one panel: added to `gradient`.
pub(super) struct BiasGradient<'a> {
    pub residuals: Residuals<'a>,
    pub gradient: &'a mut Row,
}

impl WithSimd for BiasGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for chunk in 0..self.residuals.chunks() {
            for row in self.residuals.chunk(chunk) {
                for (sum, x) in self.gradient.iter_mut().zip(row) {
                    *sum += x;
                }
            }
        }
    }
}

/// The gradient of some terms' weights for one panel: added to `gradient`.
pub(super) struct TermGradient<'a> {
    pub residuals: Residuals<'a>,
    /// The term of the first row.
    pub first: usize,
    pub gradient: &'a mut [Row],
}

impl WithSimd for TermGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let packed = self.residuals.packed;
        for (term, row) in (self.first..).zip(self.gradient.iter_mut()) {
            for pair in 0..pairs::<S>() {
                let mut sum = load::<S>(row, pair);
                for &(sample, weight) in packed.column(term) {
                    let residual = self.residuals.sample(sample as usize);
                    more(simd, &mut sum, weight, load::<S>(residual, pair));
                }
                store::<S>(row, pair, sum);
            }
        }
    }
}
