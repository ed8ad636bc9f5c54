//! Connections for reading. A reader never waits for the writer, and none waits for ever.

use std::sync::{Mutex, PoisonError};

use kefu_chat::store::StoreError;
use sqlx::{
    Connection as _, Postgres,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    connect::{Connector, Held, Use},
    error::{is_lost, late, sort},
};

/// One question, made anew for every try.
pub(crate) type Question = Query<'static, Postgres, PgArguments>;

#[derive(Debug)]
pub(crate) struct Readers {
    connector: Connector,
    places: Semaphore,
    idle: Mutex<Vec<Held>>,
}

impl Readers {
    pub(crate) fn new(connector: Connector) -> Self {
        let places = connector.options.readers.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            connector,
            places: Semaphore::new(places),
            idle: Mutex::default(),
        }
    }

    /// Whether what is written is indexed for searches.
    pub(crate) const fn indexes(&self) -> bool {
        self.connector.options.search
    }

    /// All rows that answer. A call that is late or dropped closes its connection.
    pub(crate) async fn rows(
        &self,
        question: impl Fn() -> Question,
    ) -> Result<Vec<PgRow>, StoreError> {
        let options = &self.connector.options;
        let Ok(Ok(_place)) = timeout(options.acquire, self.places.acquire()).await else {
            return Err(late("no connection for reading became free"));
        };
        let limit = options.connect + options.statement;
        let late = |_| Err(late("the database did not answer"));
        timeout(limit, self.ask(question))
            .await
            .unwrap_or_else(late)
    }

    /// The first row, if any.
    pub(crate) async fn row(
        &self,
        question: impl Fn() -> Question,
    ) -> Result<Option<PgRow>, StoreError> {
        Ok(self.rows(question).await?.into_iter().next())
    }

    /// Connections that a restarted server has forgotten are passed over: as many tries as there
    /// are idle ones, and one.
    async fn ask(&self, question: impl Fn() -> Question) -> Result<Vec<PgRow>, StoreError> {
        loop {
            let (mut held, is_reused) = match self.take() {
                Some(held) => (held, true),
                None => (self.connector.reconnect(Use::Read).await?, false),
            };
            match question().fetch_all(&mut held.connection).await {
                Ok(rows) => {
                    self.idle().push(held.rested());
                    return Ok(rows);
                }
                Err(error) if is_lost(&error) && is_reused => {}
                Err(error) => return Err(sort(error)),
            }
        }
    }

    fn take(&self) -> Option<Held> {
        let mut idle = self.idle();
        while let Some(held) = idle.pop() {
            if held.is_fresh() {
                return Some(held);
            }
        }
        None
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Held>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says goodbye on all idle connections.
    pub(crate) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for held in idle {
            // The server notices all the same when it cannot be told.
            let _ = timeout(self.connector.options.statement, held.connection.close()).await;
        }
    }
}
