//! What the bot says when no form is in the way: answers, offers, hands over, gives up.
//! Every function here ends the turn with exactly one reply.

use std::collections::BTreeMap;

use crate::{Effect, IntentRef, Phase, Policy, Reply, State, form};

/// The most intents offered at once.
const OPTIONS_MAX: usize = 3;

/// Values by slot name.
pub(crate) type Values = BTreeMap<String, String>;

/// The answer, and after it the question that it interrupted, if there is one.
pub(crate) fn answer(
    state: &mut State,
    intent: IntentRef,
    values: Values,
    policy: &Policy,
) -> Vec<Effect> {
    let times = match state.last_answer.take() {
        Some((id, times)) if id == intent.id => times.saturating_add(1),
        _ => 1,
    };
    state.last_answer = Some((intent.id.clone(), times));
    state.fallbacks = 0;
    state.phase = Phase::Idle;
    let then = form::resume(state, policy).map(Box::new);
    let reply = Reply::Answer {
        intent,
        values,
        repeat: times - 1,
        then,
    };
    speak(state, reply)
}

/// The last words of the bot until somebody gives the conversation back.
pub(crate) fn hand_over(
    state: &mut State,
    intent: Option<IntentRef>,
    values: Values,
    reason: String,
) -> Vec<Effect> {
    state.fallbacks = 0;
    state.last_answer = None;
    let mut effects = say(state, Phase::Queued, Reply::Handoff { intent, values });
    effects.push(Effect::Enqueue {
        reason,
        front: false,
    });
    effects
}

/// Offers a choice; nothing to choose from is a misunderstanding.
pub(crate) fn offer(
    state: &mut State,
    mut options: Vec<IntentRef>,
    again: bool,
    policy: &Policy,
) -> Vec<Effect> {
    options.truncate(OPTIONS_MAX);
    if options.is_empty() {
        return misunderstood(state, policy);
    }
    let reply = Reply::Confirm {
        options: options.clone(),
    };
    say(state, Phase::WaitingConfirm { options, again }, reply)
}

pub(crate) fn cancel(state: &mut State) -> Vec<Effect> {
    state.fallbacks = 0;
    say(state, Phase::Idle, Reply::Cancelled)
}

/// A fallback that counts towards offering a human.
pub(crate) fn misunderstood(state: &mut State, policy: &Policy) -> Vec<Effect> {
    count_fallback(state, policy);
    at_a_loss(state, policy)
}

/// A fallback that does not count: the words were clear, only there was nothing to say them to.
pub(crate) fn at_a_loss(state: &mut State, policy: &Policy) -> Vec<Effect> {
    let offer_human = state.fallbacks >= policy.fallbacks_before_human;
    fall_back(state, offer_human)
}

pub(crate) fn fall_back(state: &mut State, offer_human: bool) -> Vec<Effect> {
    say(state, Phase::Idle, Reply::Fallback { offer_human })
}

pub(crate) fn count_fallback(state: &mut State, policy: &Policy) {
    state.fallbacks = state
        .fallbacks
        .saturating_add(1)
        .min(policy.fallbacks_before_human);
}

/// Says it and leaves no form open or waiting.
fn say(state: &mut State, phase: Phase, reply: Reply) -> Vec<Effect> {
    state.phase = phase;
    state.paused.clear();
    speak(state, reply)
}

/// The turn has its reply.
pub(crate) fn speak(state: &mut State, reply: Reply) -> Vec<Effect> {
    state.settled = state.turn;
    vec![Effect::Say(reply)]
}
