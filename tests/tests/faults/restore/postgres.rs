//! On PostgreSQL: a dump, and a server that is put back while it is served from.

use std::path::Path;

use kefu_tests::{Postgres, Service};
use sqlx::{AssertSqlSafe, Executor as _};

use super::{goes_on, returning, talks_through};
use crate::common::{crowd, on, quick, until};

/// The largest id that the data directory has seen in the store.
fn seen(data_dir: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(data_dir.join("store.seen")).ok()?;
    let ceiling = text
        .lines()
        .find_map(|line| line.strip_prefix("ceiling "))?;
    ceiling.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_postgres_taken_while_it_runs_has_all_that_was_acknowledged_before() {
    let server = Postgres::find().await;
    let (first, second) = (server.database().await, server.database().await);
    let (data_dir, dir) = (
        tempfile::tempdir().expect("a directory"),
        tempfile::tempdir().expect("a directory"),
    );
    let options = || quick().data_dir(data_dir.path());
    let service = Service::start(on(&first.url(), options())).await;
    let mut crowd = crowd(&service, 4).await;
    let dump = dir.path().join("dump.sql");
    let backup = async || {
        let file = dump.display().to_string();
        Postgres::run(
            "pg_dump",
            &["--no-owner", "--file", &file, &first.for_programs()],
        )
        .await;
    };
    let (must, had) = talks_through(&mut crowd, backup).await;
    // Killed and not stopped: what was seen is what was noted by then.
    let newest = had.iter().flatten().map(|message| message.id).max();
    until(
        "the data directory has seen the newest message",
        async || seen(data_dir.path()) >= newest,
    )
    .await;
    drop(service.kill_all().await);
    let file = dump.display().to_string();
    let stop = "ON_ERROR_STOP=1";
    Postgres::run(
        "psql",
        &[
            "--quiet",
            "--set",
            stop,
            "--file",
            &file,
            &second.for_programs(),
        ],
    )
    .await;
    let service = Service::start(on(&second.url(), options())).await;
    service.until_logged("the store was put back in time").await;
    goes_on(&service, &mut crowd, &must, &had).await;
    drop(service.kill_all().await);
}

/// What a failover to a standby that lags does, or a recovery to a point in time.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_put_back_under_a_running_service_ends_every_socket() {
    let server = Postgres::find().await;
    let database = server.database().await;
    let service = Service::start(on(&database.url(), quick())).await;
    let mut crowd = crowd(&service, 4).await;
    let tables = ["conversations", "messages", "cursors", "writers"];
    let saved = tables.map(|name| format!("CREATE TABLE saved_{name} AS TABLE {name}"));
    let back = tables
        .map(|name| format!("INSERT INTO {name} SELECT * FROM saved_{name}"))
        .join(";");
    let gone = ["cursors", "messages", "conversations", "writers"];
    let gone = gone.map(|name| format!("DELETE FROM {name}")).join(";");
    let mut admin = database.connect().await;
    let save = async || {
        let mut admin = database.connect().await;
        // All of one moment, while people talk.
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
        let sql = AssertSqlSafe(format!("{begin}; {}; COMMIT", saved.join(";")));
        admin.execute(sqlx::raw_sql(sql)).await.expect("it is kept");
    };
    let (_, had) = talks_through(&mut crowd, save).await;
    let core = service.pid_of("chat").expect("it lives");
    let newest = had.iter().flatten().map(|message| message.id).max();
    until(
        "the data directory has seen the newest message",
        async || seen(&service.data_dir) >= newest,
    )
    .await;
    let sql = AssertSqlSafe(format!("BEGIN; {gone}; {back}; COMMIT"));
    admin.execute(sqlx::raw_sql(sql)).await.expect("put back");
    service.until_restarted("chat", core).await;
    service.until_logged("the store was put back in time").await;
    for (client, had) in crowd.clients().iter_mut().zip(&had) {
        // Its socket stood all the time. It is told, comes back, and reads anew.
        let (conversation, before) = (client.conversation, client.epoch);
        returning::hears_of_a_new_epoch(client).await;
        let stored = client.stored(conversation).await;
        assert!(stored.len() < had.len());
        let last = stored.last().expect("some").seq;
        client.reads_until(conversation, last).await;
        returning::after_the_store_has_passed(&service.base, client, had, before).await;
    }
    drop(service.kill_all().await);
}
