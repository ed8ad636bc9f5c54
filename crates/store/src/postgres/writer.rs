//! The one connection that writes, and what it must remember between calls.

use kefu_chat::store::{Change, Outcome, StoreError};
use sqlx::{Executor as _, PgConnection};
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    apply::{Decided, decide},
    bulk::Written,
    connect::{Connector, Held, Use},
    doubt::{self, Doubt},
    error::{is_doubtful, late, sort},
};

/// How often a batch is decided anew because other cores were quicker.
const DECISIONS_MAX: usize = 4;

/// Without the server's own limit, which would end the wait for a standby and call that a success.
/// Ours ends it as a doubt.
const COMMIT: &str = "SET LOCAL statement_timeout = 0; COMMIT";

/// A connection is taken out while it is used and put back when all went well; a call that is
/// dropped half way, or that is late, closes it, and the server rolls back.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) connector: Connector,
    pub(crate) held: Option<Held>,
    /// The id of this writer's row.
    pub(crate) id: Option<String>,
    /// Of the newest batch.
    pub(crate) number: i64,
    pub(crate) doubt: Option<Doubt>,
}

/// A transaction before its commit, or what was found out without one.
enum Prepared {
    Open(Held, Vec<Outcome>),
    Done(Held, Vec<Outcome>),
}

/// Whether the connection is of use after an error, which goes on to the caller.
struct Failed {
    held: Option<Held>,
    error: StoreError,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self { held: None, error }
    }
}

impl Writer {
    pub(crate) async fn apply(&mut self, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        let deadline = Instant::now() + self.connector.options.transaction;
        let prepared = match timeout_at(deadline, self.prepare(changes)).await {
            Ok(prepared) => prepared,
            Err(_) => return Err(late("the database did not take the changes")),
        };
        match prepared {
            Ok(Prepared::Open(held, outcomes)) => self.commit(held, changes, outcomes).await,
            Ok(Prepared::Done(held, outcomes)) => {
                self.held = Some(held.rested());
                Ok(outcomes)
            }
            Err(failed) => {
                self.held = failed.held.map(Held::rested);
                Err(failed.error)
            }
        }
    }

    /// A small durable write.
    pub(crate) async fn probe(&mut self) -> Result<(), StoreError> {
        let limit = self.connector.options.transaction;
        let trial = async {
            let mut held = self.connection().await?;
            let id = self.registered(&mut held).await?;
            run(&mut held.connection, "BEGIN").await.map_err(sort)?;
            let query = sqlx::query("UPDATE writers SET touched_at = now() WHERE id = $1");
            let done = query.bind(&id).execute(&mut held.connection).await;
            if done.map_err(sort)?.rows_affected() == 0 {
                self.id = None;
                return Err(forgotten());
            }
            run(&mut held.connection, COMMIT).await.map_err(sort)?;
            self.held = Some(held.rested());
            Ok(())
        };
        let late = |_| Err(late("the database did not answer"));
        timeout(limit, trial).await.unwrap_or_else(late)
    }

    async fn connection(&mut self) -> Result<Held, StoreError> {
        match self.held.take().filter(Held::is_fresh) {
            Some(held) => Ok(held),
            None => self.connector.reconnect(Use::Write).await,
        }
    }

    async fn registered(&mut self, held: &mut Held) -> Result<String, StoreError> {
        if let Some(id) = &self.id {
            return Ok(id.clone());
        }
        let id = doubt::register(&mut held.connection).await?;
        self.id = Some(id.clone());
        Ok(id)
    }

    async fn prepare(&mut self, changes: &[Change]) -> Result<Prepared, Failed> {
        let mut held = self.connection().await?;
        let id = self.registered(&mut held).await?;
        if let Some(doubt) = &self.doubt {
            let is_stored = doubt::is_stored(&mut held.connection, &id, doubt.number).await?;
            // Asked and answered. A caller who was told to try again does so with the same changes.
            let doubt = self.doubt.take();
            if let Some(doubt) = doubt.filter(|doubt| is_stored && doubt.changes == changes) {
                return Ok(Prepared::Done(held, doubt.outcomes));
            }
        }
        let mut last = Written::Whole;
        for _ in 0..DECISIONS_MAX {
            self.number += 1;
            last = match self.decide(held, changes, &id).await? {
                (back, Decided::Write(outcomes)) => return Ok(Prepared::Open(back, outcomes)),
                (back, Decided::Nothing(outcomes)) => return Ok(Prepared::Done(back, outcomes)),
                (back, Decided::Again(written)) => {
                    held = back;
                    written
                }
            };
            if last == Written::Forgotten {
                self.id = None;
                break;
            }
        }
        Err(Failed {
            held: Some(held),
            error: gave_up(last),
        })
    }

    /// One transaction up to its commit. Where there is nothing to commit it is closed.
    async fn decide(
        &self,
        mut held: Held,
        changes: &[Change],
        id: &str,
    ) -> Result<(Held, Decided), Failed> {
        let search = self.connector.options.search;
        let connection = &mut held.connection;
        run(connection, "BEGIN ISOLATION LEVEL READ COMMITTED")
            .await
            .map_err(sort)?;
        match decide(connection, changes, (id, self.number), search).await {
            Ok(Decided::Write(outcomes)) => Ok((held, Decided::Write(outcomes))),
            Ok(other) => {
                run(connection, "ROLLBACK").await.map_err(sort)?;
                Ok((held, other))
            }
            // The server refuses these changes, not this connection.
            Err(error @ StoreError::Rejected(_)) => {
                let is_well = run(connection, "ROLLBACK").await.is_ok();
                Err(Failed {
                    held: is_well.then_some(held),
                    error,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn commit(
        &mut self,
        mut held: Held,
        changes: &[Change],
        outcomes: Vec<Outcome>,
    ) -> Result<Vec<Outcome>, StoreError> {
        let limit = self.connector.options.statement;
        let error = match timeout(limit, run(&mut held.connection, COMMIT)).await {
            Ok(Ok(())) => {
                self.held = Some(held.rested());
                return Ok(outcomes);
            }
            Ok(Err(error)) if !is_doubtful(&error) => return Err(sort(error)),
            Ok(Err(error)) => sort(error),
            Err(_) => late("the database did not say that it had stored the changes"),
        };
        self.doubt = Some(Doubt {
            number: self.number,
            changes: changes.to_vec(),
            outcomes,
        });
        Err(match error {
            StoreError::Full(reason) => StoreError::Full(reason),
            other => StoreError::Retryable(format!(
                "it is not known yet whether it was stored: {other}"
            )),
        })
    }
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    connection.execute(sqlx::raw_sql(sql)).await.map(drop)
}

fn gave_up(why: Written) -> StoreError {
    match why {
        Written::Clash => {
            StoreError::Rejected("a message's client id or sequence is taken".to_owned())
        }
        Written::Forgotten => forgotten(),
        Written::Moved | Written::Whole => {
            StoreError::Retryable("other cores write the same conversations".to_owned())
        }
    }
}

fn forgotten() -> StoreError {
    StoreError::Retryable("the database has forgotten this writer, as after a restore".to_owned())
}
