//! What an intent does besides answering: a call to the business, through a port.
//!
//! Every call has a deadline, a place among a bounded number at once, and a key that is the same
//! whenever the same thing is asked for again, so that a bot may die and another repeat it: a
//! connector must do a thing once for each key. An action whose connector keeps failing is left
//! alone for a while, as asking it costs every visitor the whole deadline.

mod breaker;
mod key;
mod port;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kefu_dialog::{ActionOutcome, Failure};
use kefu_types::Clock;
use tokio::{sync::Semaphore, time::timeout};

use breaker::Breaker;
pub(crate) use key::key;
pub use port::{ActionError, ActionRequest, Connector, NoConnector};

/// Values of a result, and characters of each, that are kept.
const VALUES_MAX: usize = 50;
const VALUE_CHARS_MAX: usize = 500;

/// Names of actions that are watched; more than any set of intents has.
const BREAKERS_MAX: usize = 1_000;

/// The bounds of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionSettings {
    /// Calls at once, at least 1.
    pub at_once_max: usize,
    /// How long a call may take when its intent does not say; never beyond the turn's deadline.
    pub timeout: Duration,
    /// Failures in a row after which an action rests.
    pub failures_max: u32,
    /// How long it rests; then one call tries again.
    pub rest: Duration,
}

impl Default for ActionSettings {
    fn default() -> Self {
        Self {
            at_once_max: 64,
            timeout: Duration::from_secs(3),
            failures_max: 5,
            rest: Duration::from_secs(30),
        }
    }
}

/// Runs actions within their bounds.
pub struct Actions {
    connector: Arc<dyn Connector>,
    settings: ActionSettings,
    clock: Arc<dyn Clock>,
    slots: Semaphore,
    breakers: Mutex<BTreeMap<String, Breaker>>,
}

impl Actions {
    /// Calls `connector`, within `settings`.
    #[must_use]
    pub fn new(
        connector: Arc<dyn Connector>,
        settings: ActionSettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            connector,
            settings,
            clock,
            slots: Semaphore::new(settings.at_once_max.max(1)),
            breakers: Mutex::new(BTreeMap::new()),
        }
    }

    /// Runs one, for at most `within` and its own time. Always ends with an outcome.
    pub async fn run(
        &self,
        request: ActionRequest,
        own: Option<Duration>,
        within: Duration,
    ) -> ActionOutcome {
        let name = request.action.clone();
        let now = self.clock.monotonic();
        if !self.with_breaker(&name, |breaker| breaker.admits(now, self.settings.rest)) {
            count(&name, "resting");
            return failed(Failure::Unavailable);
        }
        let limit = own.unwrap_or(self.settings.timeout).min(within);
        let outcome = timeout(limit, self.call(request)).await;
        let outcome = outcome.unwrap_or(Err(Failure::Timeout));
        let now = self.clock.monotonic();
        let failures_max = self.settings.failures_max;
        match &outcome {
            Err(Failure::Timeout | Failure::Unavailable) => {
                self.with_breaker(&name, |breaker| breaker.failed(now, failures_max));
            }
            // "No such order" is an answer.
            _ => self.with_breaker(&name, Breaker::worked),
        }
        match outcome {
            Ok(results) => {
                count(&name, "done");
                ActionOutcome::Done { results }
            }
            Err(why) => {
                count(&name, word(why));
                tracing::warn!(action = name, why = word(why), "an action failed");
                failed(why)
            }
        }
    }

    async fn call(&self, request: ActionRequest) -> Result<BTreeMap<String, String>, Failure> {
        let Ok(_slot) = self.slots.acquire().await else {
            return Err(Failure::Unavailable);
        };
        let connector = self.connector.clone();
        // A task of its own: a connector that panics is one that is not there.
        let mut task = AbortOnDrop(tokio::spawn(async move { connector.call(&request).await }));
        match (&mut task.0).await {
            Ok(Ok(values)) => Ok(clean(values)),
            Ok(Err(ActionError::NotFound)) => Err(Failure::NotFound),
            Ok(Err(ActionError::Refused)) => Err(Failure::Refused),
            Ok(Err(ActionError::Unavailable(error))) => {
                tracing::warn!(error, "the connector cannot be used");
                Err(Failure::Unavailable)
            }
            Err(_) => Err(Failure::Unavailable),
        }
    }

    fn with_breaker<T>(&self, name: &str, act: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        if breakers.len() >= BREAKERS_MAX && !breakers.contains_key(name) {
            breakers.clear();
        }
        act(breakers.entry(name.to_owned()).or_default())
    }
}

/// Ends the call with its caller: a deadline that passed must not leave it running.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Bounded, and without control characters: the values stand in replies.
fn clean(values: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let tidy = |text: String| {
        let chars = text.chars().filter(|c| !c.is_control() || *c == '\n');
        chars.take(VALUE_CHARS_MAX).collect::<String>()
    };
    let values = values.into_iter().take(VALUES_MAX);
    values.map(|(name, value)| (name, tidy(value))).collect()
}

pub(crate) const fn failed(why: Failure) -> ActionOutcome {
    ActionOutcome::Failed { why }
}

const fn word(why: Failure) -> &'static str {
    match why {
        Failure::NotFound => "not_found",
        Failure::Refused => "refused",
        Failure::Timeout => "timeout",
        Failure::Unavailable => "unavailable",
    }
}

fn count(action: &str, outcome: &'static str) {
    metrics::counter!("kefu_bot_actions_total", "action" => action.to_owned(), "outcome" => outcome)
        .increment(1);
}
