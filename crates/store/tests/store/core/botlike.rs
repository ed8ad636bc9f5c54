//! What a bot commits, without one.

use kefu_chat::Core;
use kefu_dialog::{Event, Policy, State, Understanding, step};
use kefu_proto::v1;

use super::talk::text_body;

/// What a bot that understands nothing commits.
pub fn fallback(turn: &v1::Turn, text: &str) -> v1::CommitTurn {
    answer(turn, Understanding::Fallback, text)
}

pub fn answer(turn: &v1::Turn, what: Understanding, text: &str) -> v1::CommitTurn {
    let state = State::from_json(&turn.state).expect("a state");
    let (state, _) = step(
        &state,
        &Event::Understood {
            turn: turn.turn,
            what,
        },
        &Policy::default(),
    );
    let trace = v1::Trace {
        tier: "fallback".to_owned(),
        ..Default::default()
    };
    v1::CommitTurn {
        tenant_id: turn.tenant_id,
        conversation_id: turn.conversation_id,
        turn: turn.turn,
        expected_version: turn.version,
        new_state: state.to_json(),
        messages: vec![v1::BotMessage {
            body: Some(text_body(text)),
            trace: Some(trace),
        }],
        handoff_reason: String::new(),
        handoff_group: String::new(),
        language: turn.language.clone(),
    }
}

pub async fn is_applied(core: &Core, commit: v1::CommitTurn) -> bool {
    let result = core
        .commit_turn(commit)
        .await
        .expect("a commit is answered");
    result.outcome() == v1::commit_result::Outcome::Applied
}
