//! Exactly once, in order, without a gap: whatever the link does.

use std::time::Duration;

use kefu_proto::v1::{Leave, Typing, client_frame::Body as Up, server_frame::Body as Down};

use crate::support::{Edge, core::Mischief, eventually, settings};

fn is_opened(body: Down) -> Option<()> {
    matches!(body, Down::Opened(_)).then_some(())
}

#[tokio::test]
async fn what_was_missed_comes_first_and_then_what_is_new() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    // More than two pages.
    for n in 0..250 {
        edge.core.bot_says(own, &format!("{n}"));
    }
    let mut wire = edge.wire("kefu.v1.json").await;
    wire.hello("v").await;
    wire.open(own, 7).await;
    wire.until(is_opened).await;
    edge.core.bot_says(own, "while it reads");
    let seen = wire.seqs_until(251).await;
    assert_eq!(seen, (8..=251).collect::<Vec<u64>>());
    edge.core.bot_says(own, "live");
    assert_eq!(wire.seqs_until(252).await, [252]);
}

#[tokio::test]
async fn lost_repeated_and_reversed_events_are_mended_from_the_store() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut wire = edge.welcomed("v").await;
    wire.open(own, 0).await;
    wire.until(is_opened).await;
    let mut seen = Vec::new();
    for mischief in [Mischief::Lose, Mischief::Repeat, Mischief::Hold] {
        edge.core.state.lock().mischief = mischief;
        for _ in 0..5 {
            edge.core.bot_says(own, "?");
        }
        edge.core.release_reversed();
        edge.core.state.lock().mischief = Mischief::None;
        let last = edge.core.bot_says(own, "a sign of life");
        seen.extend(wire.seqs_until(last).await);
    }
    assert_eq!(seen, (1..=18).collect::<Vec<u64>>());
}

#[tokio::test]
async fn after_lagged_the_edge_reads_what_it_watches() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut wire = edge.welcomed("v").await;
    wire.open(own, 0).await;
    wire.until(is_opened).await;
    edge.core.state.lock().mischief = Mischief::Lose;
    edge.core.bot_says(own, "lost");
    edge.core.lagged();
    assert_eq!(wire.seqs_until(1).await, [1]);
}

#[tokio::test]
async fn sockets_outlive_the_core_and_miss_nothing() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut wire = edge.welcomed("v").await;
    wire.open(own, 0).await;
    wire.until(is_opened).await;
    edge.core.halt().await;
    wire.send_text(own, "a", "are you there").await;
    let problem = wire.until(|body| match body {
        Down::Problem(problem) => Some(problem),
        _ => None,
    });
    let problem = problem.await;
    assert_eq!(problem.code, "unavailable");
    assert!(problem.retry_after_ms > 0);
    edge.core.bot_says(own, "said while nobody could hear");
    edge.core.resume().await;
    assert_eq!(wire.seqs_until(1).await, [1]);
    wire.send_text(own, "a", "are you there").await;
    assert_eq!(wire.seqs_until(2).await, [2]);
}

#[tokio::test]
async fn two_devices_of_one_visitor_see_the_same_and_one_may_leave() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let (mut one, mut two) = (edge.welcomed("v").await, edge.welcomed("v").await);
    for wire in [&mut one, &mut two] {
        wire.open(own, 0).await;
        wire.until(is_opened).await;
    }
    one.send_text(own, "a", "from one").await;
    assert_eq!(two.seqs_until(1).await, [1]);
    one.say(Up::Leave(Leave {
        conversation_id: own,
    }))
    .await;
    two.send_text(own, "b", "from two").await;
    assert_eq!(two.seqs_until(2).await, [2]);
    assert!(edge.core.watched(own));
    drop(two);
    eventually("the core knows that the last one left", || {
        !edge.core.watched(own)
    })
    .await;
}

#[tokio::test]
async fn messages_of_one_socket_are_stored_in_the_order_they_were_sent() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    edge.core.state.lock().send_takes = Duration::from_millis(5);
    let mut wire = edge.welcomed("v").await;
    let sent: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    for text in &sent {
        wire.send_text(own, &format!("c{text}"), text).await;
    }
    for text in &sent {
        let client_id = wire.until(|body| match body {
            Down::Accepted(accepted) => Some(accepted.client_id),
            _ => None,
        });
        assert_eq!(client_id.await, format!("c{text}"));
    }
    assert_eq!(edge.core.state.lock().sends, sent);
}

#[tokio::test]
async fn visitors_frames_hold_nothing_for_agents_and_typing_goes_to_the_other_side() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    edge.core.user("a");
    let (mut visitor, mut agent) = (edge.welcomed("v").await, edge.welcomed("a").await);
    for wire in [&mut visitor, &mut agent] {
        let reference = wire.open(own, 0).await;
        let frame = wire.hear().await;
        assert_eq!(frame.r#ref, reference);
        let Some(Down::Opened(opened)) = frame.body else {
            panic!("got {frame:?}")
        };
        let head = opened.conversation.expect("a head");
        let (is_agent, before) = (head.preview == "secret preview", head.queue_position);
        edge.core.bot_says(own, "hello");
        edge.core.state.lock().moves_up(own);
        // What the messages say themselves is told to agents only.
        let (mut traced, mut heads) = (None, Vec::new());
        let both = wire.until(|body| {
            match body {
                Down::Messages(messages) => {
                    traced = messages.messages.first().map(|it| it.trace.is_some());
                }
                Down::Conversation(head) => {
                    heads.push((head.queue_position, !head.handoff_reason.is_empty()));
                }
                _ => {}
            }
            let moved_up = heads.last().is_some_and(|(position, _)| *position > before);
            traced.filter(|_| moved_up)
        });
        assert_eq!(both.await, is_agent);
        let expected = [(before, is_agent), (before + 1, is_agent)];
        assert_eq!(heads, expected[usize::from(!is_agent)..]);
    }
    // The client's word for who types does not count.
    let typing = Typing {
        conversation_id: own,
        sender: 3,
        active: true,
    };
    visitor.say(Up::Typing(typing)).await;
    let heard = agent.until(|body| match body {
        Down::Typing(typing) => Some(typing),
        _ => None,
    });
    assert_eq!(
        heard.await,
        Typing {
            sender: 1,
            ..typing
        }
    );
}
