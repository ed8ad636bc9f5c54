//! What several benchmarks need.

pub mod disk;
pub mod frames;
pub mod process;

/// A fixed scrambling of two numbers (SplitMix64), so that a run can be repeated.
#[must_use]
pub fn mix(x: u64, seed: u64) -> u64 {
    let x = x
        .wrapping_add(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add(1);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A field such as `VmRSS` or `Pss:`, in MiB, of the text of a file like `/proc/self/status` that
/// gives KiB; `None` where there is none.
#[must_use]
pub fn field_mib(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
