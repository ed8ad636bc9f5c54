//! What groups promise of their own, and what is overdue, through the core.

use std::time::Duration;

use kefu_chat::Sla;
use kefu_proto::v1::{self, Phase, SlaState, act_request::Action, history_event::Kind};
use kefu_types::Clock as _;

use super::{
    board::{alerted, events, shows, told},
    groups::{create, handed_to, list, named, transfer, update},
    world::{World, get, settings},
};

/// Everybody is promised the first words within 100 seconds, and the end within half an hour.
async fn world() -> World {
    let mut settings = settings();
    settings.sla = Sla {
        first_reply: Duration::from_secs(100),
        ..Sla::default()
    };
    World::with(settings).await
}

fn promising(key: &str, first_reply_s: u32, resolution_minutes: u32) -> v1::Group {
    v1::Group {
        first_reply_s: Some(first_reply_s),
        resolution_minutes: Some(resolution_minutes),
        ..named(key, &[])
    }
}

/// Until when something is promised, and how that stands.
async fn promised(world: &World, session: &str, id: u64) -> (i64, SlaState) {
    let seen = get(&world.core, session, id).await.expect("they may");
    (seen.sla_due_at_ms, seen.sla_state())
}

/// What is overdue in all, first replies and ends.
fn late(board: &v1::Board) -> (u32, u32, u32) {
    (board.overdue, board.reply_overdue, board.resolution_overdue)
}

#[tokio::test]
async fn a_group_promises_its_own_and_else_what_everybody_is_promised() {
    let world = world().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 5).await;
    agent.is(v1::AgentStatus::Away).await;
    let quick = v1::Group {
        first_reply_s: Some(20),
        ..named("quick", &[])
    };
    let quick = create(&world, &admin, quick).await.expect("an admin may");
    assert_eq!(
        (quick.first_reply_s, quick.resolution_minutes),
        (Some(20), None)
    );
    let silent = create(&world, &admin, promising("silent", 0, 0)).await;
    silent.expect("an admin may");
    let listed = list(&world, &agent.token).await;
    assert_eq!((listed.first_reply_s, listed.resolution_minutes), (100, 30));
    assert!(listed.groups.contains(&quick));

    let now_ms = world.clock.wall_ms();
    let hurried = handed_to(&world, "quick").await;
    let plain = world.visitor().await;
    plain.does(Action::RequestHuman).await.expect("queued");
    let unpromised = handed_to(&world, "silent").await;
    let of = async |id| promised(&world, &admin, id).await;
    let running = SlaState::Running;
    assert_eq!(of(hurried.id).await, (now_ms + 20_000, running));
    assert_eq!(of(plain.id).await, (now_ms + 100_000, running));
    assert_eq!(of(unpromised.id).await, (0, SlaState::Unspecified));
    world.pass(Duration::from_secs(16));
    assert_eq!(of(hurried.id).await.1, SlaState::Warned);
    assert_eq!(of(plain.id).await.1, running);
    world.pass(Duration::from_secs(5));
    assert_eq!(of(hurried.id).await.1, SlaState::Broken);

    for wrong in [
        promising("wrong", u32::MAX, 0),
        promising("wrong", 0, u32::MAX),
    ] {
        let refused = create(&world, &admin, wrong).await;
        assert_eq!(refused.expect_err("nobody promises that").code(), "invalid");
    }
}

#[tokio::test]
async fn its_people_are_warned_by_what_their_group_promises() {
    let world = world().await;
    let admin = world.admin().await;
    let mut agent = world.agent(&admin, "li", 5).await;
    let quick = v1::Group {
        first_reply_s: Some(20),
        ..named("quick", &[agent.id])
    };
    create(&world, &admin, quick).await.expect("an admin may");
    let visitor = handed_to(&world, "quick").await;
    visitor.reaches(Phase::Serving).await;
    world.pass(Duration::from_secs(16));
    assert_eq!(alerted(&mut agent).await, SlaState::Warned);
    world.pass(Duration::from_secs(5));
    assert_eq!(alerted(&mut agent).await, SlaState::Broken);
}

#[tokio::test]
async fn what_was_promised_stands_over_changed_settings_and_a_restart() {
    let world = world().await;
    let admin = world.admin().await;
    let quick = create(&world, &admin, promising("quick", 20, 60)).await;
    let quick = quick.expect("an admin may");
    let before = handed_to(&world, "quick").await.id;
    let due_ms = world.clock.wall_ms() + 20_000;
    let slower = v1::Group {
        first_reply_s: Some(500),
        ..quick
    };
    update(&world, &admin, slower).await.expect("an admin may");
    assert_eq!(promised(&world, &admin, before).await.0, due_ms);
    let after = handed_to(&world, "quick").await.id;
    assert_eq!(promised(&world, &admin, after).await.0, due_ms + 480_000);

    let world = world.restart().await;
    assert_eq!(promised(&world, &admin, before).await.0, due_ms);
    assert_eq!(promised(&world, &admin, after).await.0, due_ms + 480_000);
    let later = handed_to(&world, "quick").await.id;
    let now_ms = world.clock.wall_ms();
    assert_eq!(promised(&world, &admin, later).await.0, now_ms + 500_000);
}

#[tokio::test]
async fn a_move_goes_by_the_group_that_it_comes_to_and_makes_nothing_good() {
    let world = world().await;
    let admin = world.admin().await;
    let (mut quick, mut slow, mut silent) = (0, 0, 0);
    for (id, group) in [
        (&mut quick, promising("quick", 20, 1)),
        (&mut slow, promising("slow", 300, 240)),
        (&mut silent, promising("silent", 0, 0)),
    ] {
        *id = create(&world, &admin, group)
            .await
            .expect("an admin may")
            .id;
    }
    let since_ms = world.clock.wall_ms();
    let visitor = handed_to(&world, "quick").await;
    let id = visitor.id;
    let moves = async |group| {
        transfer(&world, &admin, id, Some(group))
            .await
            .expect("who oversees may");
        promised(&world, &admin, id).await
    };
    world.pass(Duration::from_secs(30));
    let shown = shows(&world, &admin, |board| late(board) == (1, 1, 0)).await;
    let row = shown.groups.iter().find(|row| row.group_id == quick);
    assert_eq!(
        row.map(|row| (row.overdue, row.reply_overdue)),
        Some((1, 1))
    );

    // The time goes on from when a person was wanted, whoever has it.
    assert_eq!(moves(slow).await, (since_ms + 300_000, SlaState::Running));
    shows(&world, &admin, |board| late(board) == (0, 0, 0)).await;
    assert_eq!(moves(silent).await, (0, SlaState::Unspecified));
    assert_eq!(moves(quick).await, (since_ms + 20_000, SlaState::Broken));
    shows(&world, &admin, |board| late(board) == (1, 1, 0)).await;
    world.pass(Duration::from_secs(31));
    shows(&world, &admin, |board| late(board) == (1, 1, 1)).await;

    told(&world, &admin, id, 13).await;
    let facts: Vec<(Kind, u64, i64)> = events(&world, &admin)
        .await
        .iter()
        .filter(|event| event.conversation_id == id)
        .map(|event| (event.kind(), event.group_id, event.value))
        .collect();
    let (reply, end) = (Kind::ReplyDue, Kind::ResolutionDue);
    let expected = [
        (Kind::Queued, quick, 0),
        (reply, quick, since_ms + 20_000),
        (end, quick, since_ms + 60_000),
        (Kind::Regrouped, slow, 0),
        (Kind::SlaBroken, quick, 1),
        (reply, slow, since_ms + 300_000),
        (end, slow, since_ms + 240 * 60_000),
        (Kind::Regrouped, silent, 0),
        (reply, silent, 0),
        (end, silent, 0),
        (Kind::Regrouped, quick, 0),
        (reply, quick, since_ms + 20_000),
        (end, quick, since_ms + 60_000),
    ];
    assert_eq!(facts, expected);
}

#[tokio::test]
async fn what_is_overdue_is_so_after_a_restart_and_ends_with_the_reply() {
    let world = world().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("queued");
    world.pass(Duration::from_secs(101));
    shows(&world, &admin, |board| late(board) == (1, 1, 0)).await;
    let (id, token) = (visitor.id, visitor.token.clone());
    // The clock of the next one is behind: nothing is overdue by it, and then it is.
    let world = world.restart().await;
    shows(&world, &admin, |board| {
        board.waiting == 1 && late(board) == (0, 0, 0)
    })
    .await;
    world.pass(Duration::from_secs(3_600 + 101));
    shows(&world, &admin, |board| late(board) == (1, 1, 0)).await;
    let agent = world.agent(&admin, "li", 5).await;
    super::world::eventually(async || {
        let seen = get(&world.core, &token, id).await.ok()?;
        (seen.phase() == Phase::Serving).then_some(())
    })
    .await;
    agent.says(id, "a", "您好").await.expect("accepted");
    shows(&world, &admin, |board| late(board) == (0, 0, 0)).await;
    world.pass(Duration::from_secs(1_800));
    shows(&world, &admin, |board| late(board) == (1, 0, 1)).await;
    agent.does(id, Action::End).await.expect("ended");
    shows(&world, &admin, |board| late(board) == (0, 0, 0)).await;
}
