//! What the bot does next about an intent: ask, answer, offer, hand over, give up.
//! Every function here ends the turn with exactly one reply.

use std::collections::BTreeMap;

use crate::{Effect, IntentRef, Phase, Policy, Reply, State, Topic};

/// The most intents offered at once.
const OPTIONS_MAX: usize = 3;

/// Values by slot name.
pub(crate) type Values = BTreeMap<String, String>;

/// Goes as far with `intent` as `values` allow: asks the first slot that is missing, or answers.
pub(crate) fn proceed(state: &mut State, intent: IntentRef, mut values: Values) -> Vec<Effect> {
    keep_known(&intent, &mut values);
    let missing = intent
        .slots
        .iter()
        .find(|slot| !values.contains_key(&slot.name));
    match missing.cloned() {
        Some(asking) => {
            let topic = Topic {
                intent,
                filled: values,
                asking,
                attempts: 1,
            };
            ask(state, topic)
        }
        None => finish(state, intent, values),
    }
}

/// Drops values that no slot of the intent asks for; the state must not grow by them.
pub(crate) fn keep_known(intent: &IntentRef, values: &mut Values) {
    values.retain(|name, _| intent.slots.iter().any(|slot| slot.name == *name));
}

/// The reply held no value: one more question while attempts are left, then a way to a human.
pub(crate) fn ask_again(state: &mut State, mut topic: Topic, policy: &Policy) -> Vec<Effect> {
    if topic.attempts >= policy.slot_attempts {
        count_fallback(state, policy);
        return fall_back(state, true);
    }
    topic.attempts = topic.attempts.saturating_add(1);
    ask(state, topic)
}

fn ask(state: &mut State, topic: Topic) -> Vec<Effect> {
    let reply = Reply::Ask {
        intent: topic.intent.clone(),
        slot: topic.asking.clone(),
        again: topic.attempts > 1,
    };
    say(state, Phase::WaitingReply { topic }, reply)
}

fn finish(state: &mut State, intent: IntentRef, values: Values) -> Vec<Effect> {
    if let Some(reason) = intent.handoff.clone() {
        return hand_over(state, Some(intent), values, reason);
    }
    answer(state, intent, values)
}

/// An answer that asks nothing and leads to no human, whatever the intent's script says.
pub(crate) fn remark(state: &mut State, intent: IntentRef) -> Vec<Effect> {
    answer(state, intent, Values::new())
}

fn answer(state: &mut State, intent: IntentRef, values: Values) -> Vec<Effect> {
    let times = match state.last_answer.take() {
        Some((id, times)) if id == intent.id => times.saturating_add(1),
        _ => 1,
    };
    state.last_answer = Some((intent.id.clone(), times));
    state.fallbacks = 0;
    let reply = Reply::Answer {
        intent,
        values,
        repeat: times - 1,
    };
    say(state, Phase::Idle, reply)
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

fn fall_back(state: &mut State, offer_human: bool) -> Vec<Effect> {
    say(state, Phase::Idle, Reply::Fallback { offer_human })
}

fn count_fallback(state: &mut State, policy: &Policy) {
    state.fallbacks = state
        .fallbacks
        .saturating_add(1)
        .min(policy.fallbacks_before_human);
}

fn say(state: &mut State, phase: Phase, reply: Reply) -> Vec<Effect> {
    state.phase = phase;
    vec![Effect::Say(reply)]
}
