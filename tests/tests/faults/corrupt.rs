//! Row 7: what is damaged at the start is refused by its name, and nothing of it is touched.

use std::{fs, path::Path};

use kefu_tests::{Ended, Options, Postgres, Service, generator, seed, workspace_root};
use rand::Rng as _;
use sqlx::{AssertSqlSafe, Executor as _};

use crate::common::{crowd, on, quick};

const UNUSABLE: Option<i32> = Some(78);

async fn refused(options: Options) -> Ended {
    match Service::try_start(options).await {
        Ok(_) => panic!("it must not start"),
        Err(ended) => ended,
    }
}

/// A service has served from it and ended.
async fn used(dir: &Path) {
    let mut service = Service::start(quick().data_dir(dir)).await;
    let mut crowd = crowd(&service, 2).await;
    for client in crowd.clients() {
        for _ in 0..20 {
            client.says(&"句".repeat(500)).await;
        }
    }
    service.terminate().await;
}

/// Cut short, cut to a part of a page, overwritten somewhere, another file altogether.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_file_is_refused_and_kept_byte_for_byte() {
    let mut random = generator(seed());
    let dir = tempfile::tempdir().expect("a directory");
    used(dir.path()).await;
    let file = dir.path().join("kefu.db");
    let whole = fs::read(&file).expect("read");
    let pages = whole.len() / 4096;
    let damages: [(&str, Vec<u8>); 4] = [
        (
            "truncated",
            whole[..4096 * random.random_range(2..pages / 2)].to_vec(),
        ),
        (
            "truncated in a page",
            whole[..4096 * (pages / 2) + 700].to_vec(),
        ),
        ("overwritten", {
            let mut bytes = whole.clone();
            // Some leaf of a tree that is full of rows.
            bytes[4096..4096 * pages / 2].fill(0x5A);
            bytes
        }),
        (
            "no database",
            b"this is a text, not a database, and long enough to be read".repeat(200),
        ),
    ];
    for (what, bytes) in damages {
        fs::write(&file, &bytes).expect("written");
        let ended = refused(quick().data_dir(dir.path())).await;
        assert_eq!(ended.code, UNUSABLE, "{what}: {}", ended.log);
        assert!(ended.log.contains("kefu.db"), "{what}: {}", ended.log);
        assert!(
            ended.log.contains("Nothing was changed"),
            "{what}: {}",
            ended.log
        );
        assert_eq!(
            fs::read(&file).expect("read"),
            bytes,
            "{what}: it was touched"
        );
    }
    fs::write(&file, &whole).expect("written");
    let service = Service::start(quick().data_dir(dir.path())).await;
    drop(service.kill_all().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_postgres_database_is_refused_and_left_as_it_is() {
    let server = Postgres::find().await;
    let damages = [
        ("DROP TABLE messages", "messages"),
        (
            "UPDATE kefu_migrations SET checksum = '\\x00' WHERE version = 1",
            "layout 1",
        ),
    ];
    let database = server.database().await;
    let mut service = Service::start(on(&database.url(), quick())).await;
    service.terminate().await;
    for (sql, named) in damages {
        let copy = server.copy_of(&database).await;
        let mut connection = copy.connect().await;
        let done = connection.execute(AssertSqlSafe(sql)).await;
        done.expect("the statement works");
        drop(connection);
        let ended = refused(on(&copy.url(), quick())).await;
        assert_eq!(ended.code, UNUSABLE, "{sql}: {}", ended.log);
        assert!(ended.log.contains(named), "{sql}: {}", ended.log);
        assert!(ended.log.contains("Nothing was changed"), "{}", ended.log);
    }
}

#[tokio::test]
async fn a_damaged_configuration_names_its_line() {
    let dir = tempfile::tempdir().expect("a directory");
    let whole = fs::read_to_string(workspace_root().join("config/kefu.toml")).expect("read");
    // In the middle of a text.
    let half = whole.find("在线客服").expect("it has a name");
    let cases = [
        ("cut", whole[..half].to_owned()),
        ("another kind", "node = [1, 2]\n".to_owned()),
        ("unknown", "[chat]\nno_such_key = 1\n".to_owned()),
        ("no text", "\u{0}\u{1}\u{2}".to_owned()),
    ];
    for (what, text) in cases {
        let file = dir.path().join("kefu.toml");
        fs::write(&file, &text).expect("written");
        let mut options = quick();
        options.args = vec!["--config".into(), file.display().to_string()];
        let ended = refused(options).await;
        assert_eq!(ended.code, UNUSABLE, "{what}: {}", ended.log);
        assert!(ended.log.contains("kefu.toml"), "{what}: {}", ended.log);
    }
}
