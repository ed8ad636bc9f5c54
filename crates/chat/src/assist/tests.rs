use std::time::Duration;

use kefu_proto::v1::{self, Body, Message, Recall, Sender, Text, body::Kind};
use kefu_types::{ConversationId, Lang, TenantId};
use proptest::prelude::*;
use tokio::sync::mpsc;

use super::{Assist, AssistDesk, ProposedCounts, Said, day_of};

const KEY: (TenantId, ConversationId) = (TenantId(1), ConversationId(7));

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn said(sender: Sender, seq: u64) -> Message {
    let kind = Kind::Text(Text {
        text: format!("words {seq}"),
        ..Default::default()
    });
    Message {
        sender: sender.into(),
        seq,
        body: Some(Body { kind: Some(kind) }),
        ..Default::default()
    }
}

fn taken_back(seq: u64, of: u64) -> Message {
    let kind = Kind::Recall(Recall { seq: of });
    Message {
        body: Some(Body { kind: Some(kind) }),
        ..said(Sender::Visitor, seq)
    }
}

struct World {
    desk: AssistDesk,
    asks: mpsc::Receiver<v1::AssistAsk>,
}

impl World {
    fn new() -> Self {
        let mut desk = AssistDesk::new(Assist::default());
        let (sender, asks) = mpsc::channel(1);
        desk.joined(sender, 9).expect("there is room");
        Self { desk, asks }
    }

    fn hear(&mut self, message: Message, ms: u64) -> Said {
        let heard = self.desk.heard(KEY, Lang::Zh, &[message], at(ms));
        self.desk.hand_out(at(ms), 0);
        heard
    }

    fn asked(&mut self) -> Option<v1::AssistAsk> {
        self.asks.try_recv().ok()
    }
}

#[test]
fn the_newest_words_are_asked_about_and_an_older_answer_is_too_late() {
    let mut world = World::new();
    assert_eq!(world.hear(said(Sender::Visitor, 1), 0), Said::Asks);
    let first = world.asked().expect("asked");
    assert_eq!(world.hear(said(Sender::Visitor, 2), 10), Said::Asks);
    assert!(world.asked().is_none(), "the bot has one already");
    assert_eq!(world.desk.answered(KEY, first.number, at(20)), None);
    world.desk.hand_out(at(20), 0);
    let second = world.asked().expect("asked");
    let seqs: Vec<u64> = second.messages.iter().map(|it| it.seq).collect();
    assert_eq!(seqs, [1, 2]);
    assert_eq!(world.desk.answered(KEY, second.number, at(30)), Some(2));
    assert_eq!(
        world.desk.answered(KEY, second.number, at(30)),
        None,
        "once"
    );
}

#[test]
fn an_agent_who_answers_ends_it_and_so_does_a_recall() {
    let mut world = World::new();
    world.hear(said(Sender::Visitor, 1), 0);
    let ask = world.asked().expect("asked");
    assert_eq!(world.hear(said(Sender::Agent, 2), 1), Said::Answered);
    assert_eq!(world.desk.answered(KEY, ask.number, at(2)), None);
    world.hear(said(Sender::Visitor, 3), 3);
    let ask = world.asked().expect("asked");
    assert_eq!(world.hear(taken_back(4, 3), 4), Said::Answered);
    assert_eq!(world.desk.answered(KEY, ask.number, at(5)), None);
}

#[test]
fn a_bot_that_never_answers_is_let_go_after_the_patience() {
    let mut world = World::new();
    world.hear(said(Sender::Visitor, 1), 0);
    let slow = world.asked().expect("asked");
    world.hear(said(Sender::Visitor, 2), 1_000);
    assert!(world.asked().is_none());
    assert_eq!(world.desk.answered(KEY, slow.number, at(2_500)), None);
    world.hear(said(Sender::Visitor, 3), 2_600);
    assert!(world.asked().is_some(), "it has room again");
}

#[test]
fn what_nobody_took_in_time_is_not_handed_to_a_bot_that_comes_later() {
    let mut desk = AssistDesk::new(Assist::default());
    desk.heard(KEY, Lang::Zh, &[said(Sender::Visitor, 1)], at(0));
    desk.hand_out(at(0), 0);
    let (sender, mut asks) = mpsc::channel(1);
    desk.joined(sender, 9).expect("there is room");
    desk.hand_out(at(3_000), 0);
    assert!(asks.try_recv().is_err());
}

#[test]
fn there_are_no_more_talks_than_there_may_be() {
    let mut desk = AssistDesk::new(Assist {
        talks_max: 1,
        ..Assist::default()
    });
    let other = (TenantId(2), KEY.1);
    let words = [said(Sender::Visitor, 1)];
    assert_eq!(desk.heard(KEY, Lang::Zh, &words, at(0)), Said::Asks);
    assert_eq!(desk.heard(other, Lang::Zh, &words, at(0)), Said::Nothing);
    desk.forget(KEY);
    assert_eq!(desk.heard(other, Lang::Zh, &words, at(0)), Said::Asks);
}

#[test]
fn counts_are_written_once_for_all_and_at_once_when_they_are_many() {
    let mut proposed = ProposedCounts::default();
    let bounds = (2, at(10));
    assert_eq!(proposed.add(KEY.0, 1, "a", bounds), Some(at(10)));
    assert_eq!(proposed.add(KEY.0, 1, "a", bounds), None);
    assert_eq!(proposed.add(KEY.0, 1, "b", bounds), Some(Duration::ZERO));
    let counts: Vec<u64> = proposed.take().iter().map(|row| row.count).collect();
    assert_eq!(counts, [2, 1]);
    assert!(proposed.take().is_empty());
}

#[test]
fn counts_that_could_not_be_written_are_counted_with_the_next_as_far_as_there_is_room() {
    let mut proposed = ProposedCounts::default();
    let bounds = (2, at(10));
    for intent in ["a", "b"] {
        proposed.add(KEY.0, 1, intent, bounds);
    }
    let refused = proposed.take();
    for intent in ["a", "c"] {
        proposed.add(KEY.0, 1, intent, bounds);
    }
    proposed.give_back(refused, bounds.0);
    let rows = proposed.take();
    let rows: Vec<_> = rows.iter().map(|row| (&*row.intent, row.count)).collect();
    assert_eq!(rows, [("a", 2), ("c", 1)], "a third row has no room");
}

#[test]
fn a_day_begins_at_midnight_also_before_1970() {
    assert_eq!([-1, 0, 86_399_999, 86_400_000].map(day_of), [-1, 0, 0, 1]);
}

proptest! {
    /// Whatever comes in whatever order: of a conversation at most one answer is shown for each of
    /// the visitor's messages, and none after an agent has answered.
    #[test]
    fn an_answer_is_shown_for_the_newest_unanswered_words_only(
        moves in proptest::collection::vec((0..4_u8, 0..400_u64), 1..60)
    ) {
        let mut world = World::new();
        let (mut now, mut seq, mut open) = (0, 0, None);
        let mut held: Vec<u64> = Vec::new();
        for (what, pause) in moves {
            now += pause;
            seq += 1;
            match what {
                0 => {
                    world.hear(said(Sender::Visitor, seq), now);
                    open = Some(seq);
                }
                1 => {
                    world.hear(said(Sender::Agent, seq), now);
                    open = None;
                }
                2 => held.extend(world.asked().map(|ask| ask.number)),
                _ => {
                    if let Some(number) = held.pop()
                        && let Some(shown) = world.desk.answered(KEY, number, at(now))
                    {
                        prop_assert_eq!(Some(shown), open);
                    }
                    world.desk.hand_out(at(now), 0);
                }
            }
        }
    }
}
