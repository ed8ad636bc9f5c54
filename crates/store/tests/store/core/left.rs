//! Messages left, through the core: who leaves one, who works on it, and what the history says.

use kefu_chat::{ChatSettings, CoreError, LeftRules};
use kefu_proto::v1::{
    self, LeftMessage, LeftState, Phase, Role, Sender, act_request::Action, move_left_request,
    notice,
};

use super::{
    endings::fact,
    recalls::served,
    world::{PASSWORD, Visitor, World, eventually, fallback, is_applied, settings},
};

pub(super) const CLAIM: move_left_request::Action = move_left_request::Action::Claim;
const RELEASE: move_left_request::Action = move_left_request::Action::Release;
const CLOSE: move_left_request::Action = move_left_request::Action::Close;

pub(super) fn asks(token: &str, client_id: &str, text: &str) -> v1::LeaveMessageRequest {
    v1::LeaveMessageRequest {
        session: token.to_owned(),
        client_id: client_id.to_owned(),
        text: text.to_owned(),
        name: "李雷".to_owned(),
        phone: " 138 0013 8000 ".to_owned(),
        email: String::new(),
    }
}

pub(super) async fn leaves(
    world: &World,
    visitor: &Visitor,
    client_id: &str,
) -> Result<LeftMessage, CoreError> {
    let request = asks(&visitor.token, client_id, "明天能发货吗");
    world.core.leave_message(request).await
}

pub(super) async fn moves(
    world: &World,
    token: &str,
    left: &LeftMessage,
    action: move_left_request::Action,
) -> Result<LeftMessage, CoreError> {
    let request = v1::MoveLeftRequest {
        session: token.to_owned(),
        id: left.id,
        version: left.version,
        action: action.into(),
        reason: if action == CLOSE { "重复" } else { "" }.to_owned(),
    };
    world.core.move_left(request).await
}

pub(super) async fn answers(
    world: &World,
    token: &str,
    left: &LeftMessage,
    client_id: &str,
    text: &str,
) -> Result<LeftMessage, CoreError> {
    let request = v1::AnswerLeftRequest {
        session: token.to_owned(),
        id: left.id,
        version: left.version,
        client_id: client_id.to_owned(),
        text: text.to_owned(),
    };
    world.core.answer_left(request).await
}

async fn listed(world: &World, token: &str, state: LeftState) -> Vec<u64> {
    let request = v1::ListLeftRequest {
        session: token.to_owned(),
        state: state.into(),
        ..Default::default()
    };
    let page = world.core.list_left(request).await.expect("a user's");
    page.messages.iter().map(|left| left.id).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, CoreError>) -> &'static str {
    result.expect_err("it is refused").code()
}

/// Sender and fact of everything that was said.
async fn story(visitor: &Visitor) -> Vec<(Sender, Option<notice::Kind>)> {
    let history = visitor.history().await;
    assert!(
        history
            .iter()
            .map(|message| message.seq)
            .eq(1..=history.len() as u64)
    );
    let each = history
        .iter()
        .map(|message| (message.sender(), fact(message)));
    each.collect()
}

#[tokio::test]
async fn who_waits_leaves_a_message_and_waits_no_more() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("queued");
    let left = leaves(&world, &visitor, "a").await.expect("taken");
    assert_eq!(visitor.sees().await.phase(), Phase::Bot);
    assert_eq!(
        story(&visitor).await,
        [
            (Sender::System, Some(notice::Kind::Queued)),
            (Sender::Visitor, None),
            (Sender::System, Some(notice::Kind::MessageLeft)),
        ]
    );
    let facts = (
        left.state(),
        left.seq,
        left.text.as_str(),
        left.phone.as_str(),
    );
    let expected = (LeftState::Open, 2, "明天能发货吗", "138 0013 8000");
    assert_eq!(facts, expected);
    // A retry gives the same; anything else under its id is a conflict.
    assert_eq!(leaves(&world, &visitor, "a").await, Ok(left.clone()));
    let other = asks(&visitor.token, "a", "别的");
    assert_eq!(code(world.core.leave_message(other).await), "conflict");
    let renamed = v1::LeaveMessageRequest {
        name: "韩梅梅".to_owned(),
        ..asks(&visitor.token, "a", "明天能发货吗")
    };
    assert_eq!(code(world.core.leave_message(renamed).await), "conflict");
    visitor.says("said", "明天能发货吗").await.expect("stored");
    let spoken = asks(&visitor.token, "said", "明天能发货吗");
    assert_eq!(code(world.core.leave_message(spoken).await), "conflict");
    assert_eq!(listed(&world, &admin, LeftState::Open).await, [left.id]);
    // Nobody who comes to work is given what does not wait.
    let agent = world.agent(&admin, "li", 5).await;
    assert_eq!(agent.load().await, 0);
}

#[tokio::test]
async fn no_bot_answers_on_top_of_a_message_left_and_then_all_goes_on_as_ever() {
    let world = World::new().await;
    let mut bot = world.bot(1);
    let visitor = world.visitor().await;
    visitor.says("m1", "你好").await.expect("stored");
    let turn = bot.next().await.expect("a turn");
    leaves(&world, &visitor, "a").await.expect("taken");
    assert!(
        !is_applied(&world.core, fallback(&turn, "您好")).await,
        "it comes too late"
    );
    visitor.says("m2", "在吗").await.expect("stored");
    let turn = bot.next().await.expect("the next turn");
    let asked: Vec<_> = turn
        .messages
        .iter()
        .map(|said| said.client_id.as_str())
        .collect();
    assert!(!asked.contains(&"a"), "{asked:?}");
    assert!(asked.contains(&"m2"), "{asked:?}");
    assert!(is_applied(&world.core, fallback(&turn, "在的")).await);
    assert_eq!(visitor.heard().await, ["在的"]);
}

#[tokio::test]
async fn one_agent_works_on_it_and_the_answer_reaches_the_visitor() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("queued");
    let left = leaves(&world, &visitor, "a").await.expect("taken");
    let (li, wu) = (
        world.agent(&admin, "li", 5).await,
        world.agent(&admin, "wu", 5).await,
    );
    assert_eq!(
        code(moves(&world, &visitor.token, &left, CLAIM).await),
        "forbidden"
    );
    assert_eq!(
        code(answers(&world, &li.token, &left, "x", "先认领").await),
        "forbidden"
    );
    // Both at once: one has it, and the other is told who.
    let (one, two) = tokio::join!(
        moves(&world, &li.token, &left, CLAIM),
        moves(&world, &wu.token, &left, CLAIM),
    );
    let (mine, winner, loser) = match (one, two) {
        (Ok(mine), Err(CoreError::Conflict(_))) => (mine, &li, &wu),
        (Err(CoreError::Conflict(_)), Ok(mine)) => (mine, &wu, &li),
        other => panic!("{other:?}"),
    };
    assert_eq!((mine.state(), mine.agent_id), (LeftState::Taken, winner.id));
    assert_eq!(
        code(moves(&world, &loser.token, &mine, CLAIM).await),
        "conflict"
    );
    assert_eq!(
        code(moves(&world, &loser.token, &mine, RELEASE).await),
        "conflict"
    );
    assert_eq!(
        code(answers(&world, &loser.token, &mine, "y", "抢答").await),
        "conflict"
    );
    // A claim whose answer was lost is repeated without harm; a stale screen is refused.
    assert_eq!(
        moves(&world, &winner.token, &left, CLAIM).await,
        Ok(mine.clone())
    );
    assert_eq!(
        code(answers(&world, &winner.token, &left, "z", "旧的").await),
        "conflict"
    );

    let done = answers(&world, &winner.token, &mine, "z", "明天上午发").await;
    let done = done.expect("claimed");
    assert_eq!((done.state(), done.answer_seq), (LeftState::Answered, 4));
    assert_eq!(
        answers(&world, &winner.token, &mine, "z", "明天上午发").await,
        Ok(done.clone())
    );
    assert_eq!(
        code(answers(&world, &winner.token, &mine, "z", "别的").await),
        "conflict"
    );
    assert_eq!(
        code(answers(&world, &winner.token, &done, "w", "再来").await),
        "closed"
    );
    let history = visitor.history().await;
    let answer = history.last().expect("the answer");
    assert_eq!(
        (answer.sender(), answer.sender_id, answer.quote_seq),
        (Sender::Agent, winner.id, left.seq)
    );
    assert_eq!(visitor.sees().await.phase(), Phase::Bot, "nobody owns it");
    assert_eq!(listed(&world, &admin, LeftState::Answered).await, [left.id]);
    assert_eq!(listed(&world, &admin, LeftState::Taken).await, [0; 0]);
}

#[tokio::test]
async fn what_a_colleague_does_not_finish_others_can() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    let left = leaves(&world, &visitor, "a").await.expect("taken");
    let li = world.agent(&admin, "li", 5).await;
    world.user(&admin, "boss", Role::Supervisor, 1).await;
    let boss = world.login("boss", PASSWORD).await.expect("theirs");
    let mine = moves(&world, &li.token, &left, CLAIM).await.expect("free");
    let theirs = moves(&world, &boss, &mine, CLAIM).await;
    let theirs = theirs.expect("supervisors take over");
    assert_eq!(
        code(moves(&world, &li.token, &mine, CLOSE).await),
        "conflict"
    );
    let open = moves(&world, &boss, &theirs, RELEASE)
        .await
        .expect("theirs");
    assert_eq!((open.state(), open.agent_id), (LeftState::Open, 0));
    let reasonless = v1::MoveLeftRequest {
        session: li.token.clone(),
        id: open.id,
        version: open.version,
        action: CLOSE.into(),
        reason: " ".to_owned(),
    };
    assert_eq!(code(world.core.move_left(reasonless).await), "invalid");
    let closed = moves(&world, &li.token, &open, CLOSE).await.expect("open");
    assert_eq!(closed.reason, "重复");
    assert_eq!(code(moves(&world, &boss, &closed, CLAIM).await), "closed");
    let own = leaves(&world, &visitor, "a").await.expect("a retry");
    assert_eq!((own.state(), own.reason.as_str()), (LeftState::Closed, ""));
}

#[tokio::test]
async fn nothing_is_left_with_an_agent_there_nor_without_end_nor_without_form() {
    let left = LeftRules {
        waiting_max: 1,
        text_chars_max: 6,
        ..LeftRules::default()
    };
    let world = World::with(ChatSettings { left, ..settings() }).await;
    let (visitor, _agent) = served(&world).await;
    assert_eq!(code(leaves(&world, &visitor, "a").await), "conflict");
    let visitor = world.visitor().await;
    leaves(&world, &visitor, "a").await.expect("the first");
    assert_eq!(code(leaves(&world, &visitor, "b").await), "conflict");
    let base = asks(&visitor.token, "c", "好");
    for (request, refusal) in [
        (asks(&visitor.token, "", "好"), "invalid"),
        (asks(&visitor.token, "c", " "), "invalid"),
        (asks(&visitor.token, "c", "1234567"), "too_large"),
        (
            v1::LeaveMessageRequest {
                phone: "call me".to_owned(),
                ..base.clone()
            },
            "invalid",
        ),
        (
            v1::LeaveMessageRequest {
                email: "nobody".to_owned(),
                ..base
            },
            "invalid",
        ),
    ] {
        assert_eq!(code(world.core.leave_message(request).await), refusal);
    }
}

#[tokio::test]
async fn a_message_left_outlives_the_process() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("queued");
    let left = leaves(&world, &visitor, "a").await.expect("taken");
    let token = visitor.token.clone();
    drop(visitor);
    let world = world.restart().await;
    let again = world
        .core
        .leave_message(asks(&token, "a", "明天能发货吗"))
        .await;
    assert_eq!(again, Ok(left.clone()));
    let mine = moves(&world, &admin, &left, CLAIM).await.expect("open");
    let world = world.restart().await;
    let done = answers(&world, &admin, &mine, "z", "发了").await;
    assert_eq!(done.expect("claimed before").answer_seq, 4);
}

#[tokio::test]
async fn workspaces_hear_of_it_at_once() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut li = world.agent(&admin, "li", 5).await;
    let visitor = world.visitor().await;
    let left = leaves(&world, &visitor, "a").await.expect("taken");
    let heard = next_left(&mut li).await;
    assert_eq!((heard.id, heard.text.as_str()), (left.id, "明天能发货吗"));
    let mine = moves(&world, &li.token, &left, CLAIM).await.expect("open");
    let heard = next_left(&mut li).await;
    assert_eq!((heard.version, heard.agent_id), (mine.version, li.id));
    eventually(async || {
        let open = listed(&world, &li.token, LeftState::Open).await;
        open.is_empty().then_some(())
    })
    .await;
}

async fn next_left(agent: &mut super::world::Agent) -> LeftMessage {
    loop {
        let event = agent.events.next().await.expect("the link lives");
        if let Some(v1::link_down::Body::Left(changed)) = event.body {
            return changed.message.expect("which");
        }
    }
}
