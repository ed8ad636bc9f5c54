//! Vectors in 16 bits a number, of which the upper 8 can be read alone.

use pulp::{Arch, Simd, WithSimd};

use super::heap::{Best, Near};

/// The largest code: 127 in the upper plane, nothing in the lower.
const CODE_MAX: f32 = 127.0 * 256.0;
/// Rows whose similarities are computed before they are compared: fits the fastest cache.
const BLOCK: usize = 64;

#[derive(Debug)]
pub(super) struct Codes {
    dimension: usize,
    /// `upper * 256 + lower` is the code.
    upper: Vec<i8>,
    lower: Vec<i8>,
    /// A code's unit, of each row.
    units: Vec<f32>,
    arch: Arch,
}

/// A vector to compare with: its upper codes and their unit.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    pub upper: Vec<i8>,
    pub unit: f32,
}

impl Codes {
    pub fn new(dimension: usize) -> Self {
        Self {
            dimension,
            upper: Vec::new(),
            lower: Vec::new(),
            units: Vec::new(),
            arch: Arch::new(),
        }
    }

    pub const fn dimension(&self) -> usize {
        self.dimension
    }

    pub fn reserve(&mut self, rows: usize) {
        self.upper.reserve_exact(rows * self.dimension);
        self.lower.reserve_exact(rows * self.dimension);
        self.units.reserve_exact(rows);
    }

    pub fn len(&self) -> usize {
        self.units.len()
    }

    pub fn bytes(&self) -> usize {
        self.upper.capacity() + self.lower.capacity() + 4 * self.units.capacity()
    }

    pub fn push(&mut self, vector: &[f32]) {
        let unit = unit(vector);
        let codes = vector
            .iter()
            .chain(std::iter::repeat(&0.0))
            .take(self.dimension)
            .map(|value| split(value / unit));
        for (upper, lower) in codes {
            self.upper.push(upper);
            self.lower.push(lower);
        }
        self.units.push(unit);
    }

    pub fn probe(&self, vector: &[f32]) -> Probe {
        let unit = unit(vector);
        let values = vector.iter().chain(std::iter::repeat(&0.0));
        Probe {
            upper: values
                .take(self.dimension)
                .map(|value| split(value / unit).0)
                .collect(),
            unit: 256.0 * unit,
        }
    }

    /// The row as a probe.
    pub fn probe_of(&self, row: usize) -> Probe {
        Probe {
            upper: self.upper(row).to_vec(),
            unit: 256.0 * self.units[row],
        }
    }

    /// The row as it was, but for the last bit.
    pub fn vector(&self, row: usize) -> Vec<f32> {
        self.codes(row)
            .map(|code| f32::from(code) * self.units[row])
            .collect()
    }

    #[inline(always)]
    fn upper(&self, row: usize) -> &[i8] {
        &self.upper[row * self.dimension..(row + 1) * self.dimension]
    }

    fn codes(&self, row: usize) -> impl Iterator<Item = i16> {
        let lower = &self.lower[row * self.dimension..(row + 1) * self.dimension];
        let pairs = self.upper(row).iter().zip(lower);
        pairs.map(|(&upper, &lower)| i16::from(upper) * 256 + i16::from(lower))
    }

    /// The `count` best of all rows by their upper codes.
    pub fn coarse(&self, probe: &Probe, count: usize) -> Vec<Near> {
        let mut best = Best::new(count);
        if self.dimension == 0 {
            return Vec::new();
        }
        let blocks = self.upper.chunks(BLOCK * self.dimension);
        let mut row = 0;
        for (block, units) in blocks.zip(self.units.chunks(BLOCK)) {
            let mut dots = [0i32; BLOCK];
            self.arch.dispatch(Scan {
                block,
                probe: &probe.upper,
                dots: &mut dots,
            });
            for (dot, unit) in dots.into_iter().zip(units) {
                let similarity = dot as f32 * probe.unit * 256.0 * unit;
                best.offer(Near { similarity, row });
                row += 1;
            }
        }
        best.into_sorted()
    }

    /// The similarity of each of `rows`, by upper codes.
    pub fn some(&self, probe: &Probe, rows: &[u32], similarities: &mut Vec<f32>) {
        similarities.clear();
        self.arch.dispatch(Pick {
            codes: self,
            probe,
            rows,
            similarities,
        });
    }

    /// The similarity of two rows, by upper codes.
    pub fn between(&self, a: u32, b: u32) -> f32 {
        let (a, b) = (a as usize, b as usize);
        let mut dot = [0];
        self.arch.dispatch(Scan {
            block: self.upper(a),
            probe: self.upper(b),
            dots: &mut dot,
        });
        let [dot] = dot;
        dot as f32 * 65536.0 * self.units[a] * self.units[b]
    }

    /// The similarity of one row, by its whole codes.
    pub fn similarity(&self, row: u32, query: &[f32]) -> f32 {
        let row = row as usize;
        let pairs = self.codes(row).zip(query);
        pairs.map(|(c, q)| f32::from(c) * q).sum::<f32>() * self.units[row]
    }

    /// The `count` best of `coarse` by their whole codes.
    pub fn refine(&self, query: &[f32], coarse: Vec<Near>, count: usize) -> Vec<(u32, f32)> {
        let mut fine: Vec<Near> = coarse
            .into_iter()
            .map(|near| Near {
                similarity: self.similarity(near.row, query),
                row: near.row,
            })
            .collect();
        fine.sort_unstable_by(|a, b| b.cmp(a));
        fine.truncate(count);
        fine.into_iter()
            .map(|near| (near.row, near.similarity))
            .collect()
    }

    /// FNV-1a over the codes, eight at a time.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ self.dimension as u64;
        let mut mix =
            |word: u64| hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
        for plane in [&self.upper, &self.lower] {
            for codes in plane.chunks(8) {
                let word = codes
                    .iter()
                    .fold(0, |word, &code| word << 8 | u64::from(code.cast_unsigned()));
                mix(word);
            }
        }
        for unit in &self.units {
            mix(u64::from(unit.to_bits()));
        }
        hash
    }
}

/// The unit in which the largest number is the largest code.
fn unit(vector: &[f32]) -> f32 {
    let largest = vector
        .iter()
        .fold(0f32, |most, value| most.max(value.abs()));
    largest.max(f32::MIN_POSITIVE) / CODE_MAX
}

fn split(code: f32) -> (i8, i8) {
    // Saturating, so that a number that is none becomes some code.
    let code = code.round() as i32;
    let upper = (code + 128) >> 8;
    (upper as i8, (code - upper * 256) as i8)
}

/// The dot products of neighbouring rows.
struct Scan<'a> {
    block: &'a [i8],
    probe: &'a [i8],
    dots: &'a mut [i32],
}

// Objects and not closures: their code must be inlined into the one for newer processors, where the
// loop becomes a few instructions, ten times as fast.
impl WithSimd for Scan<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let rows = self.block.chunks_exact(self.probe.len());
        for (codes, dot) in rows.zip(self.dots) {
            *dot = dot_product(codes, self.probe);
        }
    }
}

/// The similarities of some rows.
struct Pick<'a> {
    codes: &'a Codes,
    probe: &'a Probe,
    rows: &'a [u32],
    similarities: &'a mut Vec<f32>,
}

impl WithSimd for Pick<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for &row in self.rows {
            let row = row as usize;
            let dot = dot_product(self.codes.upper(row), &self.probe.upper);
            let unit = self.probe.unit * 256.0 * self.codes.units[row];
            self.similarities.push(dot as f32 * unit);
        }
    }
}

#[inline(always)]
fn dot_product(a: &[i8], b: &[i8]) -> i32 {
    a.iter()
        .zip(b)
        .map(|(&a, &b)| i32::from(a) * i32::from(b))
        .sum()
}
