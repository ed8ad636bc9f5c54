//! What the bot read, seen in the light of what it had asked.

use crate::{
    ActionOutcome, Asked, Choice, Effect, Form, IntentRef, Phase, Policy, Reply, State, Topic,
    Understanding, form,
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
        (Understanding::Unsaid, asked) => unsaid(state, asked),
        (Understanding::Media, asked) => {
            unsaid(state, asked);
            script::speak(state, Reply::Media)
        }
        (Understanding::Human { reason }, asked) => {
            let values = match asked {
                Asked::Slot { topic } => topic.form.filled,
                Asked::Approval { form, .. } => form.filled,
                _ => Values::new(),
            };
            script::hand_over(state, None, values, reason)
        }
        (Understanding::Cancel, _) => script::cancel(state),
        (Understanding::Aside { intent }, asked) => aside(state, intent, asked, policy),
        (Understanding::Fallback, Asked::Expired { intent }) => {
            script::offer(state, vec![intent], false, policy)
        }
        (what, Asked::Nothing | Asked::Expired { .. }) => unasked(state, what, policy),
        (what, Asked::Slot { topic }) => slot_reply(state, topic, what, policy),
        (
            what,
            Asked::Approval {
                form,
                which,
                attempts,
            },
        ) => approval(state, form, (which, attempts), what, policy),
        (what, Asked::Choice { options, again }) => choice(state, options, again, what, policy),
    }
}

/// As if the turn had never been: what was open is open again, and nothing is said about it.
fn unsaid(state: &mut State, asked: Asked) -> Vec<Effect> {
    state.phase = match asked {
        Asked::Nothing | Asked::Expired { .. } => Phase::Idle,
        Asked::Slot { topic } => Phase::WaitingReply { topic },
        Asked::Approval {
            form,
            which,
            attempts,
        } => Phase::WaitingApproval {
            form,
            which,
            attempts,
        },
        Asked::Choice { options, again } => Phase::WaitingConfirm { options, again },
    };
    Vec::new()
}

/// The action of `turn` has ended; it had no reply yet.
pub(crate) fn action_done(
    state: &mut State,
    turn: u64,
    outcome: ActionOutcome,
    policy: &Policy,
) -> Vec<Effect> {
    if turn != state.turn || !matches!(state.phase, Phase::Acting { .. }) {
        return Vec::new();
    }
    let Phase::Acting { form } = std::mem::take(&mut state.phase) else {
        return Vec::new();
    };
    match outcome {
        ActionOutcome::Done { results } => form::finish(state, form, results, policy),
        ActionOutcome::Failed { why } => form::failed(state, form, why, policy),
    }
}

/// Small talk: an answer that asks nothing and leads to no human, whatever the intent's script
/// says. An open form asks again after it; a choice stays on the screen.
fn aside(state: &mut State, intent: IntentRef, asked: Asked, policy: &Policy) -> Vec<Effect> {
    let choice = match asked {
        Asked::Slot { topic } => {
            state.paused.push(topic.form);
            None
        }
        Asked::Approval { form, .. } => {
            state.paused.push(form);
            None
        }
        Asked::Choice { options, again } => Some(Phase::WaitingConfirm { options, again }),
        Asked::Nothing | Asked::Expired { .. } => None,
    };
    let effects = script::answer(state, intent, Values::new(), policy);
    if let Some(choice) = choice {
        state.phase = choice;
    }
    effects
}

fn unasked(state: &mut State, what: Understanding, policy: &Policy) -> Vec<Effect> {
    match what {
        Understanding::Answer { intent, values } => {
            form::proceed(state, Form::new(intent, values), policy)
        }
        Understanding::Confirm { options } => script::offer(state, options, false, policy),
        Understanding::Fallback => script::misunderstood(state, policy),
        _ => script::at_a_loss(state, policy),
    }
}

/// While a slot is asked, only a value, another intent, a human or a cancel lead on. A text
/// that is merely close to intents is taken for an unreadable value: the topic stays.
fn slot_reply(
    state: &mut State,
    topic: Topic,
    what: Understanding,
    policy: &Policy,
) -> Vec<Effect> {
    let Topic {
        mut form,
        asking,
        attempts,
    } = topic;
    let moved = match what {
        Understanding::SlotValue { value } => {
            form.fill_in(Values::from([(asking.name.clone(), value)]))
        }
        Understanding::Correct { values } => form.correct(values),
        Understanding::Answer { intent, values } if intent.id != form.intent.id => {
            return form::digress(state, form, intent, values, policy);
        }
        // The same question once more, perhaps with values in it.
        Understanding::Answer { values, .. } => form.fill_in(values),
        Understanding::Skip | Understanding::Deny if asking.optional => {
            form.skipped.insert(asking.name.clone())
        }
        Understanding::Change { slot } if slot != asking.name => match form.slot(&slot).cloned() {
            Some(slot) => return form::change(state, form, slot, policy),
            None => false,
        },
        Understanding::SlotRefused { why } => {
            let topic = Topic {
                form,
                asking,
                attempts,
            };
            return form::ask_again(state, topic, Some(why), policy);
        }
        _ => false,
    };
    if moved {
        return form::proceed(state, form, policy);
    }
    let topic = Topic {
        form,
        asking,
        attempts,
    };
    form::ask_again(state, topic, None, policy)
}

/// The reply to "is that right?", or to "which of them is wrong?".
fn approval(
    state: &mut State,
    mut form: Form,
    (which, attempts): (bool, u8),
    what: Understanding,
    policy: &Policy,
) -> Vec<Effect> {
    match what {
        Understanding::Affirm if !which => return form::act(state, form, policy),
        Understanding::Deny if !which => return form::disapproved(state, form, policy),
        // Values of other slots than the form's change nothing.
        Understanding::Correct { values } if form.correct(values.clone()) => {
            return form::proceed(state, form, policy);
        }
        Understanding::Change { slot } => {
            if let Some(slot) = form.slot(&slot).cloned() {
                return form::change(state, form, slot, policy);
            }
        }
        Understanding::Answer { intent, values } if intent.id != form.intent.id => {
            return form::digress(state, form, intent, values, policy);
        }
        _ => {}
    }
    form::check_again(state, form, which, attempts, policy)
}

fn choice(
    state: &mut State,
    mut options: Vec<IntentRef>,
    again: bool,
    what: Understanding,
    policy: &Policy,
) -> Vec<Effect> {
    let begin =
        |state: &mut State, intent| form::proceed(state, Form::new(intent, Values::new()), policy);
    match what {
        Understanding::Choice(Choice::Option(at)) if at < options.len() => {
            begin(state, options.swap_remove(at))
        }
        Understanding::Affirm if options.len() == 1 => begin(state, options.swap_remove(0)),
        // "Yes" to several: which? Asked once more, not for ever.
        Understanding::Affirm if !again => script::offer(state, options, true, policy),
        Understanding::Answer { intent, values } => {
            form::proceed(state, Form::new(intent, values), policy)
        }
        Understanding::Confirm { options } => script::offer(state, options, false, policy),
        _ => script::misunderstood(state, policy),
    }
}
