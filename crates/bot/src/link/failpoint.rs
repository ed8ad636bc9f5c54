//! Ways in which a test may hurt this process in the middle of a turn, to prove what survives.

use std::sync::atomic::{AtomicU64, Ordering};

/// Where an exhausted memory must have ended the process, in MiB: a test without a limit on its
/// address space must not eat the machine.
const MEBIBYTES_MAX: usize = 4_096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harm {
    Panic,
    Abort,
    OutOfMemory,
}

/// Hurts the process at the n-th turn that it takes.
#[derive(Debug)]
pub(super) struct Failpoint {
    harm: Harm,
    left: AtomicU64,
}

impl Failpoint {
    /// Reads `bot_panic`, `bot_abort` or `bot_out_of_memory`, with `:n` for the n-th turn. `None`
    /// when it is another process's failpoint, or when this build does not heed any.
    pub(super) fn parse(text: Option<&str>) -> Option<Self> {
        let text = text.filter(|_| cfg!(debug_assertions))?;
        let (name, count) = text.split_once(':').unwrap_or((text, "1"));
        let harm = match name {
            "bot_panic" => Harm::Panic,
            "bot_abort" => Harm::Abort,
            "bot_out_of_memory" => Harm::OutOfMemory,
            _ => return None,
        };
        let Ok(count) = count.parse() else {
            tracing::error!(failpoint = text, "the failpoint's count is no number");
            return None;
        };
        Some(Self {
            harm,
            left: AtomicU64::new(count),
        })
    }

    /// A turn is read now.
    pub(super) fn hit(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) != 1 {
            return;
        }
        tracing::error!(harm = ?self.harm, "the failpoint hurts this process");
        match self.harm {
            Harm::Panic => panic!("the failpoint panics"),
            Harm::Abort => std::process::abort(),
            Harm::OutOfMemory => exhaust(),
        }
    }
}

/// Takes memory until the allocator gives up, as a leak does.
fn exhaust() {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    for at in 0..MEBIBYTES_MAX {
        // Different bytes in each, so that nothing can be shared or left out.
        taken.push(vec![(at % 251) as u8 + 1; 1024 * 1024]);
    }
    let last = taken.last().and_then(|piece| piece.first());
    tracing::error!(mebibytes = taken.len(), ?last, "there was memory enough");
}
