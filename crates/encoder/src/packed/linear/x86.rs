//! The kernels for x86-64: intrinsics, because what the compiler makes of the portable loop reaches less
//! than half their speed even with AVX2 (measured: 21 products per nanosecond against about 50).

use std::arch::x86_64::*;

use super::*;

drive! {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    linear_avx512, kernel_avx512, 8: 1 2 3 4 5 6 7 8
}

drive! {
    #[target_feature(enable = "avx2")]
    linear_avx2, kernel_avx2, 2: 1 2
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
#[inline]
fn kernel_avx512<const R: usize>(
    rows: [&[[i32; PAIRS]]; R],
    weights: &[WeightBlock],
    scales: &[ScaleBlock],
) -> [[f32; PANEL]; R] {
    let mut sums = [[_mm512_setzero_ps(); 2]; R];
    for (block, (weights, scales)) in weights.iter().zip(scales).enumerate() {
        let rows: [&[i32; PAIRS]; R] = std::array::from_fn(|row| &rows[row][block]);
        let mut dots = [[_mm512_setzero_si512(); 2]; R];
        for (pair, weights) in weights.iter().enumerate() {
            prefetch(weights);
            let low = _mm512_cvtepi8_epi16(load_256(&weights[0]));
            let high = _mm512_cvtepi8_epi16(load_256(&weights[1]));
            for (dots, row) in dots.iter_mut().zip(&rows) {
                let activations = _mm512_set1_epi32(row[pair]);
                dots[0] = _mm512_dpwssd_epi32(dots[0], low, activations);
                dots[1] = _mm512_dpwssd_epi32(dots[1], high, activations);
            }
        }
        let scales = [load_512(&scales[0]), load_512(&scales[1])];
        for (sums, dots) in sums.iter_mut().zip(&dots) {
            for half in 0..2 {
                let scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(dots[half]), scales[half]);
                sums[half] = _mm512_add_ps(sums[half], scaled);
            }
        }
    }
    let mut out = [[0.0; PANEL]; R];
    for (out, sums) in out.iter_mut().zip(&sums) {
        for (out, &sum) in out.as_chunks_mut().0.iter_mut().zip(sums) {
            store_512(out, sum);
        }
    }
    out
}

#[target_feature(enable = "avx2")]
#[inline]
fn kernel_avx2<const R: usize>(
    rows: [&[[i32; PAIRS]]; R],
    weights: &[WeightBlock],
    scales: &[ScaleBlock],
) -> [[f32; PANEL]; R] {
    let mut sums = [[_mm256_setzero_ps(); 4]; R];
    for (block, (weights, scales)) in weights.iter().zip(scales).enumerate() {
        let rows: [&[i32; PAIRS]; R] = std::array::from_fn(|row| &rows[row][block]);
        let mut dots = [[_mm256_setzero_si256(); 4]; R];
        for (pair, weights) in weights.iter().enumerate() {
            let activations: [__m256i; R] =
                std::array::from_fn(|row| _mm256_set1_epi32(rows[row][pair]));
            for (half, weights) in weights.iter().enumerate() {
                let weights = load_256(weights);
                let low = _mm256_cvtepi8_epi16(_mm256_castsi256_si128(weights));
                let high = _mm256_cvtepi8_epi16(_mm256_extracti128_si256::<1>(weights));
                for (dots, &activations) in dots.iter_mut().zip(&activations) {
                    let (first, second) = (2 * half, 2 * half + 1);
                    dots[first] =
                        _mm256_add_epi32(dots[first], _mm256_madd_epi16(low, activations));
                    dots[second] =
                        _mm256_add_epi32(dots[second], _mm256_madd_epi16(high, activations));
                }
            }
        }
        for (quarter, scales) in scales.as_flattened().as_chunks().0.iter().enumerate() {
            let scales = load_256_f32(scales);
            for (sums, dots) in sums.iter_mut().zip(&dots) {
                let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(dots[quarter]), scales);
                sums[quarter] = _mm256_add_ps(sums[quarter], scaled);
            }
        }
    }
    let mut out = [[0.0; PANEL]; R];
    for (out, sums) in out.iter_mut().zip(&sums) {
        for (out, &sum) in out.as_chunks_mut().0.iter_mut().zip(sums) {
            store_256(out, sum);
        }
    }
    out
}

/// Asks for the weights 64 pairs ahead, which lie one after the other in memory (measured: an eighth
/// faster, as the weights of a whole pass do not fit the nearer caches).
#[inline(always)]
#[allow(
    unsafe_code,
    reason = "a prefetch reads nothing; any address will do, one past the end too"
)]
fn prefetch(pair: &[[i8; PANEL]; 2]) {
    let ahead = pair.as_ptr().wrapping_add(2 * 64).cast();
    // SAFETY: the instruction never faults and changes nothing that a program sees.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead) }
}

/// Loads and stores of whole arrays; their sizes are those of the registers.
macro_rules! moves {
    ($($feature:literal $name:ident: $from:ty => $to:ty = $intrinsic:ident;)*) => {$(
        #[target_feature(enable = $feature)]
        #[inline]
        #[allow(unsafe_code, reason = "the array is as long as the register; the intrinsic takes any alignment")]
        fn $name(from: &$from) -> $to {
            // SAFETY: the reference covers exactly the bytes read.
            unsafe { $intrinsic(from.as_ptr().cast()) }
        }
    )*};
}

moves! {
    "avx2" load_256: [i8; 32] => __m256i = _mm256_loadu_si256;
    "avx2" load_256_f32: [f32; 8] => __m256 = _mm256_loadu_ps;
    "avx512f" load_512: [f32; 16] => __m512 = _mm512_loadu_ps;
}

#[target_feature(enable = "avx2")]
#[inline]
#[allow(
    unsafe_code,
    reason = "the array is as long as the register; the intrinsic takes any alignment"
)]
fn store_256(to: &mut [f32; 8], value: __m256) {
    // SAFETY: the reference covers exactly the bytes written.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), value) }
}

#[target_feature(enable = "avx512f")]
#[inline]
#[allow(
    unsafe_code,
    reason = "the array is as long as the register; the intrinsic takes any alignment"
)]
fn store_512(to: &mut [f32; 16], value: __m512) {
    // SAFETY: the reference covers exactly the bytes written.
    unsafe { _mm512_storeu_ps(to.as_mut_ptr(), value) }
}
