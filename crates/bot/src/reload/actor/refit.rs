//! The whole fit that a patched engine still owes: beside the traffic, when nothing else happens.

use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kefu_nlu::Engine;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::{super::Builder, Actor, Background};

/// Unwinds out of the builder: something newer is to be built.
struct Abandoned;

/// When, and for which engine.
#[derive(Default)]
pub(super) struct Refit {
    /// Pause after the last change.
    after: Duration,
    state: State,
}

#[derive(Default)]
enum State {
    /// Nothing is owed, or nobody has looked.
    #[default]
    Idle,
    Due {
        of: Weak<Engine>,
        at: Instant,
    },
    Running(Running),
    /// It cannot be done for this one; the next change brings another.
    GivenUp {
        of: Weak<Engine>,
    },
}

struct Running {
    of: Weak<Engine>,
    abandoned: Arc<AtomicBool>,
    task: JoinHandle<Outcome>,
}

pub(super) enum Outcome {
    Built(Box<Engine>),
    Failed(String),
    Abandoned,
}

/// What the task has to do now.
pub(super) enum Event {
    Begin,
    Ended { of: Weak<Engine>, outcome: Outcome },
}

impl Refit {
    pub(super) fn new(after: Duration) -> Self {
        Self {
            after,
            state: State::Idle,
        }
    }

    /// Sets the time where what serves was patched since the last look, and forgets it where it was
    /// not.
    pub(super) fn plan(&mut self, serving: &Arc<Engine>) {
        if !serving.is_patched() {
            self.put_off();
            return;
        }
        let of = Arc::downgrade(serving);
        let known = match &self.state {
            State::Idle => false,
            State::Due { of: known, .. } | State::GivenUp { of: known } => known.ptr_eq(&of),
            State::Running(running) => running.of.ptr_eq(&of),
        };
        if !known {
            self.put_off();
            let at = Instant::now() + self.after;
            self.state = State::Due { of, at };
        }
    }

    /// Something changes, or asks for the threads: the pause begins anew after it.
    pub(super) fn put_off(&mut self) {
        if let State::Running(running) = std::mem::take(&mut self.state) {
            running.abandoned.store(true, Ordering::SeqCst);
            count("abandoned");
        }
    }

    /// Returns when it is time, or when a fit that was begun has ended.
    pub(super) async fn next(&mut self) -> Event {
        match &mut self.state {
            State::Idle | State::GivenUp { .. } => pending().await,
            State::Due { at, .. } => {
                sleep_until(*at).await;
                Event::Begin
            }
            State::Running(running) => {
                let ended = (&mut running.task).await;
                let failed = |_| Outcome::Failed("the task was lost".to_owned());
                Event::Ended {
                    of: running.of.clone(),
                    outcome: ended.unwrap_or_else(failed),
                }
            }
        }
    }

    fn begin(
        &mut self,
        serving: Arc<Engine>,
        builder: Arc<dyn Builder>,
        background: Arc<Background>,
    ) {
        let of = Arc::downgrade(&serving);
        let abandoned = Arc::new(AtomicBool::new(false));
        let flag = abandoned.clone();
        let progress = move |_: usize, _: usize| {
            if flag.load(Ordering::SeqCst) {
                // Not a panic: no hook runs, and nothing is logged as one.
                resume_unwind(Box::new(Abandoned));
            }
        };
        let build = move || {
            let catalogue = serving.catalogue().clone();
            builder.build(Arc::new(catalogue), Some(&serving), &progress)
        };
        let work = move || match background.run(|| catch_unwind(AssertUnwindSafe(build))) {
            Ok(Ok(engine)) => Outcome::Built(Box::new(engine)),
            Ok(Err(error)) => Outcome::Failed(error.to_string()),
            Err(payload) if payload.is::<Abandoned>() => Outcome::Abandoned,
            Err(_) => {
                metrics::counter!("kefu_bot_panics_total").increment(1);
                Outcome::Failed("it failed inside; please report it with the files".to_owned())
            }
        };
        self.state = State::Running(Running {
            of,
            abandoned,
            task: tokio::task::spawn_blocking(work),
        });
    }
}

impl Drop for Refit {
    fn drop(&mut self) {
        self.put_off();
    }
}

impl Actor {
    /// Begins a fit that is due, or lets the one that ended serve. The set is the same and so is its
    /// version: nothing is recorded, and an evaluation of it goes on.
    pub(super) fn refit(&mut self, event: Event) {
        let serving = self.it.bot.engine();
        let (of, outcome) = match event {
            Event::Begin => {
                let (builder, background) = (self.it.builder.clone(), self.background.clone());
                self.refit.begin(serving, builder, background);
                return;
            }
            Event::Ended { of, outcome } => (of, outcome),
        };
        // It has ended; there is nothing left to abandon.
        self.refit.state = State::Idle;
        let version = serving.catalogue().version.clone();
        match outcome {
            Outcome::Built(engine) if of.ptr_eq(&Arc::downgrade(&serving)) => {
                self.it.bot.swap(Arc::from(engine));
                tracing::info!(version, "what was patched is fitted whole");
                count("served");
            }
            Outcome::Built(_) | Outcome::Abandoned => {}
            Outcome::Failed(why) => {
                tracing::warn!(version, why, "what was patched serves on as it is");
                count("failed");
                self.refit.state = State::GivenUp { of };
            }
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("kefu_bot_refits_total", "outcome" => outcome).increment(1);
}
