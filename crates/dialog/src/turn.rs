//! The life of a turn: begun by a message, watched by a deadline, given up for a human.

use crate::{Asked, Effect, Phase, State};

/// Why a conversation is queued that no bot came back for. A key; people's words are the reader's.
pub const REASON_BOT_AWAY: &str = "bot_away";

/// The visitor wrote. A message during a turn begins the next one with the same open question, so
/// that the earlier result is late and both messages together have one reply.
pub(crate) fn visitor_message(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    let asked = match std::mem::take(&mut state.phase) {
        Phase::Idle => Asked::Nothing,
        Phase::Processing { asked, .. } => asked,
        Phase::WaitingReply { topic } => Asked::Slot { topic },
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
    state.turn = state.turn.saturating_add(1);
    state.phase = Phase::Processing {
        asked,
        waited: false,
    };
    effects.push(Effect::RequestTurn { turn: state.turn });
    effects
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
    if turn != state.turn || !matches!(state.phase, Phase::Processing { .. }) {
        return Vec::new();
    }
    state.phase = Phase::Queued;
    vec![Effect::Enqueue {
        reason: REASON_BOT_AWAY.to_owned(),
        front: false,
    }]
}
