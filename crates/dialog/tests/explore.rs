//! Every reachable state, explored breadth first until nothing new appears, with each law
//! asserted on each transition.
//!
//! The set closes because two numbers are folded: the machine only compares turn numbers
//! (asserted below by shifting both), and only passes the count of repeated answers through.
//!
//! Planted and caught: a late turn's result that still answers; a follow-up that never gives up
//! (the set then does not close); a hand-over that forgets to queue; a wrap-up without a way out;
//! "please wait" said twice in a turn.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use common::{alphabet, replies};
use kefu_dialog::{Asked, Effect, Event, Phase, Policy, State, step};

const TURN: u64 = 1_000;
const STATES_MAX: usize = 20_000;

/// The same state with its unbounded numbers folded.
fn folded(mut state: State) -> State {
    state.turn = TURN;
    if let Some((_, times)) = &mut state.last_answer {
        *times = (*times).min(2);
    }
    state
}

struct Graph {
    states: Vec<State>,
    /// From, to.
    edges: Vec<(usize, usize)>,
    depth: usize,
}

fn explore(policy: &Policy) -> Graph {
    let start = folded(State::default());
    let mut index = HashMap::from([(start.clone(), 0)]);
    let mut states = vec![start];
    let mut queue = VecDeque::from([(0, 0)]);
    let (mut edges, mut deepest) = (Vec::new(), 0);
    while let Some((from, depth)) = queue.pop_front() {
        deepest = deepest.max(depth);
        for event in alphabet(TURN) {
            let state = states[from].clone();
            let (next, effects) = step(&state, &event, policy);
            lawful(&state, &event, &next, &effects, policy);
            let next = folded(next);
            let to = *index.entry(next.clone()).or_insert_with(|| {
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

fn lawful(before: &State, event: &Event, after: &State, effects: &[Effect], policy: &Policy) {
    let context = || format!("{before:?}\n  {event:?}\n  {after:?}\n  {effects:?}");
    let said = replies(effects);
    let processing = matches!(before.phase, Phase::Processing { .. });
    match event {
        Event::Understood { turn, .. } if processing && *turn == before.turn => {
            assert_eq!(said, 1, "a turn that is read has one reply: {}", context());
            assert!(!matches!(after.phase, Phase::Processing { .. }));
        }
        Event::Understood { .. } => {
            assert_eq!(
                before,
                after,
                "a late result changes nothing: {}",
                context()
            );
            assert!(effects.is_empty(), "and says nothing: {}", context());
        }
        _ => assert_eq!(said, 0, "only a read turn speaks: {}", context()),
    }
    ownership(before, after, effects, &context);
    counters(before, event, after, effects, policy, &context);
    let stored = State::from_json(&after.to_json());
    assert_eq!(stored.as_ref().ok(), Some(after), "{}", context());
    turns_only_compare(before, event, after, effects, policy);
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
        assert_eq!(*event, Event::VisitorMessage, "{}", context());
        assert_eq!(requests, [before.turn + 1], "{}", context());
        assert_eq!(after.turn, before.turn + 1, "{}", context());
    }
    if let Phase::WaitingReply { topic } = &after.phase {
        assert!(
            topic.attempts <= policy.slot_attempts.max(1),
            "{}",
            context()
        );
        assert!(
            !topic.filled.contains_key(&topic.asking.name),
            "{}",
            context()
        );
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

/// Shifting every turn number shifts the result and nothing else, which is why one turn number
/// stands for all.
fn turns_only_compare(
    before: &State,
    event: &Event,
    after: &State,
    effects: &[Effect],
    policy: &Policy,
) {
    const SHIFT: u64 = 77;
    let mut shifted_event = event.clone();
    if let Event::Understood { turn, .. } | Event::TurnExpired { turn } | Event::BotAway { turn } =
        &mut shifted_event
    {
        *turn += SHIFT;
    }
    let shift = |state: &State| State {
        turn: state.turn + SHIFT,
        ..state.clone()
    };
    let expected: Vec<_> = effects
        .iter()
        .cloned()
        .map(|effect| match effect {
            Effect::RequestTurn { turn } => Effect::RequestTurn { turn: turn + SHIFT },
            effect => effect,
        })
        .collect();
    let (next, effects) = step(&shift(before), &shifted_event, policy);
    assert_eq!((next, effects), (shift(after), expected));
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
    for (fallbacks_before_human, slot_attempts) in [(2, 2), (1, 1), (3, 3), (0, 0)] {
        let policy = Policy {
            fallbacks_before_human,
            slot_attempts,
        };
        let graph = explore(&policy);
        println!(
            "{policy:?}: {} states, {} transitions, closed at depth {}",
            graph.states.len(),
            graph.edges.len(),
            graph.depth
        );
        assert_eq!(kinds(&graph).len(), 10, "{:?}", kinds(&graph));
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
