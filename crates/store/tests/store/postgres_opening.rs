//! Databases that are not opened, what is said about each, and that nothing in them changes.

use std::time::Duration;

use kefu_chat::store::Store as _;
use kefu_store::{OpenError, PostgresOptions, PostgresStore};
use kefu_tests::{Database, Postgres};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use crate::{
    rows::{TENANT, tenant},
    stores::{patient, postgres, server},
};

async fn refused(options: PostgresOptions) -> OpenError {
    match PostgresStore::open(options).await {
        Ok(_) => panic!("it must not open"),
        Err(error) => error,
    }
}

async fn run(database: &Database, sql: &str) {
    let mut connection = database.connect().await;
    let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
    done.expect("the statement works");
}

/// Names of all tables, so that what was added or dropped shows.
async fn tables(database: &Database) -> Vec<String> {
    let sql = "SELECT table_name::text FROM information_schema.tables \
               WHERE table_schema = 'public' ORDER BY 1";
    let rows = database.connect().await.fetch_all(sql).await;
    let rows = rows.expect("readable");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let server = server().await;
    let database = server.database().await;
    postgres(patient(database.url())).await.close().await;
    run(
        &database,
        "INSERT INTO kefu_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', true, '\\x00', 0)",
    )
    .await;
    let error = refused(patient(database.url())).await;
    assert!(
        matches!(error, OpenError::Newer { found: 9999, .. }),
        "{error}"
    );
    assert!(!error.is_passing());
}

#[tokio::test]
async fn a_database_with_other_programs_tables_under_our_names_is_refused_and_left_as_it_is() {
    let server = server().await;
    for (sql, named) in [
        (
            "CREATE TABLE messages (id int); INSERT INTO messages VALUES (7)",
            "messages",
        ),
        (
            "CREATE TABLE kefu_migrations (version bigint, description text, success bool, checksum bytea, \
             execution_time bigint); INSERT INTO kefu_migrations VALUES (1, 'theirs', true, '\\x01', 0)",
            "layout 1",
        ),
    ] {
        let database = server.database().await;
        run(&database, sql).await;
        let before = tables(&database).await;
        let error = refused(patient(database.url())).await;
        let said = error.to_string();
        assert!(matches!(error, OpenError::Foreign { .. }), "{said}");
        assert!(
            said.contains(named) && said.contains("Nothing was changed"),
            "{said}"
        );
        assert_eq!(tables(&database).await, before);
    }
}

#[tokio::test]
async fn a_database_that_lost_a_table_is_refused() {
    let server = server().await;
    let database = server.database().await;
    postgres(patient(database.url())).await.close().await;
    let before = tables(&database).await;
    for table in ["messages", "sessions", "catalogue_versions"] {
        assert!(before.iter().any(|name| name == table), "{before:?}");
        let copy = server.copy_of(&database).await;
        run(&copy, &format!("DROP TABLE {table} CASCADE")).await;
        let error = refused(patient(copy.url())).await;
        let said = error.to_string();
        assert!(matches!(error, OpenError::Corrupt { .. }), "{said}");
        assert!(said.contains(&format!("\"{table}\" is missing")), "{said}");
    }
}

#[tokio::test]
async fn beside_other_programs_tables_there_is_room() {
    let server = server().await;
    let database = server.database().await;
    // Other programs on the same library keep their record under its usual name.
    run(
        &database,
        "CREATE TABLE shop (id int); CREATE TABLE _sqlx_migrations (id int)",
    )
    .await;
    let store = postgres(patient(database.url())).await;
    store.apply(&[tenant(1)]).await.expect("it works");
    assert_eq!(store.tenant("t1").await, Ok(Some(TENANT)));
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let server = server().await;
    let database = server.database_in("SQL_ASCII").await;
    let error = refused(patient(database.url())).await;
    let said = error.to_string();
    assert!(matches!(error, OpenError::Encoding { .. }), "{said}");
    assert!(
        said.contains("SQL_ASCII") && said.contains("UTF8"),
        "{said}"
    );
    assert!(tables(&database).await.is_empty());
}

#[tokio::test]
async fn a_server_that_forgets_is_refused_by_its_settings_name_unless_it_is_allowed() {
    let server = Postgres::start_with(&["fsync=off"]).await;
    let database = server.database().await;
    let error = refused(patient(database.url())).await;
    let said = error.to_string();
    assert!(matches!(error, OpenError::Forgetful { .. }), "{said}");
    assert!(
        said.contains("fsync") && said.contains("store.unsafe_commits_allowed"),
        "{said}"
    );
    let allowed = PostgresOptions {
        unsafe_commits_allowed: true,
        ..patient(database.url())
    };
    let store = postgres(allowed).await;
    assert_eq!(store.probe().await, Ok(()));
}

#[tokio::test]
async fn commits_that_do_not_wait_for_the_disk_are_refused() {
    let server = server().await;
    let database = server.database().await;
    let url = format!(
        "{}&options[synchronous_commit]=off",
        with_query(&database.url())
    );
    let error = refused(patient(url)).await;
    assert!(error.to_string().contains("synchronous_commit"), "{error}");
}

fn with_query(url: &str) -> String {
    if url.contains('?') {
        return url.to_owned();
    }
    format!("{url}?application_name=kefu")
}

#[tokio::test]
async fn a_schema_of_its_own_is_enough() {
    let server = server().await;
    let database = server.database().await;
    run(
        &database,
        "CREATE SCHEMA desk; CREATE TABLE users (theirs int)",
    )
    .await;
    let url = format!("{}&options[search_path]=desk", with_query(&database.url()));
    let store = postgres(patient(url)).await;
    store.apply(&[tenant(1)]).await.expect("it works");
    assert_eq!(tables(&database).await, ["users"]);
}

#[tokio::test]
async fn what_was_stored_is_there_after_closing() {
    let server = server().await;
    let database = server.database().await;
    let store = postgres(patient(database.url())).await;
    store.apply(&[tenant(1)]).await.expect("it works");
    store.close().await;
    let store = postgres(patient(database.url())).await;
    assert_eq!(store.tenant("t1").await, Ok(Some(TENANT)));
    assert_eq!(store.ceiling().await, Ok(1));
}

#[tokio::test]
async fn a_server_that_is_away_may_come_and_a_database_that_is_not_there_will_not() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = nobody.local_addr().expect("an address").port();
    let quick = PostgresOptions {
        url: format!("postgres://kefu:geheim@127.0.0.1:{port}/kefu"),
        connect: Duration::from_millis(300),
        ..PostgresOptions::default()
    };
    // Somebody listens and never answers; then nobody listens.
    let silent = refused(quick.clone()).await;
    drop(nobody);
    let absent = refused(quick).await;
    for error in [silent, absent] {
        let said = error.to_string();
        assert!(error.is_passing(), "{said}");
        assert!(
            said.contains(&port.to_string()) && !said.contains("geheim"),
            "{said}"
        );
    }
    let server = server().await;
    let database = server.database().await;
    let url = database.url().replace("/kefu_test_", "/kefu_never_");
    let error = refused(patient(url)).await;
    assert!(!error.is_passing(), "{error}");
    assert!(error.to_string().contains("kefu_never_"), "{error}");
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_not_repeated() {
    for url in [
        "postgres://kefu:geheim@[oops/kefu",
        "postgres://kefu:geheim@h/k?sslmode=geheim",
    ] {
        let said = refused(patient(url.to_owned())).await.to_string();
        assert!(
            said.contains("store.url") && !said.contains("geheim"),
            "{said}"
        );
    }
}
