use std::time::Duration;

use kefu_dialog::{Asked, Phase, State};
use kefu_proto::v1;
use kefu_types::{ConversationId, Lang, TenantId, VisitorId};
use tokio::sync::mpsc;

use super::{Seen, TurnDesk};
use crate::{
    model::{Head, Visitor},
    settings::Limits,
};

const DEADLINE: Duration = Duration::from_secs(5);
const NOW: Duration = Duration::from_secs(1);

fn head(id: u64, turn: u64, version: u64) -> Head {
    let phase = Phase::Processing {
        asked: Asked::Nothing,
        waited: false,
    };
    let visitor = Visitor {
        tenant: TenantId(1),
        id: VisitorId(1),
        name: String::new(),
        created_at_ms: 0,
    };
    Head {
        version,
        last_seq: version,
        turn_version: version,
        state: State {
            turn,
            phase,
            ..State::default()
        },
        last_sender: v1::Sender::Visitor,
        ..Head::begun(&visitor, ConversationId(id), 0, Lang::Zh)
    }
}

fn said(seq: u64) -> v1::Message {
    v1::Message {
        seq,
        sender: v1::Sender::Visitor.into(),
        ..Default::default()
    }
}

fn bot(desk: &mut TurnDesk, most: usize) -> (super::BotKey, mpsc::Receiver<v1::Turn>) {
    let (sender, receiver) = mpsc::channel(8);
    (
        desk.bot_joined(sender, most, 4).expect("there is room"),
        receiver,
    )
}

#[test]
fn a_turn_goes_to_the_bot_with_the_least_in_flight_and_no_bot_gets_more_than_it_asked_for() {
    let mut desk = TurnDesk::new(2);
    let ((_, mut one), (_, mut two)) = (bot(&mut desk, 1), bot(&mut desk, 2));
    for id in 1..=4 {
        desk.observe(
            &head(id, 1, 1),
            &[said(1)],
            NOW,
            DEADLINE,
            &Limits::default(),
        );
    }
    desk.hand_out(NOW, 0);
    let ids = |bot: &mut mpsc::Receiver<v1::Turn>| -> Vec<u64> {
        std::iter::from_fn(|| bot.try_recv().ok().map(|turn| turn.conversation_id)).collect()
    };
    assert_eq!((ids(&mut one), ids(&mut two)), (vec![1], vec![2, 3]));
    desk.answered((TenantId(1), ConversationId(1)), 1, 1, true);
    desk.hand_out(NOW, 0);
    assert_eq!(ids(&mut one), [4]);
}

#[test]
fn a_turn_of_a_bot_that_left_is_handed_out_again_at_once() {
    let mut desk = TurnDesk::new(2);
    let (key, _lost) = bot(&mut desk, 4);
    desk.observe(
        &head(9, 1, 1),
        &[said(1)],
        NOW,
        DEADLINE,
        &Limits::default(),
    );
    desk.hand_out(NOW, 0);
    desk.bot_left(key);
    let (_, mut next) = bot(&mut desk, 4);
    desk.hand_out(NOW, 0);
    let turn = next.try_recv().expect("handed again");
    assert_eq!(
        (turn.conversation_id, turn.turn, turn.messages.len()),
        (9, 1, 1)
    );
    assert_eq!(turn.deadline_ms, 4_000);
}

#[test]
fn a_turn_with_priority_goes_first_and_lets_others_by_after_every_few() {
    let mut desk = TurnDesk::new(2);
    let (_, mut turns) = bot(&mut desk, 8);
    for id in 1..=6 {
        let mut head = head(id, 1, 1);
        if id > 2 {
            head.priority = v1::Priority::Vip;
        }
        desk.observe(&head, &[said(1)], NOW, DEADLINE, &Limits::default());
    }
    desk.hand_out(NOW, 0);
    let handed = std::iter::from_fn(|| turns.try_recv().ok().map(|turn| turn.conversation_id));
    assert_eq!(handed.collect::<Vec<_>>(), [3, 4, 1, 5, 6, 2]);
}

#[test]
fn a_newer_message_overtakes_and_the_turn_carries_both() {
    let mut desk = TurnDesk::new(2);
    let (_, mut turns) = bot(&mut desk, 4);
    assert_eq!(
        desk.observe(
            &head(9, 1, 1),
            &[said(1)],
            NOW,
            DEADLINE,
            &Limits::default()
        ),
        Seen::Turn {
            turn: 1,
            first: true,
            full: false
        }
    );
    desk.hand_out(NOW, 0);
    assert_eq!(
        desk.observe(
            &head(9, 2, 2),
            &[said(2)],
            NOW,
            DEADLINE,
            &Limits::default()
        ),
        Seen::Turn {
            turn: 2,
            first: false,
            full: false
        }
    );
    desk.hand_out(NOW, 0);
    assert_eq!(turns.try_recv().map(|turn| turn.messages.len()), Ok(1));
    assert_eq!(
        turns
            .try_recv()
            .map(|turn| (turn.version, turn.messages.len())),
        Ok((2, 2))
    );
}

#[test]
fn please_wait_neither_hands_the_turn_out_again_nor_makes_it_stale() {
    let mut desk = TurnDesk::new(2);
    let (_, mut turns) = bot(&mut desk, 4);
    desk.observe(
        &head(9, 1, 1),
        &[said(1)],
        NOW,
        DEADLINE,
        &Limits::default(),
    );
    desk.hand_out(NOW, 0);
    let waited = Head {
        version: 2,
        turn_version: 1,
        ..head(9, 1, 2)
    };
    assert_eq!(
        desk.observe(&waited, &[], NOW, DEADLINE, &Limits::default()),
        Seen::Nothing
    );
    desk.hand_out(NOW, 0);
    assert!(turns.try_recv().is_ok());
    assert!(turns.try_recv().is_err());
}
