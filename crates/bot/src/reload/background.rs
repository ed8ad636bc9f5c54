//! Threads that give way: what is computed here must not be felt by those who wait for a reply.

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// The lowest priority that Linux gives, so that a thread of the usual one runs as if alone.
#[cfg(target_os = "linux")]
const NICE: i32 = 19;

/// A pool of threads of the lowest priority.
#[derive(Debug)]
pub struct Background {
    pool: ThreadPool,
}

impl Background {
    /// A pool of `threads`, named for whoever looks at the process.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(name: &'static str, threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(move |at| format!("{name}-{at}"))
            .start_handler(|_| lower())
            .build()?;
        Ok(Self { pool })
    }

    /// Runs `work` and all parallel work in it on these threads; waits for it.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }
}

/// On Linux the nice value belongs to the thread.
fn lower() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "a background thread keeps its priority");
    }
}
