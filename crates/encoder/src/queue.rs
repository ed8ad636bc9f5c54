//! Requests from many callers, computed together by one owner thread.
//!
//! Admission comes before work: a full queue refuses at once. A request whose caller left or whose
//! deadline passed while it waited is skipped. What waits is computed together, up to a budget of tokens,
//! because a batch reads each weight once for all its texts.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use kefu_nlu::{EmbedError, Embedder};
use kefu_types::Clock;

use crate::Encoder;

/// Bounds of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueOptions {
    /// Requests waiting or being computed; one more is refused.
    pub requests_max: usize,
    /// Requests are computed together until their texts have this many tokens.
    pub batch_tokens_max: usize,
    /// A caller waits this long, then is told that the encoder is overloaded.
    pub wait_max: Duration,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            requests_max: 256,
            batch_tokens_max: 256,
            wait_max: Duration::from_secs(5),
        }
    }
}

/// What the owner thread does; the encoder, or a slow stand-in where a test needs to hold it.
trait Work: Send + Sync + 'static {
    fn tokens(&self, text: &str) -> Result<Vec<u32>, EmbedError>;
    fn known(&self, text: &str) -> Option<Vec<f32>>;
    fn compute(&self, texts: &[&str], tokens: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

impl Work for Encoder {
    fn tokens(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        Encoder::tokens(self, text)
    }

    fn known(&self, text: &str) -> Option<Vec<f32>> {
        self.cached(text).map(|vector| vector.to_vec())
    }

    fn compute(&self, texts: &[&str], tokens: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.compute_and_remember(texts, tokens)
    }
}

/// A handle; clones share one queue and its owner thread, which ends with the last of them.
#[derive(Clone)]
pub struct Queue {
    shared: Arc<Shared>,
    work: Arc<dyn Work>,
    dimension: usize,
    model_id: Arc<str>,
}

struct Shared {
    jobs: mpsc::Sender<Job>,
    /// Requests waiting or being computed.
    inside: Arc<AtomicUsize>,
    clock: Arc<dyn Clock>,
    options: QueueOptions,
}

type Answer = Result<Vec<Vec<f32>>, EmbedError>;

struct Job {
    texts: Vec<String>,
    tokens: Vec<Vec<u32>>,
    deadline: Duration,
    left: Arc<AtomicBool>,
    answer: mpsc::SyncSender<Answer>,
    place: Place,
}

/// A place in the queue, given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A request on its way. Dropping it tells the queue that nobody waits for it any more.
pub struct Ticket {
    left: Arc<AtomicBool>,
    answer: mpsc::Receiver<Answer>,
    wait_max: Duration,
}

impl Ticket {
    /// Blocks until the vectors are there, at most as long as the queue's `wait_max`.
    ///
    /// # Errors
    /// When that time is over, or the model failed.
    pub fn wait(self) -> Result<Vec<Vec<f32>>, EmbedError> {
        match self.answer.recv_timeout(self.wait_max) {
            Ok(answer) => answer,
            Err(mpsc::RecvTimeoutError::Timeout) => Err(too_late(self.wait_max)),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err(EmbedError::Failed("the encoder's thread ended".to_owned()))
            }
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.left.store(true, Ordering::Release);
    }
}

fn too_late(wait_max: Duration) -> EmbedError {
    EmbedError::Overloaded(format!("no vector within {} ms", wait_max.as_millis()))
}

impl Queue {
    /// Starts the owner thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        encoder: Arc<Encoder>,
        options: QueueOptions,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let (dimension, model_id) = (encoder.dimension(), encoder.model_id().into());
        Self::start_with(encoder, dimension, model_id, options, clock)
    }

    fn start_with(
        work: Arc<dyn Work>,
        dimension: usize,
        model_id: Arc<str>,
        options: QueueOptions,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        // Unbounded by itself; places bound it.
        let (jobs, waiting) = mpsc::channel();
        let owner = Owner {
            work: Arc::clone(&work),
            waiting,
            clock: Arc::clone(&clock),
            options: options.clone(),
        };
        thread::Builder::new()
            .name("encoder-queue".to_owned())
            .spawn(move || owner.run())?;
        let shared = Shared {
            jobs,
            inside: Arc::default(),
            clock,
            options,
        };
        Ok(Self {
            shared: Arc::new(shared),
            work,
            dimension,
            model_id,
        })
    }

    /// Requests waiting or being computed.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.shared.inside.load(Ordering::Acquire)
    }

    /// Takes a place and hands the texts over.
    ///
    /// # Errors
    /// When the queue is full, or the tokenizer cannot say a text.
    pub fn submit(&self, texts: &[&str]) -> Result<Ticket, EmbedError> {
        let Shared {
            jobs,
            inside,
            clock,
            options,
        } = &*self.shared;
        let free = |count: usize| (count < options.requests_max).then_some(count + 1);
        if inside
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, free)
            .is_err()
        {
            return Err(EmbedError::Overloaded(format!(
                "{} requests are waiting",
                options.requests_max
            )));
        }
        let place = Place(Arc::clone(inside));
        let tokens = texts
            .iter()
            .map(|text| self.work.tokens(text))
            .collect::<Result<_, _>>()?;
        let (answer, receiver) = mpsc::sync_channel(1);
        let left = Arc::new(AtomicBool::new(false));
        let job = Job {
            texts: texts.iter().map(|&text| text.to_owned()).collect(),
            tokens,
            deadline: clock.monotonic() + options.wait_max,
            left: Arc::clone(&left),
            answer,
            place,
        };
        jobs.send(job)
            .map_err(|_| EmbedError::Failed("the encoder's thread ended".to_owned()))?;
        Ok(Ticket {
            left,
            answer: receiver,
            wait_max: options.wait_max,
        })
    }
}

impl Embedder for Queue {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn model_id(&self) -> &str {
        &self.model_id
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        match texts.iter().map(|text| self.work.known(text)).collect() {
            Some(vectors) => Ok(vectors),
            None => self.submit(texts)?.wait(),
        }
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("depth", &self.depth())
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

struct Owner {
    work: Arc<dyn Work>,
    waiting: mpsc::Receiver<Job>,
    clock: Arc<dyn Clock>,
    options: QueueOptions,
}

impl Owner {
    fn run(self) {
        while let Ok(first) = self.waiting.recv() {
            let batch = self.gather(first);
            if !batch.is_empty() {
                self.answer(batch);
            }
        }
    }

    /// The first job and what waits behind it, up to the budget, without those nobody waits for.
    fn gather(&self, first: Job) -> Vec<Job> {
        let (mut batch, mut tokens, mut next) = (Vec::new(), 0, Some(first));
        while let Some(job) = next {
            if let Some(job) = self.wanted(job) {
                tokens += job.tokens.iter().map(Vec::len).sum::<usize>();
                batch.push(job);
            }
            next = if tokens < self.options.batch_tokens_max {
                self.waiting.try_recv().ok()
            } else {
                None
            };
        }
        batch
    }

    fn wanted(&self, job: Job) -> Option<Job> {
        if job.left.load(Ordering::Acquire) {
            return None;
        }
        if self.clock.monotonic() >= job.deadline {
            // The caller may have gone this instant; then nobody reads it.
            let _ = job.answer.try_send(Err(too_late(self.options.wait_max)));
            return None;
        }
        Some(job)
    }

    /// Computes all, then gives each its part. A panic fails this batch only.
    fn answer(&self, mut batch: Vec<Job>) {
        let tokens: Vec<Vec<u32>> = batch
            .iter_mut()
            .flat_map(|job| std::mem::take(&mut job.tokens))
            .collect();
        let texts: Vec<&str> = batch
            .iter()
            .flat_map(|job| job.texts.iter().map(String::as_str))
            .collect();
        let computed = catch_unwind(AssertUnwindSafe(|| self.work.compute(&texts, &tokens)))
            .unwrap_or_else(|_| {
                Err(EmbedError::Failed(
                    "the encoder panicked on this batch".to_owned(),
                ))
            });
        let mut vectors = computed.map(Vec::into_iter);
        for job in batch {
            let part = match &mut vectors {
                Ok(vectors) => Ok(vectors.by_ref().take(job.texts.len()).collect()),
                Err(error) => Err(error.clone()),
            };
            drop(job.place);
            // A caller that left does not read it.
            let _ = job.answer.try_send(part);
        }
    }
}

#[cfg(test)]
mod tests;
