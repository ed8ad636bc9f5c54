mod faulty;
mod order;

use std::{sync::Arc, time::Duration};

use kefu_types::{ManualClock, TenantId};
use parking_lot::Mutex;
use proptest::prelude::*;
use tokio::sync::mpsc;

use super::{Committed, Health, Parts, Writer, start};
use crate::{
    lanes::Lane,
    settings::{Limits, Timing},
    store::{Change, Outcome, StoreError},
};
use faulty::{Faulty, POISON, number};

fn full() -> StoreError {
    StoreError::Full("no space".to_owned())
}

fn busy() -> StoreError {
    StoreError::Retryable("busy".to_owned())
}

fn change(n: u64) -> Change {
    Change::CreateTenant {
        id: TenantId(n),
        name: n.to_string(),
    }
}

struct Bench {
    store: Arc<Faulty>,
    writer: Writer,
    committed: mpsc::Receiver<Vec<Committed>>,
}

fn bench(plan: impl IntoIterator<Item = Option<StoreError>>, limits: Limits) -> Bench {
    let store = Arc::new(Faulty {
        plan: Mutex::new(plan.into_iter().collect()),
        ..Faulty::default()
    });
    let timing = Timing {
        store_retry: Duration::from_millis(1),
        store_stall: Duration::from_millis(20),
        ..Timing::default()
    };
    let (sender, committed) = mpsc::channel(1_024);
    let parts = Parts {
        store: store.clone(),
        clock: Arc::new(ManualClock::new(0)),
        timing,
        limits,
        failpoint: None,
    };
    let (writer, _) = start(parts, sender);
    Bench {
        store,
        writer,
        committed,
    }
}

#[tokio::test]
async fn what_gathers_during_a_commit_goes_together_and_a_lone_change_at_once() {
    let bench = bench(
        [],
        Limits {
            batch_changes_max: 3,
            ..Limits::default()
        },
    );
    let tickets: Vec<_> = (1..=7)
        .map(|n| {
            bench
                .writer
                .submit(Lane::Normal, change(n))
                .expect("there is room")
        })
        .collect();
    for ticket in tickets {
        assert_eq!(bench.writer.wait(ticket).await, Ok(Outcome::Applied));
    }
    bench.writer.write(change(8)).await.expect("a lone one");
    assert_eq!(
        *bench.store.batches.lock(),
        [vec![1, 2, 3], vec![4, 5, 6], vec![7], vec![8]]
    );
}

#[tokio::test]
async fn a_short_stall_is_ridden_out_and_nobody_notices() {
    let bench = bench(
        [Some(busy()), Some(busy()), Some(busy()), None],
        Limits::default(),
    );
    assert_eq!(bench.writer.write(change(1)).await, Ok(Outcome::Applied));
    assert_eq!(bench.writer.health(), Health::Well);
}

#[tokio::test]
async fn a_long_stall_is_refused_with_a_time_to_come_back_and_heals() {
    let bench = bench((0..21).map(|_| Some(busy())), Limits::default());
    let error = bench
        .writer
        .write(change(1))
        .await
        .expect_err("it stalls too long");
    assert_eq!(
        (error.code(), error.retry_after_ms()),
        ("unavailable", 1_000)
    );
    heals(&bench).await;
    assert_eq!(
        *bench.store.batches.lock(),
        [vec![2]],
        "what was refused was not written later"
    );
}

/// How long anything that must come is waited for: a busy machine is slow, not wrong.
const PATIENCE: Duration = Duration::from_secs(60);

async fn heals(bench: &Bench) {
    let healed = async {
        while bench.writer.write(change(2)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let healed = tokio::time::timeout(PATIENCE, healed).await;
    assert!(healed.is_ok(), "the writer did not heal");
}

/// The store's own trouble is known a moment after the change that met it was refused.
async fn stalls(bench: &Bench) {
    let stalled = async {
        while !matches!(bench.writer.health(), Health::Stalled(_)) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let stalled = tokio::time::timeout(PATIENCE, stalled).await;
    assert!(stalled.is_ok(), "the writer does not say that it stalls");
}

#[tokio::test]
async fn a_full_disk_refuses_writes_at_the_door_until_there_is_space() {
    let bench = bench([Some(full())], Limits::default());
    bench
        .store
        .sick
        .store(true, std::sync::atomic::Ordering::SeqCst);
    let error = bench.writer.write(change(1)).await.expect_err("it is full");
    assert_eq!(error.code(), "unavailable");
    stalls(&bench).await;
    let refused = bench
        .writer
        .submit(Lane::Normal, change(1))
        .expect_err("refused without waiting");
    assert!(refused.retry_after_ms() > 0);
    bench
        .store
        .sick
        .store(false, std::sync::atomic::Ordering::SeqCst);
    heals(&bench).await;
}

#[tokio::test]
async fn after_a_failed_fsync_nothing_is_acknowledged_any_more() {
    let failed = StoreError::Fatal("fsync".to_owned());
    let mut bench = bench(
        [None, Some(failed)],
        Limits {
            batch_changes_max: 1,
            ..Limits::default()
        },
    );
    let tickets: Vec<_> = (1..=4)
        .map(|n| {
            bench
                .writer
                .submit(Lane::Normal, change(n))
                .expect("there is room")
        })
        .collect();
    let mut outcomes = Vec::new();
    for ticket in tickets {
        outcomes.push(bench.writer.wait(ticket).await.is_ok());
    }
    assert_eq!(outcomes, [true, false, false, false]);
    assert!(bench.writer.failed().await.contains("fsync"));
    assert!(bench.writer.submit(Lane::Normal, change(5)).is_err());
    assert_eq!(*bench.store.batches.lock(), [vec![1]], "no blind retry");
    assert_eq!(
        bench.committed.recv().await.map(|batch| batch.len()),
        Some(1)
    );
    assert!(
        bench.committed.recv().await.is_none(),
        "only what is durable is fanned out"
    );
}

fn lane(n: u64) -> Lane {
    if n.is_multiple_of(3) {
        Lane::Vip
    } else {
        Lane::Normal
    }
}

fn faults() -> impl Strategy<Value = Vec<Option<StoreError>>> {
    let fault = prop_oneof![4 => Just(None), 2 => Just(Some(busy())), 1 => Just(Some(full()))];
    proptest::collection::vec(fault, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn acknowledged_is_durable_in_order_and_fanned_out_once(plan in faults(), most in 1..9_usize, queue in 1..40_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let limits = Limits {
                batch_changes_max: most,
                writer_queue_max: queue,
                writer_queue_vip_max: queue.div_ceil(2),
                vip_ahead_max: 2,
                ..Limits::default()
            };
            let mut bench = bench(plan, limits);
            let mut tickets = Vec::new();
            for n in 1..=120 {
                match bench.writer.submit(lane(n), change(n)) {
                    Ok(ticket) => tickets.push((n, ticket)),
                    Err(error) => assert!(error.retry_after_ms() > 0, "a refusal says when to come back"),
                }
                if n % 7 == 0 { tokio::task::yield_now().await; }
            }
            let mut acknowledged = Vec::new();
            for (n, ticket) in tickets {
                if bench.writer.wait(ticket).await.is_ok() { acknowledged.push(n); }
            }
            drop(bench.writer);
            let mut told = Vec::new();
            while let Some(batch) = bench.committed.recv().await {
                assert!(batch.len() <= most);
                told.extend(batch.iter().map(|(change, _)| number(change)));
            }
            let durable = bench.store.batches.lock().concat();
            assert_eq!(told, durable, "told in the order of commits");
            let sorted = |mut numbers: Vec<u64>| { numbers.sort_unstable(); numbers };
            assert_eq!(sorted(durable), sorted(acknowledged.clone()), "durable and acknowledged are the same");
            let acknowledged = told;
            for own in Lane::ALL {
                let in_lane = acknowledged.iter().filter(|n| lane(**n) == own);
                assert!(in_lane.is_sorted(), "first come, first served");
            }
        });
    }
}
