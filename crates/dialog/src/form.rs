//! A form: an intent whose values are asked for, checked with the visitor, and used. Other
//! questions may interrupt it; it then waits beneath and is asked for again.
//!
//! Every function that takes the state ends the turn: with one reply, or with one action whose end
//! brings the reply.

use crate::{
    Effect, Failure, Form, IntentRef, Phase, Policy, Refusal, Reply, SlotSpec, State, Topic,
    effect::Action,
    script::{self, Values},
};

impl Form {
    pub(crate) fn new(intent: IntentRef, values: Values) -> Self {
        let mut form = Self {
            intent,
            filled: Values::new(),
            skipped: std::collections::BTreeSet::new(),
            turns: 0,
            misses: 0,
        };
        form.fill_in(values);
        form
    }

    /// Takes values for slots that are still open; what was given before stays. Says whether
    /// there were any. Values that no slot asks for are dropped: the state must not grow by them.
    pub(crate) fn fill_in(&mut self, mut values: Values) -> bool {
        values.retain(|name, _| self.slot(name).is_some() && !self.filled.contains_key(name));
        self.take(values)
    }

    /// Takes values over those that were given before. Says whether there were any.
    pub(crate) fn correct(&mut self, mut values: Values) -> bool {
        values.retain(|name, _| self.slot(name).is_some());
        self.take(values)
    }

    fn take(&mut self, values: Values) -> bool {
        let some = !values.is_empty();
        self.skipped.retain(|name| !values.contains_key(name));
        self.filled.extend(values);
        some
    }

    pub(crate) fn slot(&self, name: &str) -> Option<&SlotSpec> {
        self.intent.slots.iter().find(|slot| slot.name == name)
    }

    fn missing(&self) -> Option<&SlotSpec> {
        let known = |name| self.filled.contains_key(name) || self.skipped.contains(name);
        self.intent.slots.iter().find(|slot| !known(&slot.name))
    }

    /// One more question of this form, while it has any left.
    fn spend(&mut self, policy: &Policy) -> bool {
        let left = self.turns < policy.form_turns_max.max(1);
        self.turns = self.turns.saturating_add(1);
        left
    }
}

/// How a question is put.
#[derive(Clone, Copy, Default)]
struct Manner {
    /// How often it has been put, this time included; 0 counts as 1.
    attempts: u8,
    refused: Option<Refusal>,
    back: bool,
}

/// Goes as far with the form as its values allow: asks for the first that is missing, checks
/// them, or uses them.
pub(crate) fn proceed(state: &mut State, form: Form, policy: &Policy) -> Vec<Effect> {
    match form.missing().cloned() {
        Some(asking) => ask(state, form, asking, policy),
        None if form.intent.confirm => check(state, form, policy),
        None => act(state, form, policy),
    }
}

/// The values are right, or need no check: uses them.
pub(crate) fn act(state: &mut State, form: Form, policy: &Policy) -> Vec<Effect> {
    let Some(name) = form.intent.action.clone() else {
        return finish(state, form, Values::new(), policy);
    };
    let action = Action {
        name,
        arguments: form.filled.clone(),
        settled: state.settled,
    };
    state.phase = Phase::Acting { form };
    vec![Effect::Act(action)]
}

/// Answers with the values and what the action found. A slot's value is never another's result.
pub(crate) fn finish(
    state: &mut State,
    form: Form,
    mut results: Values,
    policy: &Policy,
) -> Vec<Effect> {
    results.extend(form.filled);
    if let Some(reason) = form.intent.handoff.clone() {
        return script::hand_over(state, Some(form.intent), results, reason);
    }
    script::answer(state, form.intent, results, policy)
}

/// The action failed. A value under which nothing was found is asked for again, a few times;
/// anything else is beyond the visitor, and a human is a press away.
pub(crate) fn failed(
    state: &mut State,
    mut form: Form,
    why: Failure,
    policy: &Policy,
) -> Vec<Effect> {
    let (intent, values) = (form.intent.clone(), form.filled.clone());
    form.misses = form.misses.saturating_add(1);
    let first = intent
        .slots
        .iter()
        .find(|slot| values.contains_key(&slot.name));
    let again = first.filter(|_| why == Failure::NotFound && form.misses < policy.slot_attempts);
    let then = match again {
        Some(slot) => {
            form.filled.remove(&slot.name);
            let manner = Manner::default();
            question(state, form, slot.clone(), manner, policy)
        }
        None => None,
    };
    let then = then.or_else(|| {
        script::count_fallback(state, policy);
        resume(state, policy)
    });
    let reply = Reply::Failed {
        intent,
        values,
        why,
        then: then.map(Box::new),
    };
    script::speak(state, reply)
}

/// The reply held no value that can be taken: one more question while attempts are left; then on
/// without it if the slot is optional, else a way to a human.
pub(crate) fn ask_again(
    state: &mut State,
    topic: Topic,
    refused: Option<Refusal>,
    policy: &Policy,
) -> Vec<Effect> {
    let Topic {
        mut form,
        asking,
        attempts,
    } = topic;
    if attempts < policy.slot_attempts {
        let manner = Manner {
            attempts: attempts.saturating_add(1),
            refused,
            back: false,
        };
        return or_give_up(state, policy, |state| {
            question(state, form, asking, manner, policy)
        });
    }
    if asking.optional {
        form.skipped.insert(asking.name);
        return proceed(state, form, policy);
    }
    give_up(state, policy)
}

/// Asks for this slot anew; a value that it has is wrong.
pub(crate) fn change(
    state: &mut State,
    mut form: Form,
    slot: SlotSpec,
    policy: &Policy,
) -> Vec<Effect> {
    form.filled.remove(&slot.name);
    form.skipped.remove(&slot.name);
    ask(state, form, slot, policy)
}

fn ask(state: &mut State, form: Form, slot: SlotSpec, policy: &Policy) -> Vec<Effect> {
    or_give_up(state, policy, |state| {
        question(state, form, slot, Manner::default(), policy)
    })
}

fn check(state: &mut State, form: Form, policy: &Policy) -> Vec<Effect> {
    or_give_up(state, policy, |state| {
        approval(state, form, Manner::default(), policy)
    })
}

/// Neither a yes nor a no to "is that right?", nor which of them is wrong.
pub(crate) fn check_again(
    state: &mut State,
    form: Form,
    which: bool,
    attempts: u8,
    policy: &Policy,
) -> Vec<Effect> {
    if attempts >= policy.slot_attempts {
        return give_up(state, policy);
    }
    if which {
        return ask_which(state, form, attempts.saturating_add(1), policy);
    }
    let manner = Manner {
        attempts: attempts.saturating_add(1),
        ..Manner::default()
    };
    or_give_up(state, policy, |state| approval(state, form, manner, policy))
}

/// The values are not right: the only one is asked for anew, of several which.
pub(crate) fn disapproved(state: &mut State, form: Form, policy: &Policy) -> Vec<Effect> {
    match form.intent.slots.as_slice() {
        [only] => {
            let only = only.clone();
            change(state, form, only, policy)
        }
        _ => ask_which(state, form, 1, policy),
    }
}

fn ask_which(state: &mut State, mut form: Form, attempts: u8, policy: &Policy) -> Vec<Effect> {
    if !form.spend(policy) {
        return give_up(state, policy);
    }
    let reply = Reply::Which {
        intent: form.intent.clone(),
        values: form.filled.clone(),
    };
    state.phase = Phase::WaitingApproval {
        form,
        which: true,
        attempts,
    };
    script::speak(state, reply)
}

/// Another intent while a form is open. The form waits beneath, as far as the policy allows; one
/// that waits already is taken up again.
pub(crate) fn digress(
    state: &mut State,
    form: Form,
    intent: IntentRef,
    values: Values,
    policy: &Policy,
) -> Vec<Effect> {
    let waiting = state
        .paused
        .iter()
        .position(|paused| paused.intent.id == intent.id);
    if let Some(at) = waiting {
        let mut paused = state.paused.swap_remove(at);
        state.paused.truncate(at);
        paused.fill_in(values);
        return proceed(state, paused, policy);
    }
    interrupt(state, form, policy);
    proceed(state, Form::new(intent, values), policy)
}

/// Puts the form beneath. Of too many the oldest is forgotten.
pub(crate) fn interrupt(state: &mut State, form: Form, policy: &Policy) {
    state.paused.push(form);
    let excess = state
        .paused
        .len()
        .saturating_sub(usize::from(policy.digressions_max));
    state.paused.drain(..excess);
}

/// Takes up the form that was interrupted last; the bot then waits for its answer.
pub(crate) fn resume(state: &mut State, policy: &Policy) -> Option<Reply> {
    let manner = Manner {
        back: true,
        ..Manner::default()
    };
    while let Some(form) = state.paused.pop() {
        let asked = match form.missing().cloned() {
            Some(slot) => question(state, form, slot, manner, policy),
            None => approval(state, form, manner, policy),
        };
        if asked.is_some() {
            return asked;
        }
    }
    None
}

/// The question, when the form has one left; the state then waits for its answer.
fn question(
    state: &mut State,
    mut form: Form,
    slot: SlotSpec,
    manner: Manner,
    policy: &Policy,
) -> Option<Reply> {
    if !form.spend(policy) {
        return None;
    }
    let attempts = manner.attempts.max(1);
    let reply = Reply::Ask {
        intent: form.intent.clone(),
        slot: slot.clone(),
        again: attempts > 1,
        refused: manner.refused,
        back: manner.back,
    };
    let topic = Topic {
        form,
        asking: slot,
        attempts,
    };
    state.phase = Phase::WaitingReply { topic };
    Some(reply)
}

/// As [`question`]: are the values right?
fn approval(state: &mut State, mut form: Form, manner: Manner, policy: &Policy) -> Option<Reply> {
    if !form.spend(policy) {
        return None;
    }
    let attempts = manner.attempts.max(1);
    let reply = Reply::Check {
        intent: form.intent.clone(),
        values: form.filled.clone(),
        again: attempts > 1,
        back: manner.back,
    };
    state.phase = Phase::WaitingApproval {
        form,
        which: false,
        attempts,
    };
    Some(reply)
}

fn or_give_up(
    state: &mut State,
    policy: &Policy,
    ask: impl FnOnce(&mut State) -> Option<Reply>,
) -> Vec<Effect> {
    match ask(state) {
        Some(reply) => script::speak(state, reply),
        None => give_up(state, policy),
    }
}

/// The form, and all that it had interrupted, comes to nothing: a human is offered.
fn give_up(state: &mut State, policy: &Policy) -> Vec<Effect> {
    script::count_fallback(state, policy);
    script::fall_back(state, true)
}
