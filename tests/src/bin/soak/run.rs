//! The whole run: people talk, faults happen one after another, everything is checked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use kefu_tests::{generator, history::Summary};
use rand::{Rng as _, rngs::StdRng, seq::SliceRandom as _};
use sqlx::{Connection as _, SqliteConnection};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    Args, Store,
    faults::Fault,
    meter::{self, Processes},
    people::{self, Shared},
    report::{Happened, Report},
    world::World,
};

/// Recovered only when somebody new is served; longer than this is broken.
const RECOVERY_MAX: Duration = Duration::from_secs(30);

pub async fn run(args: &Args, seed: u64) -> Report {
    let mut random = generator(seed);
    let mut world = World::new(args.store, seed, args.agents).await;
    let shared = Shared::new(world.place.clone(), world.history.clone());
    let began = Instant::now();
    let processes: Processes = Arc::new(Mutex::new(Some(world.service.pid())));
    let metering = tokio::spawn(meter::meter(shared.clone(), processes.clone(), began));
    let mut people = JoinSet::new();
    for number in 0..args.agents {
        let random = generator(seed.wrapping_add(1 + number as u64));
        people.spawn(people::clerk(shared.clone(), number, random));
    }
    for number in 0..args.visitors {
        let random = generator(seed.wrapping_add(1_000 + number as u64));
        let pause = Duration::from_millis(args.pause_ms);
        people.spawn(people::visitors(shared.clone(), random, pause));
    }

    let end = began + Duration::from_secs_f64(args.minutes * 60.0);
    let mut report = Report::new(args, seed);
    // Some calm first and last: what is used then is compared.
    calm(&shared, &mut people, began + Duration::from_secs(10)).await;
    let mut deck = Vec::new();
    while Instant::now() + Duration::from_secs(10) < end {
        let fault = draw(&mut deck, args.store, &mut random);
        let happened = trouble(fault, &mut world, &shared, &processes, &mut random, began).await;
        if happened.recovery_s > RECOVERY_MAX.as_secs_f64() {
            let line = format!(
                "{} took {:.1} s to recover",
                happened.name, happened.recovery_s
            );
            report.broken.push(line);
        }
        report.happened.push(happened);
        let pause = Duration::from_millis(random.random_range(500..3_000));
        calm(&shared, &mut people, Instant::now() + pause).await;
    }
    calm(&shared, &mut people, end).await;
    shared.stop.store(true, Ordering::SeqCst);
    while let Some(ended) = people.join_next().await {
        if let Err(error) = ended {
            report
                .broken
                .push(format!("somebody was not served: {error}"));
        }
    }
    report.ticks = metering.await.expect("the meter runs");
    take_up(&mut report, &shared);
    at_rest(&mut report, &mut world).await;
    report
}

/// What people found.
fn take_up(report: &mut Report, shared: &Shared) {
    let checked = shared.checked.lock().expect("no panic holds it");
    let all = checked.values().copied();
    report.summary = all.fold(Summary::default(), Summary::plus);
    let mut broken = shared.broken.lock().expect("no panic holds it");
    report.broken.append(&mut broken);
}

/// Every kind once before any comes twice.
fn draw(deck: &mut Vec<Fault>, store: Store, random: &mut StdRng) -> Fault {
    if deck.is_empty() {
        *deck = Fault::all(store);
        deck.shuffle(random);
    }
    deck.pop().expect("some")
}

async fn trouble(
    fault: Fault,
    world: &mut World,
    shared: &Shared,
    processes: &Processes,
    random: &mut StdRng,
    began: Instant,
) -> Happened {
    let at_s = began.elapsed().as_secs_f64();
    println!("{at_s:7.1} s  {}", fault.name());
    fault.happen(world, random).await;
    *processes.lock().expect("no panic holds it") = Some(world.service.pid());
    let ended_s = began.elapsed().as_secs_f64();
    let recovery = people::recovery(shared).await;
    Happened {
        name: fault.name().to_owned(),
        at_s,
        lasted_s: ended_s - at_s,
        recovery_s: recovery.as_secs_f64(),
    }
}

/// Nothing happens until then. Whoever ends meanwhile has panicked, and the run goes on without.
async fn calm(shared: &Shared, people: &mut JoinSet<()>, until: Instant) {
    while let Ok(Some(ended)) = tokio::time::timeout_at(until, people.join_next()).await {
        if let Err(error) = ended {
            let mut broken = shared.broken.lock().expect("no panic holds it");
            broken.push(format!("somebody was not served: {error}"));
        }
    }
    tokio::time::sleep_until(until).await;
}

/// Everybody has gone: nothing is left over, and the store is sound.
async fn at_rest(report: &mut Report, world: &mut World) {
    world.service.until_ready().await;
    // Sockets linger for a second or two, kept connections for ten.
    tokio::time::sleep(Duration::from_secs(12)).await;
    let samples = meter::look(Some(world.service.pid()));
    let named = meter::PROCESSES.into_iter().zip(samples);
    report.at_rest = named
        .filter_map(|(name, sample)| {
            let sample = sample?;
            Some((name.to_owned(), (sample.resident_kib, sample.descriptors)))
        })
        .collect::<BTreeMap<_, _>>();
    report.judge_growth();
    let code = world.service.terminate().await;
    if code != Some(0) {
        report
            .broken
            .push(format!("the last drain ended with {code:?}"));
    }
    if world.store == Store::Sqlite {
        let url = format!("sqlite://{}", world.data_dir.join("kefu.db").display());
        let mut connection = SqliteConnection::connect(&url).await.expect("it opens");
        let check = sqlx::query_scalar("PRAGMA integrity_check");
        let verdict: String = check.fetch_one(&mut connection).await.expect("it runs");
        if verdict != "ok" {
            report
                .broken
                .push(format!("SQLite's integrity check: {verdict}"));
        }
    }
}
