//! Long random lives of a conversation, remembered across events, as no single transition shows.

mod common;

use std::collections::BTreeSet;

use common::{alphabet, replies};
use kefu_dialog::{Asked, Effect, Event, Phase, Policy, Reply, State, Understanding, step};
use proptest::{prelude::*, sample::Index};

const EVENTS: usize = 60;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_two_replies_to_a_turn_and_never_one_after_a_hand_off(
        picks in prop::collection::vec(any::<Index>(), EVENTS),
        results in prop::collection::vec(prop::bool::weighted(0.6), EVENTS),
        fallbacks_before_human in 0_u8..4,
        slot_attempts in 0_u8..4,
        digressions_max in 0_u8..4,
        form_turns_max in 0_u8..12,
    ) {
        let policy = Policy { fallbacks_before_human, slot_attempts, digressions_max, form_turns_max, ..Policy::default() };
        let mut state = State::default();
        let mut requested = BTreeSet::new();
        let mut replied = BTreeSet::new();
        let mut with_people = false;
        let mut people_since = None;
        let mut shown = None;
        for (pick, prefer_result) in picks.into_iter().zip(results) {
            let event = choose(&state, &pick, prefer_result, &policy);
            let (next, effects) = step(&state, &event, &policy);
            for effect in &effects {
                match effect {
                    Effect::Say(_) => {
                        let (Event::Understood { turn, .. } | Event::ActionDone { turn, .. }) = &event else {
                            panic!("{event:?} spoke");
                        };
                        prop_assert!(requested.contains(turn), "nobody asked in turn {turn}");
                        prop_assert!(replied.insert(*turn), "turn {turn} has two replies");
                        prop_assert!(!with_people, "the bot spoke after a hand-off");
                    }
                    Effect::Act(action) => {
                        prop_assert!(!with_people);
                        prop_assert!(!replied.contains(&next.turn), "acts after its reply");
                        prop_assert_eq!(action.settled, replied.last().copied().max(people_since).unwrap_or(0));
                    }
                    Effect::RequestTurn { turn } => {
                        prop_assert!(requested.insert(*turn), "turn {turn} twice");
                        prop_assert!(!with_people);
                    }
                    Effect::SayPleaseWait => prop_assert!(!with_people),
                    Effect::Enqueue { .. } => with_people = true,
                    Effect::Dequeue | Effect::Release => with_people = false,
                    Effect::Reopen => prop_assert!(!with_people),
                }
            }
            // A message left takes what the bot had in hand, as people do.
            let taken = event == Event::MessageLeft && next != state;
            if !next.is_bots() || taken {
                people_since = Some(next.turn);
            }
            prop_assert!(replies(&effects) <= 1);
            prop_assert!(next.paused.len() <= usize::from(digressions_max));
            // What was shown and approved is what is used.
            if let Some(Effect::Say(Reply::Check { values, .. })) = effects.first() {
                shown = Some(values.clone());
            }
            let approved = matches!(&event, Event::Understood { what: Understanding::Affirm, .. });
            if let (true, Phase::Processing { asked: Asked::Approval { which: false, .. }, .. }) = (approved, &state.phase)
                && let Some(Effect::Act(action)) = effects.first()
            {
                prop_assert_eq!(Some(&action.arguments), shown.as_ref());
            }
            prop_assert_eq!(with_people, !next.is_bots() && next.phase != Phase::Closed);
            // What is stored between any two events is what goes on.
            state = State::from_json(&next.to_json()).expect("a stored state is read");
            prop_assert_eq!(&state, &next);
        }
    }
}

/// Any event, but often a result of the current turn: otherwise random lives stay shallow.
fn choose(state: &State, pick: &Index, prefer_result: bool, policy: &Policy) -> Event {
    let events = alphabet(state.turn, state.heard_ms.unwrap_or(0), policy);
    let waits = matches!(state.phase, Phase::Processing { .. } | Phase::Acting { .. });
    if !(prefer_result && waits) {
        return pick.get(&events).clone();
    }
    let acts = matches!(state.phase, Phase::Acting { .. });
    let current = |event: &&Event| match event {
        Event::Understood { turn, .. } => *turn == state.turn && !acts,
        Event::ActionDone { turn, .. } => *turn == state.turn && acts,
        _ => false,
    };
    let results: Vec<_> = events.iter().filter(current).collect();
    (*pick.get(&results)).clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the visitor says, a form asks only so often: with nothing else begun in between,
    /// it has ended after so many turns.
    #[test]
    fn a_form_always_ends(picks in prop::collection::vec(any::<Index>(), 40), form_turns_max in 1_u8..30) {
        let policy = Policy { form_turns_max, digressions_max: 3, ..Policy::default() };
        let mut talk = common::Talk { policy, ..common::Talk::default() };
        talk.turn(common::answer(common::careful(), &[]));
        let within: Vec<_> = common::understandings().into_iter().filter(|what| match what {
            Understanding::Answer { intent, .. } => intent.id == "careful" || intent.id == "plain",
            // What was taken back was never said, what is no word says nothing, and the question stays
            // where it is.
            Understanding::Confirm { .. }
            | Understanding::Choice(_)
            | Understanding::Unsaid
            | Understanding::Media => false,
            _ => true,
        }).collect();
        let mut questions = 0;
        for pick in &picks {
            let open = matches!(talk.state.phase, Phase::WaitingReply { .. } | Phase::WaitingApproval { .. });
            if !open {
                break;
            }
            questions += 1;
            talk.turn(pick.get(&within).clone());
        }
        prop_assert!(questions <= usize::from(form_turns_max), "{questions} questions");
    }
}
