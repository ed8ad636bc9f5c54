//! The use case: a turn in, a commit out.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};
use kefu_dialog::{
    ActionOutcome, Asked, Effect, Event, Failure, Phase, Policy, Reply, State, StateError,
    Understanding, step,
};
use kefu_nlu::Engine;
use kefu_proto::v1;
use kefu_types::{Clock, Lang};
use tokio::sync::watch;

use crate::{
    actions::{ActionSettings, Actions, Connector, NoConnector, failed},
    assist::proposals,
    pending::{Open, Pending, Progress},
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
    actions: Actions,
    /// Turns under way: whatever can wait, waits for them.
    turns: watch::Sender<usize>,
}

impl Bot {
    /// A bot that answers with `engine` from the first turn on, connected to nothing.
    #[must_use]
    pub fn new(engine: Arc<Engine>, settings: BotSettings, clock: Arc<dyn Clock>) -> Self {
        let (connector, bounds) = (Arc::new(NoConnector), ActionSettings::default());
        Self {
            engine: ArcSwap::new(engine),
            settings,
            actions: Actions::new(connector, bounds, clock.clone()),
            clock,
            turns: watch::Sender::new(0),
        }
    }

    /// The same bot, connected to the business.
    #[must_use]
    pub fn with_connector(self, connector: Arc<dyn Connector>, bounds: ActionSettings) -> Self {
        Self {
            actions: Actions::new(connector, bounds, self.clock.clone()),
            ..self
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

    /// Runs what intents do before they answer.
    #[must_use]
    pub const fn actions(&self) -> &Actions {
        &self.actions
    }

    /// A turn is under way until what this gives is dropped.
    pub(crate) fn turn_begins(&self) -> UnderWay<'_> {
        self.turns.send_modify(|turns| *turns += 1);
        UnderWay(&self.turns)
    }

    /// Returns when no turn is under way.
    pub(crate) async fn turns_done(&self) {
        let mut turns = self.turns.subscribe();
        // The sender is ours: it does not go before we do.
        let _ = turns.wait_for(|turns| *turns == 0).await;
    }

    /// What an agent could say to what the visitor said, likeliest first. Computes on the calling
    /// thread, as [`Bot::begin`] does, and decides nothing: nobody hears it but agents.
    #[must_use]
    pub fn propose(&self, ask: &v1::AssistAsk, least: f64) -> v1::AssistAnswer {
        let engine = self.engine.load_full();
        let said = Said::of(&ask.messages);
        let before = Lang::parse(&ask.language).unwrap_or_default();
        let lang = said.language(before);
        let today = self.today(ask.now_ms);
        let wording = Wording {
            catalogue: engine.catalogue(),
            phrases: self.settings.texts.of(lang),
            lang,
            today,
            day: self.day_of(&said).unwrap_or(today),
        };
        let wait = Duration::from_millis(ask.patience_ms.into());
        let most = usize::try_from(ask.proposals_max).unwrap_or(usize::MAX);
        v1::AssistAnswer {
            tenant_id: ask.tenant_id,
            conversation_id: ask.conversation_id,
            number: ask.number,
            catalogue: wording.catalogue.version.clone(),
            proposals: proposals(&engine, &wording, &said, wait, (most, least)),
        }
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Reads the turn and words the reply, or says what must be done first. Computes on the
    /// calling thread for as long as the encoder takes: not for an asynchronous one.
    ///
    /// # Errors
    /// When the state cannot be read or does not wait for this turn.
    pub fn begin(&self, turn: &v1::Turn) -> Result<Progress, TurnError> {
        self.read(turn, |reader, asked, said| reader.read(asked, said))
    }

    /// Words the reply to a turn whose action has ended.
    ///
    /// # Errors
    /// As [`Bot::begin`].
    pub fn finish(
        &self,
        pending: Pending,
        outcome: ActionOutcome,
    ) -> Result<v1::CommitTurn, TurnError> {
        let Pending { open, .. } = pending;
        let outcome = open.named(outcome);
        let turn = open.turn;
        let event = Event::ActionDone { turn, outcome };
        let (next, effects) = step(&open.state, &event, &self.settings.policy);
        self.commit(
            &Open {
                state: next,
                ..open
            },
            &effects,
        )
    }

    /// The whole of a turn for a bot that is connected to nothing: an action is unavailable.
    ///
    /// # Errors
    /// As [`Bot::begin`].
    pub fn handle(&self, turn: &v1::Turn) -> Result<v1::CommitTurn, TurnError> {
        match self.begin(turn)? {
            Progress::Done(commit) => Ok(*commit),
            Progress::Act(pending) => self.finish(*pending, failed(Failure::Unavailable)),
        }
    }

    /// The reply to a turn that could not be read at all, so that the visitor still has one.
    ///
    /// # Errors
    /// As [`Bot::begin`].
    pub fn apologise(&self, turn: &v1::Turn) -> Result<v1::CommitTurn, TurnError> {
        let lost = |_: &Reader<'_>, _: &Asked, _: &Said| Reading::dialog(Understanding::Fallback);
        match self.read(turn, lost)? {
            Progress::Done(commit) => Ok(*commit),
            Progress::Act(pending) => self.finish(*pending, failed(Failure::Unavailable)),
        }
    }

    fn read(
        &self,
        turn: &v1::Turn,
        read: impl FnOnce(&Reader<'_>, &Asked, &Said) -> Reading,
    ) -> Result<Progress, TurnError> {
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
        let day = self.day_of(&said).unwrap_or(today);
        let reader = Reader {
            engine: &engine,
            phrases: self.settings.texts.of(lang),
            lang,
            today,
            day,
            wait: patience(turn),
        };
        let unsaid = Said::is_taken_back(&turn.messages);
        let reading = if unsaid {
            Reading::dialog(Understanding::Unsaid)
        } else if said.is_wordless() {
            Reading::dialog(Understanding::Media)
        } else {
            read(&reader, asked, &said)
        };
        let event = Event::Understood {
            turn: turn.turn,
            what: reading.what.clone(),
        };
        let (next, effects) = step(&state, &event, &self.settings.policy);
        let open = Open {
            tenant: turn.tenant_id,
            conversation: turn.conversation_id,
            turn: turn.turn,
            version: turn.version,
            state: next,
            engine,
            reading,
            lang,
            today,
            day,
            media: said.media && !said.is_wordless(),
            started,
        };
        let action = effects.iter().find_map(|effect| match effect {
            Effect::Act(action) => Some(action.clone()),
            _ => None,
        });
        Ok(match action {
            Some(action) => Progress::Act(Box::new(Pending::new(open, action))),
            None => Progress::Done(Box::new(self.commit(&open, &effects)?)),
        })
    }

    fn commit(&self, open: &Open, effects: &[Effect]) -> Result<v1::CommitTurn, TurnError> {
        let wording = Wording {
            catalogue: open.engine.catalogue(),
            phrases: self.settings.texts.of(open.lang),
            lang: open.lang,
            today: open.today,
            day: open.day,
        };
        let spent = self.clock.monotonic().saturating_sub(open.started);
        let mut messages = messages(&wording, &open.reading, effects, spent);
        let to_people = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Enqueue { .. }));
        if open.media
            && !to_people
            && let Some(last) = messages.last_mut()
        {
            last.body = last.body.take().map(|body| wording.media(body));
        }
        let unsaid = matches!(open.reading.what, Understanding::Unsaid);
        if messages.is_empty() && !unsaid {
            return Err(TurnError::Late(open.turn));
        }
        Ok(v1::CommitTurn {
            tenant_id: open.tenant,
            conversation_id: open.conversation,
            turn: open.turn,
            expected_version: open.version,
            new_state: open.state.to_json(),
            messages,
            handoff_reason: handoff_reason(effects),
            handoff_group: group(&wording, effects),
            language: open.lang.code().to_owned(),
        })
    }

    /// The tenant's day at the core's time.
    fn today(&self, now_ms: i64) -> Date {
        let now = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        self.settings.time_zone.to_datetime(now).date()
    }

    /// The day on which the visitor wrote, by the visitor's own clock where that is known: "yesterday"
    /// is counted from it, however late the turn is.
    fn day_of(&self, said: &Said) -> Option<Date> {
        let at = Timestamp::from_millisecond(said.at_ms?).ok()?;
        let own = said
            .utc_offset_minutes
            .and_then(|minutes| Offset::from_seconds(minutes.checked_mul(60)?).ok());
        let zone = own.map(TimeZone::fixed);
        let zone = zone.as_ref().unwrap_or(&self.settings.time_zone);
        Some(zone.to_datetime(at).date())
    }
}

/// See [`Bot::turn_begins`].
pub(crate) struct UnderWay<'a>(&'a watch::Sender<usize>);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|turns| *turns = turns.saturating_sub(1));
    }
}

/// Three quarters of the time that the turn has left when it comes: the rest is for wording the
/// reply and bringing it to the core.
fn patience(turn: &v1::Turn) -> Duration {
    let left = u64::try_from(turn.deadline_ms.saturating_sub(turn.now_ms)).unwrap_or(0);
    Duration::from_millis(left / 4 * 3)
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

/// Which group is to serve it: the one that the intent names which handed over, or that for people
/// who merely want a person.
fn group(wording: &Wording<'_>, effects: &[Effect]) -> String {
    let handed = effects.iter().find_map(|effect| match effect {
        Effect::Say(Reply::Handoff { intent, .. }) => Some(intent.as_ref()),
        _ => None,
    });
    let group = handed.and_then(|intent| wording.group(intent));
    group.unwrap_or_default().to_owned()
}

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
