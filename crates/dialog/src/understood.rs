//! What the bot read, seen in the light of what it had asked.

use crate::{
    Asked, Choice, Effect, IntentRef, Phase, Policy, State, Topic, Understanding,
    script::{self, Values},
};

/// The bot read `turn`. Any other turn than the current one is late and says nothing.
pub(crate) fn understood(
    state: &mut State,
    turn: u64,
    what: Understanding,
    policy: &Policy,
) -> Vec<Effect> {
    let asked = match &mut state.phase {
        Phase::Processing { asked, .. } if turn == state.turn => std::mem::take(asked),
        _ => return Vec::new(),
    };
    match (what, asked) {
        (Understanding::Human { reason }, asked) => {
            let values = match asked {
                Asked::Slot { topic } => topic.filled,
                _ => Values::new(),
            };
            script::hand_over(state, None, values, reason)
        }
        (Understanding::Cancel, _) => script::cancel(state),
        (Understanding::Aside { intent }, asked) => {
            let effects = script::remark(state, intent);
            state.phase = reopened(asked);
            effects
        }
        (what, Asked::Nothing) => unasked(state, what, policy),
        (what, Asked::Slot { topic }) => slot_reply(state, topic, what, policy),
        (what, Asked::Choice { options, again }) => choice(state, options, again, what, policy),
    }
}

/// The phase that waits for the same thing as before the turn.
fn reopened(asked: Asked) -> Phase {
    match asked {
        Asked::Nothing => Phase::Idle,
        Asked::Slot { topic } => Phase::WaitingReply { topic },
        Asked::Choice { options, again } => Phase::WaitingConfirm { options, again },
    }
}

fn unasked(state: &mut State, what: Understanding, policy: &Policy) -> Vec<Effect> {
    match what {
        Understanding::Answer { intent, values } => script::proceed(state, intent, values),
        Understanding::Confirm { options } => script::offer(state, options, false, policy),
        Understanding::Fallback => script::misunderstood(state, policy),
        _ => script::at_a_loss(state, policy),
    }
}

/// While a slot is asked, only its value, another intent, a human or a cancel lead on. A text
/// that is merely close to intents is taken for an unreadable value: the topic stays.
fn slot_reply(
    state: &mut State,
    mut topic: Topic,
    what: Understanding,
    policy: &Policy,
) -> Vec<Effect> {
    match what {
        Understanding::SlotValue { value } => {
            topic.filled.insert(topic.asking.name.clone(), value);
        }
        Understanding::Answer { intent, values } if intent.id != topic.intent.id => {
            return script::proceed(state, intent, values);
        }
        // The same question once more, perhaps with the value in it.
        Understanding::Answer { values, .. } => {
            topic.filled.extend(values);
            script::keep_known(&topic.intent, &mut topic.filled);
        }
        _ => {}
    }
    if topic.filled.contains_key(&topic.asking.name) {
        script::proceed(state, topic.intent, topic.filled)
    } else {
        script::ask_again(state, topic, policy)
    }
}

fn choice(
    state: &mut State,
    mut options: Vec<IntentRef>,
    again: bool,
    what: Understanding,
    policy: &Policy,
) -> Vec<Effect> {
    match what {
        Understanding::Choice(Choice::Option(at)) if at < options.len() => {
            script::proceed(state, options.swap_remove(at), Values::new())
        }
        Understanding::Affirm if options.len() == 1 => {
            script::proceed(state, options.swap_remove(0), Values::new())
        }
        // "Yes" to several: which? Asked once more, not for ever.
        Understanding::Affirm if !again => script::offer(state, options, true, policy),
        Understanding::Answer { intent, values } => script::proceed(state, intent, values),
        Understanding::Confirm { options } => script::offer(state, options, false, policy),
        _ => script::misunderstood(state, policy),
    }
}
