//! How PostgreSQL goes about what is asked often: by ranges of indexes, wherever the page is.

use kefu_chat::store::Page;
use kefu_tests::{Database, Postgres};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

use super::{PostgresOptions, PostgresStore, history, missed, search};
use crate::rows::{MESSAGE, METADATA};

/// Messages of the long conversation: 10,000 pages of three.
const MESSAGES: u64 = 30_000;

/// Two conversations, a long and a short one, as the server has them after a while.
const ROWS: &str = "
    INSERT INTO tenants (id, name) VALUES (1, 't');
    INSERT INTO visitors (tenant_id, id, name, created_at_ms) SELECT 1, n, '', 0 FROM generate_series(1, 300) AS n;
    INSERT INTO conversations (tenant_id, id, visitor_id, visitor_name, version, stamp, last_seq, answered_seq,
        turn_version, phase, needs_care, state, agent_id, agent_name, owner_id, handoff_reason, created_at_ms,
        updated_at_ms, queued_at_ms, assigned_at_ms, preview, last_sender, language, page_language)
    SELECT 1, n, n, '', 1, n, 30000, 0, 0, 1, FALSE, '{}', 0, '', 0, '', 0, 0, 0, 0, '', 1, 'zh', 'zh'
        FROM generate_series(1, 300) AS n;
    INSERT INTO messages (tenant_id, conversation_id, seq, id, sender, sender_id, sender_name, client_id,
        created_at_ms, body) SELECT 1, 1, n, n, 1, 1, '', '', 0, '\x0a00' FROM generate_series(1, 30000) AS n;
    INSERT INTO messages (tenant_id, conversation_id, seq, id, sender, sender_id, sender_name, client_id,
        created_at_ms, body) SELECT 1, 2, n, 100000 + n, 1, 1, '', '', 0, '\x0a00' FROM generate_series(1, 3000) AS n;
    INSERT INTO cursors (tenant_id, conversation_id, sender, sender_id, device_id, delivered_seq, read_seq, moved_at_ms)
        SELECT 1, n, 3, p, d, 9, 9, 0 FROM generate_series(1, 300) AS n, generate_series(1, 9) AS p,
        unnest(ARRAY['', 'a', 'b']) AS d;
    INSERT INTO search_messages (tenant_id, id, conversation_id, seq, terms)
        SELECT 1, n, 1, n, CAST('common n' || n AS tsvector) FROM generate_series(1, 30000) AS n;
    ANALYZE";

async fn filled() -> (Postgres, Database, PgConnection) {
    let server = Postgres::find().await;
    let database = server.database().await;
    let long = std::time::Duration::from_secs(60);
    let options = PostgresOptions {
        url: database.url(),
        connect: long,
        statement: long,
        transaction: long,
        ..PostgresOptions::default()
    };
    drop(PostgresStore::open(options).await.expect("it opens"));
    let mut connection = database.connect().await;
    let filled = connection.execute(sqlx::raw_sql(ROWS)).await;
    filled.expect("rows are there");
    (server, database, connection)
}

/// The plan for these values, and the one that the server would keep for all values.
async fn plans(connection: &mut PgConnection, sql: &str, values: &[&str]) -> [String; 2] {
    let mut plans = Vec::new();
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let types = vec!["unknown"; values.len()].join(", ");
        let statements = format!(
            "DEALLOCATE ALL; SET plan_cache_mode = {mode}; PREPARE asked ({types}) AS {sql}"
        );
        let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(statements)));
        done.await.expect("prepared");
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE asked ({})", values.join(", "));
        let lines = connection
            .fetch_all(sqlx::raw_sql(AssertSqlSafe(explain)))
            .await;
        let lines = lines.expect("explained");
        let lines = lines
            .iter()
            .map(|line| line.get::<String, _>(0).trim().to_owned());
        plans.push(lines.collect::<Vec<_>>().join("; "));
    }
    [plans.remove(0), plans.remove(0)]
}

#[tokio::test]
async fn every_page_of_a_history_is_one_range_of_the_primary_key() {
    let (_server, _database, mut connection) = filled().await;
    for columns in [MESSAGE, METADATA] {
        for (first, later) in [
            (Page::After(0), Page::After(MESSAGES - 3)),
            (Page::Before(u64::MAX), Page::Before(4)),
        ] {
            let mut shapes = Vec::new();
            for page in [first, later] {
                let (sql, seq) = history::ranged(columns, page);
                let seq = seq.to_string();
                for plan in plans(&mut connection, &sql, &["1", "1", &seq, "3"]).await {
                    assert!(
                        plan.contains("Scan") && plan.contains("using messages_pkey"),
                        "{plan}"
                    );
                    let range = plan.split("Index Cond:").nth(1).expect("a condition");
                    assert!(
                        range.contains("(seq "),
                        "the range begins at the page: {plan}"
                    );
                    assert!(!plan.contains("Sort") && !plan.contains("Filter"), "{plan}");
                    let scans = plan.split(" using ").next().expect("a scan");
                    shapes.push(scans.to_owned());
                }
            }
            shapes.dedup();
            assert_eq!(shapes.len(), 1, "page 1 and page 10,000 alike: {shapes:?}");
        }
    }
}

#[tokio::test]
async fn messages_are_found_by_the_index_of_ids_and_the_missed_by_the_person_s() {
    let (_server, _database, mut connection) = filled().await;
    let sql = history::by_ids();
    for plan in plans(&mut connection, &sql, &["1", "'{5,7,29000}'", "1"]).await {
        assert!(plan.contains("messages_by_id"), "{plan}");
    }
    let sql = missed::owned();
    for plan in plans(&mut connection, &sql, &["1", "5", "0", "20"]).await {
        assert!(plan.contains("conversations_by_owner"), "{plan}");
    }
    let sql = missed::behind();
    for plan in plans(&mut connection, &sql, &["1", "3", "5", "0", "10"]).await {
        assert!(plan.contains("cursors_by_person"), "{plan}");
        assert!(
            !plan.contains("messages"),
            "no message is looked at: {plan}"
        );
    }
}

#[tokio::test]
async fn a_search_looks_at_the_newest_and_then_asks_the_index_of_terms() {
    let (_server, _database, mut connection) = filled().await;
    // As on the product's own connections.
    let set = connection.execute("SET enable_seqscan = off").await;
    set.expect("a setting");
    let sql = search::found_sql();
    for words in ["'common'", "'n7'", "'nobody'"] {
        let values = ["1", "1000000", words, "50"];
        for plan in plans(&mut connection, &sql, &values).await {
            assert!(
                plan.contains("Index Scan Backward using search_messages_pkey"),
                "{plan}"
            );
            assert!(
                plan.contains("Bitmap Index Scan on search_by_terms"),
                "{plan}"
            );
            assert!(plan.contains("One-Time Filter"), "{plan}");
            assert!(!plan.contains("BitmapAnd"), "{plan}");
        }
    }
}
