//! The requests that wait, bounded in number and in tokens.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metrics::gauge;

use super::ticket::Job;

/// Why a request is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Requests(usize),
    Tokens(usize),
    Closed,
}

impl Admission {
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Requests(_) => "requests",
            Self::Tokens(_) => "tokens",
            Self::Closed => "closed",
        }
    }
}

pub(super) struct Line {
    state: Mutex<State>,
    /// A job came, or the line was closed.
    came: Condvar,
    /// Nothing waits any more.
    idle: Condvar,
    /// One bulk slice at a time.
    bulk: Mutex<()>,
    requests_max: usize,
    tokens_max: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Requests and tokens waiting or being computed.
    requests: usize,
    tokens: usize,
    closed: bool,
}

/// A place in the line, given back when dropped.
pub(super) struct Place {
    line: Arc<Line>,
    tokens: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.line.state();
        state.requests = state.requests.saturating_sub(1);
        state.tokens = state.tokens.saturating_sub(self.tokens);
        gauge!("kefu_encoder_queue_depth").set(state.requests as f64);
        if state.requests == 0 {
            self.line.idle.notify_all();
        }
    }
}

impl Line {
    pub fn new(requests_max: usize, tokens_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            came: Condvar::new(),
            idle: Condvar::new(),
            bulk: Mutex::default(),
            requests_max,
            tokens_max,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn depth(&self) -> usize {
        self.state().requests
    }

    pub fn enter(self: &Arc<Self>) -> Result<Place, Admission> {
        let mut state = self.state();
        if state.requests >= self.requests_max {
            return Err(Admission::Requests(self.requests_max));
        }
        state.requests += 1;
        gauge!("kefu_encoder_queue_depth").set(state.requests as f64);
        Ok(Place {
            line: Arc::clone(self),
            tokens: 0,
        })
    }

    /// Puts the job at the end; a refused one gives its place back.
    pub fn push(&self, mut job: Job) -> Result<(), Admission> {
        let mut state = self.state();
        let tokens = job.tokens();
        let refusal = if state.closed {
            Some(Admission::Closed)
        } else if state.tokens > 0 && state.tokens + tokens > self.tokens_max {
            Some(Admission::Tokens(self.tokens_max))
        } else {
            None
        };
        if let Some(refusal) = refusal {
            // The place takes the lock to give itself back.
            drop(state);
            return Err(refusal);
        }
        state.tokens += tokens;
        job.place.tokens = tokens;
        state.jobs.push_back(job);
        drop(state);
        self.came.notify_one();
        Ok(())
    }

    /// Waits for jobs and takes the oldest, up to a budget and a fair share for one of `threads`;
    /// `None` when the line is closed.
    pub fn take(&self, tokens_max: usize, threads: usize) -> Option<Vec<Job>> {
        let mut state = self.state();
        while state.jobs.is_empty() {
            if state.closed {
                return None;
            }
            state = self
                .came
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let share = state.jobs.len().div_ceil(threads);
        let (mut taken, mut tokens) = (Vec::new(), 0);
        while taken.len() < share {
            let Some(next) = state.jobs.front() else {
                break;
            };
            if !taken.is_empty() && tokens + next.tokens() > tokens_max {
                break;
            }
            tokens += next.tokens();
            taken.extend(state.jobs.pop_front());
        }
        let more = !state.jobs.is_empty();
        drop(state);
        if more {
            self.came.notify_one();
        }
        Some(taken)
    }

    /// Waits until no request is there, at most `most`, and keeps other bulk work out meanwhile.
    pub fn give_way(&self, most: Duration) -> MutexGuard<'_, ()> {
        let turn = self.bulk.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.state();
        drop(
            self.idle
                .wait_timeout_while(state, most, |state| state.requests > 0),
        );
        turn
    }

    /// Threads end once the line is empty.
    pub fn close(&self) {
        self.state().closed = true;
        self.came.notify_all();
    }
}
