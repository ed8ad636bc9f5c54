//! The event history and the board, through the core.

use std::time::Duration;

use kefu_chat::{CoreError, Sla};
use kefu_proto::v1::{
    self, AgentStatus, Phase, Role, SlaState, act_request::Action, history_event::Kind, link_down,
};
use kefu_types::Clock as _;

use super::world::{Agent, PASSWORD, PATIENCE, Visitor, World, eventually, get, settings};

pub(super) async fn events(world: &World, admin: &str) -> Vec<v1::HistoryEvent> {
    let request = v1::ListEventsRequest {
        session: admin.to_owned(),
        ..Default::default()
    };
    let page = world.core.list_events(request).await.expect("an admin");
    page.events
}

/// What was told of a conversation, once it was told so many times.
pub(super) async fn told(world: &World, admin: &str, id: u64, many: usize) -> Vec<Kind> {
    eventually(async || {
        let events = events(world, admin).await;
        let own = events.iter().filter(|event| event.conversation_id == id);
        let kinds: Vec<Kind> = own.map(v1::HistoryEvent::kind).collect();
        Some(kinds).filter(|kinds| kinds.len() >= many)
    })
    .await
}

async fn board(world: &World, session: &str) -> v1::Board {
    let request = v1::GetBoardRequest {
        session: session.to_owned(),
    };
    world.core.get_board(request).await.expect("who oversees")
}

/// The board, once it says what is wanted.
pub(super) async fn shows(
    world: &World,
    session: &str,
    wanted: impl Fn(&v1::Board) -> bool,
) -> v1::Board {
    eventually(async || Some(board(world, session).await).filter(&wanted)).await
}

fn day(board: &v1::Board) -> v1::BoardDay {
    board.day.unwrap_or_default()
}

async fn served(world: &World, admin: &str) -> (Agent, Visitor) {
    let agent = world.agent(admin, "li", 5).await;
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("queued");
    visitor.reaches(Phase::Serving).await;
    (agent, visitor)
}

#[tokio::test]
async fn a_talk_is_told_once_step_by_step_and_a_message_tells_nothing() {
    let world = World::new().await;
    let admin = world.admin().await;
    let (agent, visitor) = served(&world, &admin).await;
    for (n, text) in ["您好", "请说", "好的"].iter().enumerate() {
        let key = format!("a{n}");
        agent.says(visitor.id, &key, text).await.expect("accepted");
        visitor.says(&key, "嗯").await.expect("accepted");
    }
    agent.does(visitor.id, Action::End).await.expect("ended");
    visitor.says("z", "还有一句").await.expect("accepted");
    agent.does(visitor.id, Action::End).await.expect("ended");
    agent.does(visitor.id, Action::Finish).await.expect("done");
    let kinds = told(&world, &admin, visitor.id, 13).await;
    assert_eq!(
        kinds,
        [
            Kind::Queued,
            Kind::ReplyDue,
            Kind::ResolutionDue,
            Kind::Assigned,
            Kind::FirstReply,
            Kind::SlaKept,
            Kind::WrapUp,
            Kind::SlaKept,
            Kind::Resumed,
            Kind::ResolutionDue,
            Kind::WrapUp,
            Kind::SlaKept,
            Kind::Closed,
        ]
    );
    let shown = shows(&world, &admin, |board| day(board).closed == 1).await;
    let day = day(&shown);
    assert_eq!(
        (day.queued, day.assigned, day.replied, day.served),
        (1, 1, 1, 1)
    );
    assert_eq!((day.closed, day.bot_only, day.sla_kept), (1, 0, 3));
}

#[tokio::test]
async fn who_waits_and_who_gives_up_is_counted_from_when_they_began() {
    let world = World::new().await;
    let admin = world.admin().await;
    let (first, second) = (world.visitor().await, world.visitor().await);
    first.does(Action::RequestHuman).await.expect("queued");
    world.pass(Duration::from_secs(30));
    second.does(Action::RequestHuman).await.expect("queued");
    let shown = shows(&world, &admin, |board| board.waiting == 2).await;
    assert_eq!(shown.longest_since_ms, shown.at_ms - 30_000);
    assert_eq!(
        shown.groups.iter().map(|it| it.waiting).collect::<Vec<_>>(),
        [2]
    );
    world.pass(Duration::from_secs(60));
    first.does(Action::LeaveQueue).await.expect("left");
    let agent = world.agent(&admin, "li", 5).await;
    second.reaches(Phase::Serving).await;
    let shown = shows(&world, &admin, |board| day(board).assigned == 1).await;
    let day = day(&shown);
    assert_eq!((day.abandoned, day.wait_max_s, shown.waiting), (1, 60, 0));
    // The promise of a first reply was over when they gave up.
    assert_eq!((day.sla_kept, day.sla_broken), (0, 1));
    let row = shown.agents.iter().find(|row| row.agent_id == agent.id);
    let row = row.expect("listed");
    assert_eq!((row.online, row.load, row.capacity), (true, 1, 5));
    // The bot alone.
    let third = world.visitor().await;
    third.does(Action::Close).await.expect("closed");
    let shown = shows(&world, &admin, |board| self::day(board).closed == 1).await;
    assert_eq!(self::day(&shown).bot_only, 1);
}

#[tokio::test]
async fn states_of_agents_are_told_with_their_reasons_and_counted() {
    let mut settings = settings();
    settings.away_reasons = vec!["用餐".to_owned()];
    let world = World::with(settings).await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 5).await;
    let of = |board: &v1::Board| {
        let row = board.agents.iter().find(|row| row.agent_id == agent.id);
        row.cloned().unwrap_or_default()
    };
    shows(&world, &admin, |board| of(board).online).await;
    world.pass(Duration::from_secs(120));
    let request = v1::SetStatusRequest {
        session: agent.token.clone(),
        status: AgentStatus::Away.into(),
        reason: "用餐".to_owned(),
    };
    world.core.set_status(request).await.expect("away");
    shows(&world, &admin, |board| of(board).away_reason == "用餐").await;
    world.pass(Duration::from_secs(30));
    let row = of(&board(&world, &admin).await);
    assert_eq!((row.free_ms, row.away_ms), (120_000, 30_000));
    assert_eq!(
        (row.status(), row.since_ms),
        (AgentStatus::Away, world.clock.wall_ms() - 30_000)
    );
}

#[tokio::test]
async fn the_numbers_of_a_day_survive_a_restart_and_what_waits_goes_on_waiting() {
    let world = World::new().await;
    let admin = world.admin().await;
    let (agent, visitor) = served(&world, &admin).await;
    agent.does(visitor.id, Action::End).await.expect("ended");
    agent.is(AgentStatus::Busy).await;
    let waits = world.visitor().await;
    waits.does(Action::RequestHuman).await.expect("queued");
    let before = shows(&world, &admin, |board| {
        board.waiting == 1 && day(board).served == 1
    })
    .await;
    drop((agent, visitor, waits));
    let world = world.restart().await;
    let admin = world.login("root", PASSWORD).await.expect("right");
    // It began: nobody is there.
    let after = shows(&world, &admin, |board| {
        board.waiting == 1 && board.agents.iter().all(|agent| !agent.online)
    })
    .await;
    assert_eq!(after.day, before.day);
    let loads = |board: &v1::Board| -> u32 { board.agents.iter().map(|agent| agent.load).sum() };
    assert_eq!((loads(&before), loads(&after)), (1, 1), "still in wrap-up");
    eventually(async || {
        let events = events(&world, &admin).await;
        let started = events.iter().filter(|it| it.kind() == Kind::Started);
        (started.count() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_promise_is_warned_of_and_broken_and_ends_with_the_reply() {
    let mut settings = settings();
    settings.sla = Sla {
        first_reply: Duration::from_secs(100),
        ..Sla::default()
    };
    let world = World::with(settings).await;
    let admin = world.admin().await;
    let (mut agent, visitor) = served(&world, &admin).await;
    let since_ms = world.clock.wall_ms();
    let first = seen(&world, &agent.token, visitor.id).await;
    assert_eq!(first.sla_state(), SlaState::Running);
    assert_eq!(first.sla_due_at_ms, since_ms + 100_000);
    let visitors = visitor.sees().await;
    assert_eq!((visitors.sla_due_at_ms, visitors.sla_state), (0, 0));
    world.pass(Duration::from_secs(80));
    assert_eq!(alerted(&mut agent).await, SlaState::Warned);
    world.pass(Duration::from_secs(21));
    assert_eq!(alerted(&mut agent).await, SlaState::Broken);
    assert_eq!(
        seen(&world, &agent.token, visitor.id).await.sla_state(),
        SlaState::Broken
    );
    agent.says(visitor.id, "a", "您好").await.expect("accepted");
    let after = seen(&world, &agent.token, visitor.id).await;
    assert_eq!(after.sla_state(), SlaState::Running, "the talk has time");
    assert_eq!(after.sla_due_at_ms, since_ms + 30 * 60_000);
    let shown = shows(&world, &admin, |board| day(board).sla_broken == 1).await;
    assert_eq!(day(&shown).first_reply_mean_ms, 101_000);
}

async fn seen(world: &World, session: &str, id: u64) -> v1::Conversation {
    let seen = get(&world.core, session, id).await;
    seen.expect("theirs to see")
}

/// The next word about a promise.
pub(super) async fn alerted(agent: &mut Agent) -> SlaState {
    loop {
        let event = tokio::time::timeout(PATIENCE, agent.events.next()).await;
        let event = event.expect("told in time").expect("the link lives");
        if let Some(link_down::Body::Sla(due)) = event.body {
            return due.alert.unwrap_or_default().state();
        }
    }
}

async fn log_out(world: &World, session: &str, user_id: u64) -> Result<v1::Agent, CoreError> {
    let request = v1::ForceLogoutRequest {
        session: session.to_owned(),
        user_id,
    };
    world.core.force_logout(request).await
}

#[tokio::test]
async fn a_supervisor_logs_an_agent_out_and_nobody_waits_for_a_grace() {
    let world = World::new().await;
    let admin = world.admin().await;
    let boss = world.user(&admin, "boss", Role::Supervisor, 5).await;
    let supervisor = world.login("boss", PASSWORD).await.expect("right");
    let (agent, visitor) = served(&world, &admin).await;
    let refused = log_out(&world, &agent.token, boss.id).await;
    assert!(matches!(refused, Err(CoreError::Forbidden(_))));
    for whom in [boss.id, 1] {
        let refused = log_out(&world, &supervisor, whom).await;
        assert!(refused.is_err(), "{whom}");
    }
    log_out(&world, &supervisor, agent.id).await.expect("done");
    let waits = visitor.reaches(Phase::Queued).await;
    assert_eq!(waits.agent_id, 0);
    let gone = world.core.whoami(v1::WhoamiRequest {
        session: agent.token.clone(),
    });
    assert!(matches!(gone.await, Err(CoreError::Unauthenticated)));
    let shown = shows(&world, &supervisor, |board| {
        let row = board.agents.iter().find(|row| row.agent_id == agent.id);
        let gone = row.is_some_and(|row| !row.online && row.logged_out_by == "boss");
        gone && board.waiting == 1
    })
    .await;
    assert_eq!(shown.groups.len(), 1);
    let told = events(&world, &admin).await;
    let told = told.iter().find(|event| event.kind() == Kind::LoggedOut);
    let told = told.map(|event| (event.agent_id, event.by_id));
    assert_eq!(told, Some((agent.id, boss.id)));
    // They may come back, and are given what waits.
    let back = world.at_work("li", agent.id).await;
    visitor.reaches(Phase::Serving).await;
    shows(&world, &admin, |board| {
        board.agents.iter().all(|row| row.logged_out_by.is_empty())
    })
    .await;
    // Supervisors do it to agents only; nobody to themselves.
    let refused = log_out(&world, &supervisor, boss.id).await;
    assert!(matches!(refused, Err(CoreError::Forbidden(_))));
    log_out(&world, &admin, boss.id)
        .await
        .expect("an admin may");
    drop(back);
}

#[tokio::test]
async fn the_board_is_for_those_who_oversee_and_the_history_for_admins() {
    let world = World::new().await;
    let admin = world.admin().await;
    world.user(&admin, "boss", Role::Supervisor, 5).await;
    let supervisor = world.login("boss", PASSWORD).await.expect("right");
    let agent = world.agent(&admin, "li", 5).await;
    let visitor = world.visitor().await;
    assert_eq!(
        board(&world, &supervisor).await.day,
        board(&world, &admin).await.day
    );
    for session in [&agent.token, &visitor.token] {
        let request = v1::GetBoardRequest {
            session: session.clone(),
        };
        let refused = world.core.get_board(request).await;
        assert!(matches!(refused, Err(CoreError::Forbidden(_))));
    }
    for session in [&agent.token, &visitor.token, &supervisor] {
        let request = v1::ListEventsRequest {
            session: session.clone(),
            ..Default::default()
        };
        let refused = world.core.list_events(request).await;
        assert!(matches!(refused, Err(CoreError::Forbidden(_))));
    }
}

#[tokio::test]
async fn events_go_when_their_time_is_over() {
    let mut settings = settings();
    settings.board.keep = Duration::from_secs(28_800);
    settings.board.forget_max = 3;
    let world = World::with(settings).await;
    let admin = world.admin().await;
    for _ in 0..5 {
        let visitor = world.visitor().await;
        visitor.does(Action::RequestHuman).await.expect("queued");
    }
    world.pass(Duration::from_secs(28_900));
    let last = world.visitor().await;
    last.does(Action::RequestHuman).await.expect("queued");
    eventually(async || {
        world.pass(Duration::from_secs(60));
        let left = events(&world, &admin).await;
        let all_of_last = left.iter().all(|event| event.conversation_id == last.id);
        (!left.is_empty() && all_of_last).then_some(())
    })
    .await;
}
