//! What the tests of faults share.

use std::{path::Path, sync::Arc, time::Duration};

use kefu_tests::{Api, Crowd, History, Options, PATIENCE, Place, Service, seed};
use sqlx::{Connection as _, SqliteConnection};
use tokio::time::{Instant, sleep};

/// Roles that come back at once, any number of times; clients that may be quick; no bot's deadline
/// in the way.
pub fn quick() -> Options {
    Options::default()
        .without_model()
        .env("KEFU_SUPERVISOR__DEATHS_MAX", 10_000)
        .env("KEFU_SUPERVISOR__BACKOFF_MAX_MS", 100)
        .env("KEFU_EDGE__SENDS_PER_SECOND", 100_000)
        .env("KEFU_EDGE__LIMITS__FRAMES_PER_SECOND", 2_000_000)
        .env("KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP", 100_000)
        .env("KEFU_EDGE__LOGINS_PER_MINUTE_PER_IP", 100_000)
        .env("KEFU_CHAT__TURN_DEADLINE_MS", 60_000)
        .env("KEFU_CHAT__BOT_AWAY_MS", 120_000)
}

/// Impatient with its store, so that a test need not wait long for what must end.
pub fn impatient(options: Options) -> Options {
    options
        .env("KEFU_STORE__CONNECT_TIMEOUT_MS", 400)
        .env("KEFU_STORE__ACQUIRE_TIMEOUT_MS", 400)
        .env("KEFU_STORE__STATEMENT_TIMEOUT_MS", 500)
        .env("KEFU_STORE__TRANSACTION_TIMEOUT_MS", 600)
        .env("KEFU_STORE__RETRY_MS", 50)
        .env("KEFU_CHAT__WRITER_RETRY_MS", 800)
        .env("KEFU_CHAT__LIMITS__ACKNOWLEDGEMENT_MS", 1_500)
}

/// On the store of this URL.
pub fn on(url: &str, mut options: Options) -> Options {
    options.args = vec!["--store".into(), url.into()];
    options
}

/// A new history of a run with a printed seed.
pub fn history() -> Arc<History> {
    Arc::new(History::new(seed()))
}

/// A crowd before a service.
pub async fn crowd(service: &Service, count: usize) -> Crowd {
    Crowd::gather(&Place::new(&service.base), &history(), count).await
}

/// Waits until it is so.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so().await {
        assert!(Instant::now() < deadline, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// A counter or gauge of the service, the sum of its lines with all these labels.
pub async fn metric(api: &Api, name: &str, labels: &str) -> f64 {
    let Ok(text) = api.text("/metrics").await else {
        return 0.0;
    };
    let values = text
        .lines()
        .filter(|line| line.starts_with(name) && line.contains(labels));
    values
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// SQLite finds nothing wrong with the file.
pub async fn assert_sound(database: &Path) {
    let url = format!("sqlite://{}", database.display());
    let mut connection = SqliteConnection::connect(&url).await.expect("it opens");
    let check = sqlx::query_scalar("PRAGMA integrity_check");
    let verdict: String = check.fetch_one(&mut connection).await.expect("it runs");
    assert_eq!(verdict, "ok");
}
