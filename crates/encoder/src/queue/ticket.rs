//! A request from both sides: the caller's ticket and the worker's job.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use kefu_nlu::EmbedError;
use metrics::counter;

use super::{line::Place, work::Asked};

pub(super) type Answer = Result<Vec<Vec<f32>>, EmbedError>;

/// The worker's side.
pub(super) struct Job {
    pub asked: Vec<Asked>,
    /// Monotonic.
    pub came: Duration,
    pub wait: Duration,
    pub place: Place,
    left: Arc<AtomicBool>,
    answer: mpsc::SyncSender<Answer>,
}

/// A request on its way. Dropping it tells the queue that nobody waits for it any more.
pub struct Ticket {
    left: Arc<AtomicBool>,
    answer: mpsc::Receiver<Answer>,
    wait: Duration,
}

pub(super) fn pair(
    asked: Vec<Asked>,
    place: Place,
    now: Duration,
    wait: Duration,
) -> (Job, Ticket) {
    let (answer, receiver) = mpsc::sync_channel(1);
    let left = Arc::new(AtomicBool::new(false));
    let job = Job {
        asked,
        came: now,
        wait,
        place,
        left: Arc::clone(&left),
        answer,
    };
    let ticket = Ticket {
        left,
        answer: receiver,
        wait,
    };
    (job, ticket)
}

impl Job {
    pub fn tokens(&self) -> usize {
        self.asked.iter().map(|asked| asked.tokens.len()).sum()
    }

    /// The job if somebody still waits for it at the time `now`; one past its deadline is told so.
    pub fn wanted(self, now: Duration) -> Option<Self> {
        if self.left.load(Ordering::Acquire) {
            counter!("kefu_encoder_refused_total", "reason" => "left").increment(1);
            return None;
        }
        if now >= self.came.saturating_add(self.wait) {
            counter!("kefu_encoder_refused_total", "reason" => "late").increment(1);
            let late = Err(too_late(self.wait));
            self.answer(late);
            return None;
        }
        Some(self)
    }

    /// Gives the place back first, so that a caller that has its answer finds room again.
    pub fn answer(self, answer: Answer) {
        let Self {
            place,
            answer: sender,
            ..
        } = self;
        drop(place);
        // A caller that left does not read it.
        let _ = sender.try_send(answer);
    }
}

impl Ticket {
    /// Blocks until the vectors are there, at most as long as was asked for.
    ///
    /// # Errors
    /// When that time is over, or the model failed.
    pub fn wait(self) -> Answer {
        match self.answer.recv_timeout(self.wait) {
            Ok(answer) => answer,
            Err(mpsc::RecvTimeoutError::Timeout) => Err(too_late(self.wait)),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err(EmbedError::Failed("the encoder's threads ended".to_owned()))
            }
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.left.store(true, Ordering::Release);
    }
}

fn too_late(wait: Duration) -> EmbedError {
    EmbedError::Overloaded(format!("no vector within {} ms", wait.as_millis()))
}
