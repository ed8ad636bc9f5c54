//! Long random lives of a conversation, remembered across events, as no single transition shows.

mod common;

use std::collections::BTreeSet;

use common::{alphabet, replies};
use kefu_dialog::{Effect, Event, Policy, State, step};
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
    ) {
        let policy = Policy { fallbacks_before_human, slot_attempts };
        let mut state = State::default();
        let mut requested = BTreeSet::new();
        let mut replied = BTreeSet::new();
        let mut with_people = false;
        for (pick, prefer_result) in picks.into_iter().zip(results) {
            let event = choose(&state, &pick, prefer_result);
            let (next, effects) = step(&state, &event, &policy);
            for effect in &effects {
                match effect {
                    Effect::Say(_) => {
                        let Event::Understood { turn, .. } = &event else {
                            panic!("{event:?} spoke");
                        };
                        prop_assert!(requested.contains(turn), "nobody asked in turn {turn}");
                        prop_assert!(replied.insert(*turn), "turn {turn} has two replies");
                        prop_assert!(!with_people, "the bot spoke after a hand-off");
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
            prop_assert!(replies(&effects) <= 1);
            prop_assert_eq!(with_people, !next.is_bots() && next.phase != kefu_dialog::Phase::Closed);
            // What is stored between any two events is what goes on.
            state = State::from_json(&next.to_json()).expect("a stored state is read");
            prop_assert_eq!(&state, &next);
        }
    }
}

/// Any event, but often a result of the current turn: otherwise random lives stay shallow.
fn choose(state: &State, pick: &Index, prefer_result: bool) -> Event {
    let events = alphabet(state.turn);
    let waits = matches!(state.phase, kefu_dialog::Phase::Processing { .. });
    if !(prefer_result && waits) {
        return pick.get(&events).clone();
    }
    let current =
        |event: &&Event| matches!(event, Event::Understood { turn, .. } if *turn == state.turn);
    let results: Vec<_> = events.iter().filter(current).collect();
    (*pick.get(&results)).clone()
}
