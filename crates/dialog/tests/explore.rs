//! Every reachable state, explored breadth first until nothing new appears, with each law
//! asserted on each transition.
//!
//! The set closes because numbers are folded: the machine only compares turn numbers and times
//! (asserted below by shifting both), and only passes the count of repeated answers through. The
//! questions that a form has asked are folded where they are not bounded tightly; with a tight
//! bound they are explored as they are, without forms beneath.
//!
//! Planted and caught: a late turn's result that still answers; a follow-up that never gives up
//! (the set then does not close); a hand-over that forgets to queue; a wrap-up without a way out;
//! "please wait" said twice in a turn.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use common::{alphabet, laws::lawful};
use kefu_dialog::{Asked, Form, Phase, Policy, State, step};

const TURN: u64 = 1_000;
const HEARD_MS: i64 = 1_000_000;
const STATES_MAX: usize = 60_000;

/// A bound on a form's questions that no folded state comes near.
const LOOSE: u8 = 200;

/// The same state with its unbounded numbers folded.
fn folded(mut state: State, policy: &Policy) -> State {
    state.turn = TURN;
    state.settled = TURN - 1;
    state.heard_ms = Some(HEARD_MS);
    state.last_answer = None;
    if policy.form_turns_max == LOOSE {
        for form in forms_mut(&mut state) {
            form.turns = 1;
        }
    }
    state
}

fn forms_mut(state: &mut State) -> Vec<&mut Form> {
    let open = match &mut state.phase {
        Phase::WaitingReply { topic }
        | Phase::Processing {
            asked: Asked::Slot { topic },
            ..
        } => Some(&mut topic.form),
        Phase::WaitingApproval { form, .. }
        | Phase::Acting { form }
        | Phase::Processing {
            asked: Asked::Approval { form, .. },
            ..
        } => Some(form),
        _ => None,
    };
    open.into_iter().chain(&mut state.paused).collect()
}

struct Graph {
    states: Vec<State>,
    /// From, to.
    edges: Vec<(usize, usize)>,
    depth: usize,
}

fn explore(policy: &Policy) -> Graph {
    let start = folded(State::default(), policy);
    let mut index = HashMap::from([(start.clone(), 0)]);
    let mut states = vec![start];
    let mut queue = VecDeque::from([(0, 0)]);
    let (mut edges, mut deepest) = (Vec::new(), 0);
    while let Some((from, depth)) = queue.pop_front() {
        deepest = deepest.max(depth);
        for event in alphabet(TURN, HEARD_MS, policy) {
            let state = states[from].clone();
            let (next, effects) = step(&state, &event, policy);
            lawful(&state, &event, &next, &effects, policy);
            let next = folded(next, policy);
            let to = *index.entry(next.clone()).or_insert_with(|| {
                let stored = State::from_json(&next.to_json());
                assert_eq!(stored.as_ref().ok(), Some(&next), "it can be stored");
                states.push(next);
                queue.push_back((states.len() - 1, depth + 1));
                states.len() - 1
            });
            edges.push((from, to));
            assert!(states.len() < STATES_MAX, "the set does not close");
        }
    }
    Graph {
        states,
        edges,
        depth: deepest,
    }
}

/// Which states have a way to one that `goal` accepts.
fn can_reach(graph: &Graph, goal: impl Fn(&State) -> bool) -> BTreeSet<usize> {
    let mut backwards: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in &graph.edges {
        backwards.entry(*to).or_default().push(*from);
    }
    let goals = (0..graph.states.len()).filter(|at| goal(&graph.states[*at]));
    let mut queue: VecDeque<usize> = goals.collect();
    let mut reached: BTreeSet<usize> = queue.iter().copied().collect();
    while let Some(at) = queue.pop_front() {
        for from in backwards.get(&at).into_iter().flatten() {
            if reached.insert(*from) {
                queue.push_back(*from);
            }
        }
    }
    reached
}

/// Every phase, and in a turn every kind of open question.
fn kinds(graph: &Graph) -> BTreeSet<&'static str> {
    let kind = |state: &State| match &state.phase {
        Phase::Idle => "idle",
        Phase::Processing {
            asked: Asked::Nothing,
            ..
        } => "processing",
        Phase::Processing {
            asked: Asked::Slot { .. },
            ..
        } => "processing a slot's reply",
        Phase::Processing {
            asked: Asked::Choice { .. },
            ..
        } => "processing a choice",
        Phase::Processing {
            asked: Asked::Approval { .. },
            ..
        } => "processing an approval",
        Phase::Processing {
            asked: Asked::Expired { .. },
            ..
        } => "processing after long silence",
        Phase::WaitingApproval { which: false, .. } => "waiting for an approval",
        Phase::WaitingApproval { which: true, .. } => "waiting to hear what is wrong",
        Phase::Acting { .. } => "acting",
        Phase::WaitingReply { .. } => "waiting for a reply",
        Phase::WaitingConfirm { .. } => "waiting for a choice",
        Phase::Queued => "queued",
        Phase::Serving => "serving",
        Phase::WrapUp => "wrap-up",
        Phase::Closed => "closed",
    };
    graph.states.iter().map(kind).collect()
}

#[test]
fn every_reachable_state_obeys_every_law() {
    let policies = [
        // Fallbacks, attempts, forms beneath, questions of a form.
        (2, 2, 1, LOOSE),
        (2, 2, 0, 3),
        (1, 1, 1, LOOSE),
        (1, 3, 0, 2),
        (0, 0, 0, 0),
    ];
    for (fallbacks_before_human, slot_attempts, digressions_max, form_turns_max) in policies {
        let policy = Policy {
            fallbacks_before_human,
            slot_attempts,
            digressions_max,
            form_turns_max,
            forget_after_ms: 60_000,
        };
        let graph = explore(&policy);
        println!(
            "{policy:?}: {} states, {} transitions, closed at depth {}",
            graph.states.len(),
            graph.edges.len(),
            graph.depth
        );
        let kinds = kinds(&graph);
        // A form of one question has none left for which of its values is wrong.
        let all = if form_turns_max < 2 { 14 } else { 15 };
        assert_eq!(kinds.len(), all, "{kinds:?}");
        for (at, state) in graph.states.iter().enumerate() {
            let left = graph
                .edges
                .iter()
                .any(|(from, to)| *from == at && *to != at);
            assert!(left, "no event leaves {state:?}");
        }
        let everything = graph.states.len();
        let idle = can_reach(&graph, |state| state.phase == Phase::Idle);
        assert_eq!(idle.len(), everything, "from everywhere back to idle");
        let closed = can_reach(&graph, |state| state.phase == Phase::Closed);
        assert_eq!(closed.len(), everything, "from everywhere to the end");
    }
}
