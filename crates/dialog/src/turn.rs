//! The life of a turn: begun by a message, watched by a deadline, given up for a human.

use crate::{Asked, Effect, Phase, Policy, State, people};

/// Why a conversation is queued that no bot came back for. A key; people's words are the reader's.
pub const REASON_BOT_AWAY: &str = "bot_away";

/// The visitor wrote. A message during a turn begins the next one with the same open question, so
/// that the earlier result is late and both messages together have one reply.
pub(crate) fn visitor_message(state: &mut State, at_ms: i64, policy: &Policy) -> Vec<Effect> {
    let mut effects = Vec::new();
    let silent_ms = state
        .heard_ms
        .map_or(0, |heard| at_ms.saturating_sub(heard));
    let forgotten = silent_ms > policy.forget_after_ms;
    let asked = match std::mem::take(&mut state.phase) {
        Phase::Idle => Asked::Nothing,
        // Never stored, as an action's end comes in the same commit: nothing is owed to it.
        Phase::Acting { .. } => {
            state.paused.clear();
            Asked::Nothing
        }
        Phase::Processing { asked, .. } => asked,
        Phase::WaitingReply { topic } => Asked::Slot { topic },
        Phase::WaitingApproval {
            form,
            which,
            attempts,
        } => Asked::Approval {
            form,
            which,
            attempts,
        },
        Phase::WaitingConfirm { options, again } => Asked::Choice { options, again },
        Phase::Closed => {
            effects.push(Effect::Reopen);
            Asked::Nothing
        }
        people => {
            // One more word after the end: the agent who served is still there.
            let wrapping = people == Phase::WrapUp;
            state.phase = if wrapping { Phase::Serving } else { people };
            return effects;
        }
    };
    let asked = if forgotten {
        forget(state, asked)
    } else {
        asked
    };
    state.turn = state.turn.saturating_add(1);
    state.heard_ms = Some(at_ms);
    state.phase = Phase::Processing {
        asked,
        waited: false,
    };
    effects.push(Effect::RequestTurn { turn: state.turn });
    effects
}

/// The visitor was silent for long: this is another talk. What form was open is kept by name, so
/// that a value without a question can be offered its question again.
fn forget(state: &mut State, asked: Asked) -> Asked {
    state.paused.clear();
    state.fallbacks = 0;
    state.last_answer = None;
    match asked {
        Asked::Slot { topic } => Asked::Expired {
            intent: topic.form.intent,
        },
        Asked::Approval { form, .. } => Asked::Expired {
            intent: form.intent,
        },
        _ => Asked::Nothing,
    }
}

/// The deadline passed. The turn stays open: a bot that comes late still answers it.
pub(crate) fn expired(state: &mut State, turn: u64) -> Vec<Effect> {
    match &mut state.phase {
        Phase::Processing { waited, .. } if turn == state.turn && !*waited => {
            *waited = true;
            vec![Effect::SayPleaseWait]
        }
        _ => Vec::new(),
    }
}

/// No bot came back: a visitor never waits on a dead AI.
pub(crate) fn bot_away(state: &mut State, turn: u64) -> Vec<Effect> {
    if turn != state.turn || !matches!(state.phase, Phase::Processing { .. } | Phase::Acting { .. })
    {
        return Vec::new();
    }
    let enqueue = Effect::Enqueue {
        reason: REASON_BOT_AWAY.to_owned(),
        front: false,
    };
    people::to(state, Phase::Queued, vec![enqueue])
}
