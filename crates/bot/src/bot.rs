//! The use case: a turn in, a commit out.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kefu_dialog::{
    Asked, Effect, Event, Phase, Policy, Reply, State, StateError, Understanding, step,
};
use kefu_nlu::Engine;
use kefu_proto::v1;
use kefu_types::{Clock, Lang};

use crate::{
    reading::{Reader, Reading, Said},
    trace,
    wording::{Texts, Wording},
};

/// What a bot is told besides its engine.
#[derive(Debug, Clone)]
pub struct BotSettings {
    /// The dialog's numbers.
    pub policy: Policy,
    /// Where "tomorrow" and an intent's last day end.
    pub time_zone: TimeZone,
    /// The built-in sentences.
    pub texts: Texts,
}

impl Default for BotSettings {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            time_zone: TimeZone::fixed(jiff::tz::offset(8)),
            texts: Texts::default(),
        }
    }
}

/// A turn that has no commit. None is the visitor's loss: the core's deadline looks after the turn.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The state cannot be read here; a newer version of the bot will.
    #[error(transparent)]
    State(#[from] StateError),
    /// The state does not wait for this turn.
    #[error("the dialog state does not wait for turn {0}")]
    Late(u64),
}

/// Answers turns. Holds the one thing that changes: the engine, which is swapped whole.
pub struct Bot {
    engine: ArcSwap<Engine>,
    settings: BotSettings,
    clock: Arc<dyn Clock>,
}

impl Bot {
    /// A bot that answers with `engine` from the first turn on.
    #[must_use]
    pub fn new(engine: Arc<Engine>, settings: BotSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            engine: ArcSwap::new(engine),
            settings,
            clock,
        }
    }

    /// Turns that begin from now on use `engine`; those under way finish with the old one.
    pub fn swap(&self, engine: Arc<Engine>) {
        self.engine.store(engine);
    }

    /// The engine that new turns use.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        self.engine.load_full()
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Reads the turn and words the reply. Computes on the calling thread for as long as the
    /// encoder takes: not for an asynchronous one.
    ///
    /// # Errors
    /// When the state cannot be read or does not wait for this turn.
    pub fn handle(&self, turn: &v1::Turn) -> Result<v1::CommitTurn, TurnError> {
        self.commit(turn, |reader, asked, said| reader.read(asked, said))
    }

    /// The reply to a turn that could not be read at all, so that the visitor still has one.
    ///
    /// # Errors
    /// As [`Bot::handle`].
    pub fn apologise(&self, turn: &v1::Turn) -> Result<v1::CommitTurn, TurnError> {
        self.commit(turn, |_, _, _| Reading::dialog(Understanding::Fallback))
    }

    fn commit(
        &self,
        turn: &v1::Turn,
        read: impl FnOnce(&Reader<'_>, &Asked, &Said) -> Reading,
    ) -> Result<v1::CommitTurn, TurnError> {
        let started = self.clock.monotonic();
        let state = State::from_json(&turn.state)?;
        let Phase::Processing { asked, .. } = &state.phase else {
            return Err(TurnError::Late(turn.turn));
        };
        let engine = self.engine.load_full();
        let said = Said::of(&turn.messages);
        let before = Lang::parse(&turn.language).unwrap_or_default();
        let lang = said.language(before);
        let today = self.today(turn.now_ms);
        let phrases = self.settings.texts.of(lang);
        let reader = Reader {
            engine: &engine,
            phrases,
            lang,
            today,
        };
        let reading = read(&reader, asked, &said);
        let event = Event::Understood {
            turn: turn.turn,
            what: reading.what.clone(),
        };
        let (next, effects) = step(&state, &event, &self.settings.policy);
        let wording = Wording {
            catalogue: engine.catalogue(),
            phrases,
            lang,
            today,
        };
        let spent = self.clock.monotonic().saturating_sub(started);
        let messages = messages(&wording, &reading, &effects, spent);
        if messages.is_empty() {
            return Err(TurnError::Late(turn.turn));
        }
        Ok(v1::CommitTurn {
            tenant_id: turn.tenant_id,
            conversation_id: turn.conversation_id,
            turn: turn.turn,
            expected_version: turn.version,
            new_state: next.to_json(),
            messages,
            handoff_reason: handoff_reason(&effects),
            language: lang.code().to_owned(),
        })
    }

    /// The tenant's day at the core's time.
    fn today(&self, now_ms: i64) -> Date {
        let now = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        self.settings.time_zone.to_datetime(now).date()
    }
}

fn messages(
    wording: &Wording<'_>,
    reading: &Reading,
    effects: &[Effect],
    spent: Duration,
) -> Vec<v1::BotMessage> {
    let said = effects.iter().filter_map(|effect| match effect {
        Effect::Say(reply) => Some(reply),
        _ => None,
    });
    said.map(|reply| v1::BotMessage {
        body: Some(wording.body(reply, reading.verdict.as_ref())),
        trace: Some(trace::of(wording, reading, reply, spent)),
    })
    .collect()
}

/// The longest reason that an agent is shown, in characters.
const HANDOFF_REASON_CHARS_MAX: usize = 200;

/// Why a human is wanted, with the values that the visitor gave already.
fn handoff_reason(effects: &[Effect]) -> String {
    let reason = effects.iter().find_map(|effect| match effect {
        Effect::Enqueue { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    let values = effects.iter().find_map(|effect| match effect {
        Effect::Say(Reply::Handoff { values, .. }) => Some(values),
        _ => None,
    });
    let values = values.into_iter().flatten();
    let parts = reason
        .map(str::to_owned)
        .into_iter()
        .chain(values.map(|(name, value)| format!("{name}: {value}")));
    let text = parts.collect::<Vec<_>>().join("; ");
    text.chars().take(HANDOFF_REASON_CHARS_MAX).collect()
}
