//! A thread that takes what waits and computes it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kefu_nlu::EmbedError;
use kefu_types::Clock;
use metrics::histogram;

use super::{
    line::Line,
    ticket::Job,
    work::{Asked, Work},
};

pub(super) struct Worker {
    pub work: Arc<dyn Work>,
    pub line: Arc<Line>,
    pub clock: Arc<dyn Clock>,
    pub batch_tokens_max: usize,
    pub threads: usize,
}

impl Worker {
    pub fn run(self) {
        while let Some(taken) = self.line.take(self.batch_tokens_max, self.threads) {
            let now = self.clock.monotonic();
            let batch: Vec<Job> = taken
                .into_iter()
                .filter_map(|job| job.wanted(now))
                .collect();
            if batch.is_empty() {
                continue;
            }
            for job in &batch {
                histogram!("kefu_encoder_wait_seconds")
                    .record(now.saturating_sub(job.came).as_secs_f64());
            }
            self.answer(batch);
        }
    }

    /// Computes all, then gives each its part. A panic fails this batch only.
    fn answer(&self, mut batch: Vec<Job>) {
        let counts: Vec<usize> = batch.iter().map(|job| job.asked.len()).collect();
        let asked: Vec<Asked> = batch
            .iter_mut()
            .flat_map(|job| std::mem::take(&mut job.asked))
            .collect();
        let tokens: usize = asked.iter().map(|asked| asked.tokens.len()).sum();
        histogram!("kefu_encoder_batch_texts").record(asked.len() as f64);
        histogram!("kefu_encoder_batch_tokens").record(tokens as f64);
        let computed =
            catch_unwind(AssertUnwindSafe(|| self.work.compute(&asked))).unwrap_or_else(|_| {
                Err(EmbedError::Failed(
                    "the encoder panicked on this batch".to_owned(),
                ))
            });
        if let Ok(vectors) = &computed {
            self.work.remember(&asked, vectors);
        }
        let mut vectors = computed.map(Vec::into_iter);
        for (job, count) in batch.into_iter().zip(counts) {
            let part = match &mut vectors {
                Ok(vectors) => Ok(vectors.by_ref().take(count).collect()),
                Err(error) => Err(error.clone()),
            };
            job.answer(part);
        }
    }
}
