//! The laws of one transition, asserted on every one that the exploration finds.

use kefu_dialog::{
    Action, ActionOutcome, Asked, Effect, Event, Failure, Form, Phase, Policy, State,
    Understanding, step,
};

use super::replies;

pub fn lawful(before: &State, event: &Event, after: &State, effects: &[Effect], policy: &Policy) {
    let context = || format!("{before:?}\n  {event:?}\n  {after:?}\n  {effects:?}");
    let said = replies(effects);
    let processing = matches!(before.phase, Phase::Processing { .. });
    let acting = matches!(before.phase, Phase::Acting { .. });
    let acts = |effect: &&Effect| matches!(effect, Effect::Act(_));
    let acted = effects.iter().filter(acts).count();
    let current = match event {
        Event::Understood { turn, .. } => processing && *turn == before.turn,
        Event::ActionDone { turn, .. } => acting && *turn == before.turn,
        _ => false,
    };
    let unsaid = matches!(
        event,
        Event::Understood {
            what: Understanding::Unsaid,
            ..
        }
    );
    if current && unsaid {
        taken_back(before, after, effects, &context);
    } else if current {
        assert_eq!(
            said + acted,
            1,
            "one reply, or one action first: {}",
            context()
        );
        assert!(!matches!(after.phase, Phase::Processing { .. }));
        assert!(
            !acting || said == 1,
            "an action brings the reply: {}",
            context()
        );
        let runs = matches!(after.phase, Phase::Acting { .. });
        assert_eq!(runs, acted == 1, "{}", context());
        let settled = if said == 1 {
            after.turn
        } else {
            before.settled
        };
        assert_eq!(after.settled, settled, "{}", context());
    } else {
        assert_eq!(said + acted, 0, "only a read turn speaks: {}", context());
        if matches!(event, Event::Understood { .. } | Event::ActionDone { .. }) {
            assert_eq!(
                before,
                after,
                "a late result changes nothing: {}",
                context()
            );
            assert!(effects.is_empty(), "and does nothing: {}", context());
        }
    }
    ownership(before, after, effects, &context);
    waiting_ends(before, event, after, &context);
    counters(before, event, after, effects, policy, &context);
    forms(before, event, after, policy, &context);
    turns_only_compare(before, event, after, effects, policy);
}

/// A turn that was taken back leaves what it found: the same question, counted as often as before.
fn taken_back(before: &State, after: &State, effects: &[Effect], context: &dyn Fn() -> String) {
    assert!(
        effects.is_empty(),
        "nothing is said about it: {}",
        context()
    );
    let Phase::Processing { asked, .. } = &before.phase else {
        panic!("no turn was open: {}", context())
    };
    let open = match asked.clone() {
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
    let found = State {
        phase: open,
        ..before.clone()
    };
    assert_eq!(*after, found, "{}", context());
}

/// Who waits is assigned, leaves, or leaves a message; nothing else ends the wait, and none of these
/// fails to. A message left never asks the bot and never takes a talk from an agent.
fn waiting_ends(before: &State, event: &Event, after: &State, context: &dyn Fn() -> String) {
    let ends = matches!(
        event,
        Event::Assigned | Event::QueueLeft | Event::MessageLeft | Event::Closed
    );
    if before.phase == Phase::Queued {
        assert_eq!(ends, after.phase != Phase::Queued, "{}", context());
    }
    if *event == Event::MessageLeft {
        let stays = matches!(before.phase, Phase::Serving | Phase::WrapUp | Phase::Closed);
        let phase = if stays {
            before.phase.clone()
        } else {
            Phase::Idle
        };
        assert_eq!(after.phase, phase, "{}", context());
    }
}

/// The router learns of every change of who waits and who owns, exactly once.
fn ownership(before: &State, after: &State, effects: &[Effect], context: &dyn Fn() -> String) {
    let owned = |state: &State| matches!(state.phase, Phase::Serving | Phase::WrapUp);
    let queued = |state: &State| state.phase == Phase::Queued;
    let count =
        |wanted: fn(&Effect) -> bool| effects.iter().filter(|effect| wanted(effect)).count();
    let enqueued = count(|effect| matches!(effect, Effect::Enqueue { .. }));
    let dequeued = count(|effect| *effect == Effect::Dequeue);
    let released = count(|effect| *effect == Effect::Release);
    let reopened = count(|effect| *effect == Effect::Reopen);
    assert_eq!(
        enqueued,
        usize::from(!queued(before) && queued(after)),
        "{}",
        context()
    );
    let left = queued(before) && !queued(after) && !owned(after);
    assert_eq!(dequeued, usize::from(left), "{}", context());
    assert_eq!(
        released,
        usize::from(owned(before) && !owned(after)),
        "{}",
        context()
    );
    let closed = |state: &State| state.phase == Phase::Closed;
    assert_eq!(
        reopened,
        usize::from(closed(before) && !closed(after)),
        "{}",
        context()
    );
}

fn counters(
    before: &State,
    event: &Event,
    after: &State,
    effects: &[Effect],
    policy: &Policy,
    context: &dyn Fn() -> String,
) {
    assert!(
        after.fallbacks <= policy.fallbacks_before_human,
        "{}",
        context()
    );
    let requests: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::RequestTurn { turn } => Some(*turn),
            _ => None,
        })
        .collect();
    if requests.is_empty() {
        assert_eq!(before.turn, after.turn, "{}", context());
    } else {
        assert!(
            matches!(event, Event::VisitorMessage { .. }),
            "{}",
            context()
        );
        assert_eq!(requests, [before.turn + 1], "{}", context());
        assert_eq!(after.turn, before.turn + 1, "{}", context());
    }
    if let Phase::WaitingConfirm { options, .. } = &after.phase {
        assert!((1..=3).contains(&options.len()), "{}", context());
    }
    let waits = effects.contains(&Effect::SayPleaseWait);
    let waited = |wanted: bool| move |state: &State| matches!(state.phase, Phase::Processing { waited, .. } if waited == wanted);
    if waits {
        let once = waited(false)(before) && waited(true)(after);
        assert!(once, "told to wait once a turn: {}", context());
    }
}

/// What is known of an open form, and of those beneath it.
fn forms(
    before: &State,
    event: &Event,
    after: &State,
    policy: &Policy,
    context: &dyn Fn() -> String,
) {
    if let Phase::WaitingReply { topic } = &after.phase {
        assert!(
            topic.attempts <= policy.slot_attempts.max(1),
            "{}",
            context()
        );
        let open = |name: &String| *name == topic.asking.name;
        assert!(!topic.form.filled.keys().any(open), "{}", context());
        assert!(!topic.form.skipped.iter().any(open), "{}", context());
    }
    if let Phase::WaitingApproval { form, attempts, .. } = &after.phase {
        assert!(*attempts <= policy.slot_attempts.max(1), "{}", context());
        let known = |name| form.filled.contains_key(name) || form.skipped.contains(name);
        let whole = form.intent.slots.iter().all(|slot| known(&slot.name));
        assert!(whole, "only a whole form is checked: {}", context());
    }
    let beneath = usize::from(policy.digressions_max);
    assert!(after.paused.len() <= beneath, "too deep: {}", context());
    let open = open_form(after);
    if open.is_none() && !after.paused.is_empty() {
        panic!("a form waits beneath nothing: {}", context());
    }
    let mut ids: Vec<_> = open
        .iter()
        .chain(&after.paused.iter().collect::<Vec<_>>())
        .map(|form| form.intent.id.as_str())
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "no intent waits for itself: {}", context());
    for form in open.into_iter().chain(&after.paused) {
        assert!(form.turns <= policy.form_turns_max.max(1), "{}", context());
        assert!(form.misses < policy.slot_attempts.max(1), "{}", context());
    }
    only_corrections_change(before, event, after, context);
}

fn open_form(state: &State) -> Option<&Form> {
    match &state.phase {
        Phase::WaitingReply { topic }
        | Phase::Processing {
            asked: Asked::Slot { topic },
            ..
        } => Some(&topic.form),
        Phase::WaitingApproval { form, .. }
        | Phase::Acting { form }
        | Phase::Processing {
            asked: Asked::Approval { form, .. },
            ..
        } => Some(form),
        _ => None,
    }
}

/// A value that was given stays as it is until the visitor corrects it, or an action finds
/// nothing under it.
fn only_corrections_change(
    before: &State,
    event: &Event,
    after: &State,
    context: &dyn Fn() -> String,
) {
    let corrects = matches!(
        event,
        Event::ActionDone {
            outcome: ActionOutcome::Failed {
                why: Failure::NotFound
            },
            ..
        } | Event::Understood {
            what: Understanding::Correct { .. }
                | Understanding::Change { .. }
                | Understanding::Deny,
            ..
        }
    );
    if corrects {
        return;
    }
    let earlier = || open_form(before).into_iter().chain(&before.paused);
    for form in open_form(after).into_iter().chain(&after.paused) {
        for old in earlier().filter(|old| old.intent.id == form.intent.id) {
            for (name, value) in &old.filled {
                assert_eq!(form.filled.get(name), Some(value), "{}", context());
            }
        }
    }
}

/// Shifting every turn number and every time shifts the result and nothing else, which is why one
/// turn number and one time stand for all.
fn turns_only_compare(
    before: &State,
    event: &Event,
    after: &State,
    effects: &[Effect],
    policy: &Policy,
) {
    const SHIFT: u64 = 77;
    const SHIFT_MS: i64 = 7_777;
    let mut shifted_event = event.clone();
    match &mut shifted_event {
        Event::Understood { turn, .. }
        | Event::ActionDone { turn, .. }
        | Event::TurnExpired { turn }
        | Event::BotAway { turn } => *turn += SHIFT,
        Event::VisitorMessage { at_ms } => *at_ms += SHIFT_MS,
        _ => {}
    }
    let shift = |state: &State| State {
        turn: state.turn + SHIFT,
        settled: state.settled + SHIFT,
        heard_ms: state.heard_ms.map(|heard| heard + SHIFT_MS),
        ..state.clone()
    };
    let expected: Vec<_> = effects
        .iter()
        .cloned()
        .map(|effect| match effect {
            Effect::RequestTurn { turn } => Effect::RequestTurn { turn: turn + SHIFT },
            Effect::Act(action) => Effect::Act(Action {
                settled: action.settled + SHIFT,
                ..action
            }),
            effect => effect,
        })
        .collect();
    let (next, effects) = step(&shift(before), &shifted_event, policy);
    assert_eq!((next, effects), (shift(after), expected));
}
