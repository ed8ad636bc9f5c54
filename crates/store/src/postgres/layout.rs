//! The tables: whose they are, how old, and bringing them up to date.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use sqlx::{
    Executor as _, PgConnection, Row as _,
    migrate::{MigrateError, Migrator},
};

use super::{connect::Connector, error::sqlstate};
use crate::OpenError;

static FILES: Migrator = sqlx::migrate!("migrations/postgres");

/// Where applied migrations are kept; other programs on sqlx keep theirs under its own name.
const APPLIED: &str = "kefu_migrations";
/// Tables of the first layout: that they are there without our record of it says that they are
/// somebody else's.
const OURS: [&str; 5] = ["tenants", "users", "conversations", "messages", "writers"];
/// How often a layout is looked at again because another core brings it up to date, and the pause.
const LOOKS_MAX: usize = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// Nothing is locked: two cores that open an empty database at once both try, and the one that
/// loses looks again. Each migration is a transaction together with the record of it.
fn migrations() -> Migrator {
    Migrator {
        migrations: Cow::Borrowed(&FILES.migrations),
        locking: false,
        table_name: Cow::Borrowed(APPLIED),
        ..Migrator::DEFAULT
    }
}

/// Looks first, and changes only what is ours and older.
pub(crate) async fn bring_up_to_date(
    connector: &Connector,
    connection: &mut PgConnection,
) -> Result<(), OpenError> {
    let refused = |error: &sqlx::Error| connector.refused(error);
    for _ in 0..LOOKS_MAX {
        if is_current(connector, connection).await? {
            return Ok(());
        }
        // A large table may take longer than any statement of the day's work.
        let unhurried = "SET statement_timeout = 0; SET lock_timeout = 0";
        let set = connection.execute(sqlx::raw_sql(unhurried)).await;
        set.map_err(|error| refused(&error))?;
        tracing::info!(database = connector.place, "bringing the tables up to date");
        match migrations().run_direct(None, connection, false).await {
            Ok(()) => return Ok(()),
            Err(error) if is_race(&error) => tokio::time::sleep(PAUSE).await,
            Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
                return Err(refused(&error));
            }
            Err(other) => {
                return Err(OpenError::Cannot {
                    place: connector.place.clone(),
                    reason: other.to_string(),
                });
            }
        }
    }
    Err(connector.away("another core brings the tables up to date"))
}

/// Whether every migration is applied.
async fn is_current(
    connector: &Connector,
    connection: &mut PgConnection,
) -> Result<bool, OpenError> {
    let refused = |error: sqlx::Error| connector.refused(&error);
    let place = || connector.place.clone();
    let tables = tables(connection).await.map_err(refused)?;
    if !tables.iter().any(|name| name == APPLIED) {
        return match OURS
            .into_iter()
            .find(|our| tables.iter().any(|name| name == our))
        {
            Some(table) => Err(OpenError::Foreign {
                place: place(),
                found: format!("a table \"{table}\""),
            }),
            None => Ok(false),
        };
    }
    let applied = applied(connection).await.map_err(refused)?;
    let known: BTreeMap<i64, &[u8]> = FILES.iter().map(|m| (m.version, &*m.checksum)).collect();
    let newest = known.keys().next_back().copied().unwrap_or(0);
    for (version, checksum) in &applied {
        match known.get(version) {
            Some(ours) if ours == checksum => {}
            None if *version > newest => {
                return Err(OpenError::Newer {
                    place: place(),
                    found: applied.keys().next_back().copied().unwrap_or(*version),
                    known: newest,
                });
            }
            _ => {
                return Err(OpenError::Foreign {
                    place: place(),
                    found: format!("a layout {version} that this program never wrote"),
                });
            }
        }
    }
    // Looked at after the record: another core may have made both between the two looks.
    let tables = self::tables(connection).await.map_err(refused)?;
    let missing = |made: &&str| !tables.iter().any(|table| table == made);
    if let Some(table) = made_by(&applied).find(missing) {
        return Err(OpenError::Corrupt {
            place: place(),
            reason: format!("its table \"{table}\" is missing"),
        });
    }
    Ok(applied.len() == known.len())
}

async fn tables(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let sql = "SELECT table_name::text AS name FROM information_schema.tables \
               WHERE table_schema = current_schema()";
    let rows = connection.fetch_all(sql).await?;
    rows.iter().map(|row| row.try_get("name")).collect()
}

/// The tables that applied migrations have made: none is ever dropped.
fn made_by(applied: &BTreeMap<i64, Vec<u8>>) -> impl Iterator<Item = &'static str> {
    let texts = FILES
        .iter()
        .filter(|migration| applied.contains_key(&migration.version))
        .flat_map(|migration| migration.sql.as_str().split("CREATE TABLE ").skip(1));
    texts.filter_map(|rest| rest.split([' ', '(', '\n']).next())
}

async fn applied(connection: &mut PgConnection) -> Result<BTreeMap<i64, Vec<u8>>, sqlx::Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT version, checksum FROM {APPLIED}"));
    let rows = connection.fetch_all(sql).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("version")?, row.try_get("checksum")?)))
        .collect()
}

/// Whether another core was making the same tables at the same time.
fn is_race(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    // A table, column, index or catalogue row that has just appeared; a transaction that lost.
    let codes = [
        "42P07", "42701", "42710", "23505", "40001", "40P01", "42P06",
    ];
    sqlstate(error).is_some_and(|code| codes.contains(&code.as_str()))
}
