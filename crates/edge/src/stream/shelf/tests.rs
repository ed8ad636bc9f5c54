use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message};
use futures::{FutureExt as _, SinkExt as _};
use proptest::prelude::*;

use super::{Batch, KEPT_MAX, Refusal, Shelf, Top, WAITING_MAX};

fn frame(number: u64) -> Message {
    Message::Text(number.to_string().into())
}

fn numbers(batch: &Batch) -> Vec<u64> {
    let read = |message: &Message| match message {
        Message::Text(text) => text.parse().expect("a number"),
        other => panic!("{other:?}"),
    };
    batch.frames.iter().map(read).collect()
}

#[tokio::test]
async fn what_was_not_acknowledged_is_given_again_and_what_was_is_gone() {
    let shelf = Arc::new(Shelf::default());
    let mut top = Top(shelf.clone());
    for number in 1..=5 {
        top.send(frame(number)).await.expect("room");
    }
    let reader = shelf.begin();
    for after in [0, 0, 3, 3] {
        let batch = shelf.next(reader, after).await.expect("frames");
        assert_eq!(numbers(&batch), (after + 1..=5).collect::<Vec<_>>());
        assert_eq!((batch.first, batch.last()), (after + 1, 5));
    }
    shelf.acknowledge(3);
    assert_eq!(shelf.next(reader, 2).await, Err(Refusal::Gone));
    assert_eq!(shelf.next(reader, 6).await, Err(Refusal::Ahead));
    shelf.acknowledge(9);
    assert_eq!(shelf.next(reader, 4).await, Err(Refusal::Gone));
    assert!(shelf.next(reader, 5).now_or_never().is_none(), "it waits");
}

#[tokio::test]
async fn the_older_of_two_readers_ends_at_once() {
    let shelf = Arc::new(Shelf::default());
    let older = shelf.begin();
    let mut waits = std::pin::pin!(shelf.next(older, 0));
    assert!(futures::poll!(waits.as_mut()).is_pending());
    let newer = shelf.begin();
    assert_eq!(waits.await, Err(Refusal::Superseded));
    let mut top = Top(shelf.clone());
    let (told, sent) = tokio::join!(shelf.next(newer, 0), top.send(frame(1)));
    sent.expect("room");
    assert_eq!(numbers(&told.expect("the newer is given it")), [1]);
}

#[tokio::test]
async fn a_shelf_that_nobody_reads_is_full_and_says_why_it_ended() {
    let shelf = Arc::new(Shelf::default());
    let mut top = Top(shelf.clone());
    for number in 1..=WAITING_MAX as u64 {
        top.send(frame(number)).await.expect("room");
    }
    assert!(top.send(frame(0)).now_or_never().is_none(), "no room");
    shelf.close(Some(frame(99)), 4429);
    shelf.close(Some(frame(100)), 1001);
    let reader = shelf.begin();
    let batch = shelf.next(reader, 0).await.expect("frames");
    assert_eq!(batch.closed, Some(4429));
    assert_eq!(numbers(&batch).last(), Some(&99));
    let again = shelf.next(reader, batch.last()).await.expect("the end");
    assert_eq!((again.frames.len(), again.closed), (0, Some(4429)));
}

#[tokio::test]
async fn a_goodbye_that_was_written_is_followed_by_its_code() {
    let shelf = Arc::new(Shelf::default());
    let mut top = Top(shelf.clone());
    top.send(frame(1)).await.expect("room");
    let close = CloseFrame {
        code: 1001,
        reason: "".into(),
    };
    let close = Message::Close(Some(close));
    top.send(close).await.expect("always");
    let batch = shelf.next(shelf.begin(), 0).await.expect("the end");
    assert_eq!((numbers(&batch), batch.closed), (vec![1], Some(1001)));
}

#[derive(Debug, Clone)]
enum Act {
    Put,
    /// Reads, and loses the answer or not.
    Read(bool),
    Acknowledge,
    Another,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => Just(Act::Put),
        4 => any::<bool>().prop_map(Act::Read),
        1 => Just(Act::Acknowledge),
        1 => Just(Act::Another),
    ]
}

proptest! {
    #[test]
    fn whatever_answers_are_lost_a_reader_has_every_number_once_and_in_order(
        acts in proptest::collection::vec(act(), 0..900)
    ) {
        let shelf = Arc::new(Shelf::default());
        let mut top = Top(shelf.clone());
        let (mut put, mut has) = (0, 0);
        let mut reader = shelf.begin();
        for act in acts {
            match act {
                Act::Put => {
                    if top.send(frame(put + 1)).now_or_never().is_some() {
                        put += 1;
                    }
                }
                Act::Acknowledge => shelf.acknowledge(has),
                Act::Another => reader = shelf.begin(),
                Act::Read(lost) => match shelf.next(reader, has).now_or_never() {
                    None => prop_assert_eq!(has, put),
                    Some(Ok(batch)) => {
                        let expected: Vec<u64> = (has + 1..=batch.last()).collect();
                        prop_assert_eq!(numbers(&batch), expected);
                        if !lost {
                            has = batch.last();
                        }
                    }
                    // Whoever loses answers for so long begins anew.
                    Some(Err(Refusal::Gone)) => {
                        prop_assert!(put - has > KEPT_MAX as u64);
                        break;
                    }
                    Some(Err(refused)) => prop_assert!(false, "{:?}", refused),
                },
            }
            prop_assert!(shelf.state.lock().frames.len() <= KEPT_MAX + WAITING_MAX);
        }
    }
}
