//! What happened to a client: counted and timed always, kept as events where sampled.

mod samples;

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

pub use samples::Summary;

use crate::{Limits, pure::chance::Chance};
use samples::Samples;

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventName {
    /// Welcomed; `took_ms` since the link was opened.
    Connect,
    /// Not welcomed.
    ConnectFailed,
    /// A connection ended; `took_ms` since it was welcomed.
    Cut,
    /// Only a ping showed that it was dead.
    QuietDeath,
    /// Welcomed again; `took_ms` since the cut.
    Reconnect,
    /// The server does not know the session any more.
    SessionOver,
    /// Another transport has its turn.
    Fallback,
    /// A better one took over.
    Upgrade,
    /// The first message was acknowledged; `took_ms` since the first connect began.
    FirstAck,
    /// A message was; `took_ms` since it was first sent.
    Ack,
    /// One was sent again.
    Resend,
    /// One was refused; the server's word in `detail`.
    Refused,
    /// Messages were missing, and are asked for.
    Gap,
    /// Messages came that had come before, and were passed over.
    Repeat,
    /// The server stands on a backup: a conversation is read anew.
    Rewound,
    /// The application does not take what comes; the server was asked to stop for now.
    Paused,
    /// The outbox could not be written.
    OutboxFailed,
}

/// One thing that happened. It never holds a token or what people wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiagnosticEvent {
    /// UTC milliseconds since 1970.
    pub at_ms: i64,
    /// What.
    pub name: EventName,
    /// 32 hexadecimal digits, the same for all that belongs to one connection or one message.
    pub trace_id: String,
    /// How long it took, where that says something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// The transport's name.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub transport: &'static str,
    /// A word or two for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The conversation; 0: none.
    #[serde(skip_serializing_if = "is_zero")]
    pub conversation_id: u64,
    /// The message's, by which the server knows it, too.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client_id: String,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What belongs together, and whether its events are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Drawn once.
    pub sampled: bool,
}

/// What an event says beside its name.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// See [`DiagnosticEvent::took_ms`].
    pub took_ms: Option<u64>,
    /// See [`DiagnosticEvent::transport`].
    pub transport: &'static str,
    /// See [`DiagnosticEvent::detail`].
    pub detail: String,
    /// See [`DiagnosticEvent::conversation_id`].
    pub conversation_id: u64,
    /// See [`DiagnosticEvent::client_id`].
    pub client_id: String,
}

/// Everything that diagnostics know, for a bug report: `serde_json` writes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dump {
    /// The version of this library.
    pub sdk: &'static str,
    /// UTC milliseconds since 1970.
    pub at_ms: i64,
    /// Share of connections and messages whose events are kept.
    pub sample_rate: f64,
    /// "open", "waiting" and the like.
    pub state: &'static str,
    /// The name of the transport in use, or of the one that is tried next.
    pub transport: &'static str,
    /// Milliseconds of quiet after which the client pings.
    pub heartbeat_ms: u64,
    /// Messages that wait to be sent.
    pub waiting: usize,
    /// How often each thing happened since the start, sampled or not.
    pub counts: BTreeMap<EventName, u64>,
    /// Milliseconds that each thing took, sampled or not.
    pub times: BTreeMap<EventName, Summary>,
    /// The newest sampled events, oldest first.
    pub events: Vec<DiagnosticEvent>,
}

impl Dump {
    /// How often it happened.
    #[must_use]
    pub fn count(&self, name: EventName) -> u64 {
        self.counts.get(&name).copied().unwrap_or_default()
    }
}

/// Counts, times, and the newest sampled events. Bounded in every direction.
#[derive(Debug, Clone)]
pub(crate) struct Diagnostics {
    sample_rate: f64,
    events_max: usize,
    samples_max: usize,
    counts: BTreeMap<EventName, u64>,
    samples: BTreeMap<EventName, Samples>,
    events: VecDeque<DiagnosticEvent>,
}

impl Diagnostics {
    pub(crate) fn new(sample_rate: f64, limits: &Limits) -> Self {
        Self {
            sample_rate,
            events_max: limits.events_max,
            samples_max: limits.samples_max,
            counts: BTreeMap::new(),
            samples: BTreeMap::new(),
            events: VecDeque::new(),
        }
    }

    /// Begins something whose events belong together.
    pub(crate) fn trace(&self, chance: &mut Chance) -> Trace {
        let sampled = chance.share() < self.sample_rate;
        let id = format!("{:016x}{:016x}", chance.bits(), chance.bits());
        Trace { id, sampled }
    }

    /// Notes that it happened; the event, when it is kept.
    pub(crate) fn note(
        &mut self,
        trace: &Trace,
        name: EventName,
        at_ms: i64,
        about: About,
    ) -> Option<DiagnosticEvent> {
        *self.counts.entry(name).or_default() += 1;
        if let Some(took_ms) = about.took_ms {
            let fresh = || Samples::new(self.samples_max);
            self.samples.entry(name).or_insert_with(fresh).add(took_ms);
        }
        if !trace.sampled {
            return None;
        }
        let event = DiagnosticEvent {
            at_ms,
            name,
            trace_id: trace.id.clone(),
            took_ms: about.took_ms,
            transport: about.transport,
            detail: about.detail,
            conversation_id: about.conversation_id,
            client_id: about.client_id,
        };
        self.events.push_back(event.clone());
        if self.events.len() > self.events_max {
            self.events.pop_front();
        }
        Some(event)
    }

    pub(crate) fn dump(&self, at_ms: i64) -> Dump {
        let times = self.samples.iter();
        Dump {
            sdk: env!("CARGO_PKG_VERSION"),
            at_ms,
            sample_rate: self.sample_rate,
            state: "",
            transport: "",
            heartbeat_ms: 0,
            waiting: 0,
            counts: self.counts.clone(),
            times: times
                .map(|(name, samples)| (*name, samples.summary()))
                .collect(),
            events: self.events.iter().cloned().collect(),
        }
    }
}
