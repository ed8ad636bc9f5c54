//! Requests of many callers, computed together.
//!
//! Admission comes before work: a full queue, or one with too many tokens waiting, refuses at once. A
//! request whose caller left or whose deadline passed while it waited is skipped. What waits together is
//! computed together, up to a budget of tokens. Bulk work (a catalogue that is being built) is computed
//! on its caller's own thread, at that thread's priority, in small slices that give way to requests.
//! No text is kept: a request carries tokens and the hashes under which vectors are remembered.

mod line;
mod ticket;
mod work;
mod worker;

use std::{sync::Arc, thread, time::Duration};

use kefu_nlu::{EmbedError, Embedder};
use kefu_types::Clock;
use metrics::counter;

pub use self::ticket::Ticket;
use self::{
    line::{Admission, Line},
    work::{Asked, Work},
    worker::Worker,
};
use crate::Encoder;

/// Bounds of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueOptions {
    /// Requests waiting or being computed; one more is refused.
    pub requests_max: usize,
    /// Tokens waiting or being computed; a request that would pass this is refused, unless it is alone.
    pub tokens_max: usize,
    /// Requests are computed together until their texts have this many tokens.
    pub batch_tokens_max: usize,
    /// A caller waits this long at most, then is told that the encoder is overloaded.
    pub wait_max: Duration,
    /// Threads that compute requests, at least 1.
    pub threads: usize,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            requests_max: 64,
            tokens_max: 8192,
            batch_tokens_max: 256,
            wait_max: Duration::from_secs(2),
            threads: 1,
        }
    }
}

/// Texts of a bulk slice: a handful keeps the pause of a request that comes meanwhile short.
const SLICE_TEXTS: usize = 4;
/// A slice gives way to requests this long at most, so that bulk work always ends.
const GIVE_WAY_MAX: Duration = Duration::from_millis(50);

/// A handle; clones share one queue and its threads, which end with the last of them.
#[derive(Clone)]
pub struct Queue {
    shared: Arc<Shared>,
}

struct Shared {
    line: Arc<Line>,
    work: Arc<dyn Work>,
    clock: Arc<dyn Clock>,
    options: QueueOptions,
    dimension: usize,
    model_id: String,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.line.close();
    }
}

impl Queue {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        encoder: Arc<Encoder>,
        options: QueueOptions,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let (dimension, model_id) = (encoder.dimension(), encoder.model_id().to_owned());
        Self::start_with(encoder, dimension, model_id, options, clock)
    }

    fn start_with(
        work: Arc<dyn Work>,
        dimension: usize,
        model_id: String,
        options: QueueOptions,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let threads = options.threads.max(1);
        let line = Arc::new(Line::new(options.requests_max, options.tokens_max));
        // Made first, so that threads already started end if another cannot be.
        let shared = Arc::new(Shared {
            line: Arc::clone(&line),
            work: Arc::clone(&work),
            clock: Arc::clone(&clock),
            options: options.clone(),
            dimension,
            model_id,
        });
        for index in 0..threads {
            let worker = Worker {
                work: Arc::clone(&work),
                line: Arc::clone(&line),
                clock: Arc::clone(&clock),
                batch_tokens_max: options.batch_tokens_max,
                threads,
            };
            thread::Builder::new()
                .name(format!("encoder-queue-{index}"))
                .spawn(move || worker.run())?;
        }
        Ok(Self { shared })
    }

    /// Requests waiting or being computed.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.shared.line.depth()
    }

    /// Takes a place and hands the texts over; the answer is wanted within `wait`, or within the
    /// queue's own `wait_max` if that is shorter.
    ///
    /// # Errors
    /// When the queue is full, or the tokenizer cannot say a text.
    pub fn submit(&self, texts: &[&str], wait: Duration) -> Result<Ticket, EmbedError> {
        let Shared {
            line,
            work,
            clock,
            options,
            ..
        } = &*self.shared;
        let wait = wait.min(options.wait_max);
        // A place first: even cutting texts into tokens is work.
        let place = line.enter().map_err(refused)?;
        let asked: Vec<Asked> = texts
            .iter()
            .map(|text| work.ask(text))
            .collect::<Result<_, _>>()?;
        let now = clock.monotonic();
        let (job, ticket) = ticket::pair(asked, place, now, wait);
        line.push(job).map_err(refused)?;
        Ok(ticket)
    }
}

fn refused(admission: Admission) -> EmbedError {
    counter!("kefu_encoder_refused_total", "reason" => admission.reason()).increment(1);
    match admission {
        Admission::Closed => EmbedError::Failed("the encoder's threads ended".to_owned()),
        Admission::Requests(limit) => EmbedError::Overloaded(format!(
            "{limit} requests are waiting, which is the limit `bot.limits.encoder_requests_max`"
        )),
        Admission::Tokens(limit) => EmbedError::Overloaded(format!(
            "the requests that wait are as long as the limit `bot.limits.encoder_tokens_max` of {limit} allows"
        )),
    }
}

impl Embedder for Queue {
    fn dimension(&self) -> usize {
        self.shared.dimension
    }

    fn model_id(&self) -> &str {
        &self.shared.model_id
    }

    fn knows_word(&self, word: &str) -> bool {
        self.shared.work.knows_word(word)
    }

    /// Bulk work: computed on the calling thread, one slice at a time, requests first.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let Shared { line, work, .. } = &*self.shared;
        let mut vectors = Vec::with_capacity(texts.len());
        for slice in texts.chunks(SLICE_TEXTS) {
            let asked: Vec<Asked> = slice
                .iter()
                .map(|text| work.ask(text))
                .collect::<Result<_, _>>()?;
            let _turn = line.give_way(GIVE_WAY_MAX);
            vectors.extend(work.compute(&asked)?);
        }
        Ok(vectors)
    }

    fn embed_within(&self, texts: &[&str], wait: Duration) -> Result<Vec<Vec<f32>>, EmbedError> {
        let known = texts.iter().map(|text| self.shared.work.known(text));
        match known.collect() {
            Some(vectors) => {
                counter!("kefu_encoder_recent_total", "outcome" => "hit").increment(1);
                Ok(vectors)
            }
            None => {
                counter!("kefu_encoder_recent_total", "outcome" => "miss").increment(1);
                self.submit(texts, wait)?.wait()
            }
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

#[cfg(test)]
mod tests;
