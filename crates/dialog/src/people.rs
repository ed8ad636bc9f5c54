//! The people's half: queued, serving, wrap-up, closed. The agent owns the conversation from
//! `Assigned` until `Release`, the wrap-up included.

use crate::{Effect, Phase, State};

/// Why a conversation is queued again whose agent was lost. A key; people's words are the reader's.
pub const REASON_REQUEUED: &str = "requeued";

/// A human is wanted. A turn under way is late from here on.
pub(crate) fn human_requested(state: &mut State, reason: &str) -> Vec<Effect> {
    let enqueue = Effect::Enqueue {
        reason: reason.to_owned(),
        front: false,
    };
    match state.phase {
        Phase::Queued | Phase::Serving => Vec::new(),
        // The agent who just served is still there.
        Phase::WrapUp => to(state, Phase::Serving, vec![]),
        Phase::Closed => to(state, Phase::Queued, vec![Effect::Reopen, enqueue]),
        _ => to(state, Phase::Queued, vec![enqueue]),
    }
}

pub(crate) fn queue_left(state: &mut State) -> Vec<Effect> {
    match state.phase {
        Phase::Queued => afresh(state, Phase::Idle, vec![Effect::Dequeue]),
        _ => Vec::new(),
    }
}

/// What the visitor wanted is in the message now, which a person answers later: nobody waits for it,
/// and what the bot had in hand is over. With an agent, or after the end, it changes nothing.
pub(crate) fn message_left(state: &mut State) -> Vec<Effect> {
    match state.phase {
        Phase::Queued => afresh(state, Phase::Idle, vec![Effect::Dequeue]),
        Phase::Idle | Phase::Serving | Phase::WrapUp | Phase::Closed => Vec::new(),
        _ => afresh(state, Phase::Idle, vec![]),
    }
}

pub(crate) fn assigned(state: &mut State) -> Vec<Effect> {
    match state.phase {
        Phase::Queued => to(state, Phase::Serving, vec![]),
        _ => Vec::new(),
    }
}

/// Back to the front: it was served already.
pub(crate) fn requeued(state: &mut State) -> Vec<Effect> {
    let enqueue = Effect::Enqueue {
        reason: REASON_REQUEUED.to_owned(),
        front: true,
    };
    match state.phase {
        Phase::Serving | Phase::WrapUp => to(state, Phase::Queued, vec![Effect::Release, enqueue]),
        _ => Vec::new(),
    }
}

pub(crate) fn ended(state: &mut State) -> Vec<Effect> {
    match state.phase {
        Phase::Serving => to(state, Phase::WrapUp, vec![]),
        _ => Vec::new(),
    }
}

pub(crate) fn wrap_up_done(state: &mut State) -> Vec<Effect> {
    match state.phase {
        Phase::WrapUp => afresh(state, Phase::Closed, vec![Effect::Release]),
        _ => Vec::new(),
    }
}

pub(crate) fn returned_to_bot(state: &mut State) -> Vec<Effect> {
    match state.phase {
        Phase::Serving | Phase::WrapUp => afresh(state, Phase::Idle, vec![Effect::Release]),
        _ => Vec::new(),
    }
}

pub(crate) fn closed(state: &mut State) -> Vec<Effect> {
    let effects = match state.phase {
        Phase::Closed => return Vec::new(),
        Phase::Queued => vec![Effect::Dequeue],
        Phase::Serving | Phase::WrapUp => vec![Effect::Release],
        _ => vec![],
    };
    afresh(state, Phase::Closed, effects)
}

/// What the bot had in hand is over: people go on from here.
pub(crate) fn to(state: &mut State, phase: Phase, effects: Vec<Effect>) -> Vec<Effect> {
    state.phase = phase;
    state.paused.clear();
    state.settled = state.turn;
    effects
}

/// A new talk with the bot: old misunderstandings and repeated answers no longer count.
fn afresh(state: &mut State, phase: Phase, effects: Vec<Effect>) -> Vec<Effect> {
    state.fallbacks = 0;
    state.last_answer = None;
    to(state, phase, effects)
}
