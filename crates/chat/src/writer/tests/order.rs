//! Who goes first, who is refused, who left.

use super::{POISON, bench, change};
use crate::{lanes::Lane, settings::Limits, store::Outcome, writer::Health};

#[tokio::test]
async fn a_caller_who_left_does_not_stop_the_batch() {
    let bench = bench([], Limits::default());
    drop(
        bench
            .writer
            .submit(Lane::Normal, change(1))
            .expect("there is room"),
    );
    bench.writer.write(change(2)).await.expect("written");
    assert_eq!(bench.store.batches.lock().concat(), [1, 2]);
}

#[tokio::test]
async fn the_first_lane_goes_first_and_lets_the_other_by_after_every_few() {
    let limits = Limits {
        vip_ahead_max: 2,
        batch_changes_max: 3,
        ..Limits::default()
    };
    let bench = bench([], limits);
    let normal = (1..=4).map(|n| (Lane::Normal, n));
    let vip = (11..=15).map(|n| (Lane::Vip, n));
    let tickets: Vec<_> = normal
        .chain(vip)
        .map(|(lane, n)| bench.writer.submit(lane, change(n)).expect("there is room"))
        .collect();
    for ticket in tickets {
        assert_eq!(bench.writer.wait(ticket).await, Ok(Outcome::Applied));
    }
    let order = [11, 12, 1, 13, 14, 2, 15, 3, 4];
    assert_eq!(bench.store.batches.lock().concat(), order);
}

#[tokio::test]
async fn a_full_lane_refuses_its_own_and_nobody_else() {
    let limits = Limits {
        writer_queue_max: 2,
        writer_queue_vip_max: 1,
        ..Limits::default()
    };
    let bench = bench([], limits);
    let submit = |lane, n| bench.writer.submit(lane, change(n)).map(drop);
    assert_eq!(submit(Lane::Normal, 1), Ok(()));
    assert_eq!(submit(Lane::Normal, 2), Ok(()));
    let refused = submit(Lane::Normal, 3).expect_err("full");
    assert_eq!(refused.code(), "overloaded");
    assert_eq!(submit(Lane::Vip, 4), Ok(()), "room of its own");
    assert!(submit(Lane::Vip, 5).is_err());
}

#[tokio::test]
async fn a_poisonous_change_is_refused_and_its_neighbours_are_not() {
    let bench = bench([], Limits::default());
    let numbers = [1, POISON, 2, 3];
    let tickets = numbers.map(|n| {
        bench
            .writer
            .submit(Lane::Normal, change(n))
            .expect("there is room")
    });
    let mut codes = Vec::new();
    for ticket in tickets {
        codes.push(
            bench
                .writer
                .wait(ticket)
                .await
                .err()
                .map(|error| error.code()),
        );
    }
    assert_eq!(codes, [None, Some("invalid"), None, None]);
    assert_eq!(bench.store.batches.lock().concat(), [1, 2, 3]);
    assert_eq!(bench.writer.health(), Health::Well);
}
