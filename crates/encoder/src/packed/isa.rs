//! Which instructions this processor has, found when the process starts.
//!
//! The one place where code for newer processors is called: each function below exists in several
//! compilations of the same safe source, and an [`Isa`] can only be made by asking the processor.

/// A set of instructions that this processor was found to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Isa(Level);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// What every processor of the architecture has.
    Portable,
    /// x86-64 of about 2013 on.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with 512-bit integer dot products: servers of about 2019 on.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// The widest set.
    pub fn detect() -> Self {
        Self::available().pop().unwrap_or(Self(Level::Portable))
    }

    /// All sets that this processor has, the plainest first.
    pub fn available() -> Vec<Self> {
        let mut found = vec![Self(Level::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                found.push(Self(Level::Avx2));
            }
            let wide = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni");
            if wide {
                found.push(Self(Level::Avx512));
            }
        }
        found
    }

    /// A name for logs and benchmarks.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Level::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512-vnni",
        }
    }

    pub(super) const fn level(self) -> Level {
        self.0
    }
}

/// Compiles a function once per instruction set and chooses by an [`Isa`].
///
/// `portable`, `avx2` and `avx512` may name three sources, or one `source` is compiled three times.
macro_rules! per_isa {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) = $source:path) => {
        per_isa! { $(#[$doc])* $vis fn $name($($arg: $type),*) = $source, $source, $source }
    };
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) = $portable:path, $avx2:path, $avx512:path) => {
        $(#[$doc])*
        #[allow(unsafe_code, reason = "an Isa exists only if the processor has its instructions")]
        $vis fn $name(isa: $crate::packed::isa::Isa, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($arg: $type),*) {
                    $avx2($($arg),*)
                }
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
                fn avx512($($arg: $type),*) {
                    $avx512($($arg),*)
                }
                match isa.level() {
                    $crate::packed::isa::Level::Portable => $portable($($arg),*),
                    // SAFETY: `Isa::available` saw AVX2 on this processor.
                    $crate::packed::isa::Level::Avx2 => unsafe { avx2($($arg),*) },
                    // SAFETY: `Isa::available` saw all five AVX-512 sets on this processor.
                    $crate::packed::isa::Level::Avx512 => unsafe { avx512($($arg),*) },
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            {
                let _ = isa;
                $portable($($arg),*)
            }
        }
    };
}
pub(super) use per_isa;
