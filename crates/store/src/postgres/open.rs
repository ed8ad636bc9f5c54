//! Opening: look first, then touch.

use kefu_chat::store::StoreError;
use sqlx::Connection as _;
use tokio::{sync::Mutex, time::timeout};

use super::{
    PostgresOptions,
    connect::{Connector, Use},
    doubt, layout,
    readers::Readers,
    search,
    writer::Writer,
};
use crate::OpenError;

/// The database.
#[derive(Debug)]
pub struct PostgresStore {
    pub(crate) writer: Mutex<Writer>,
    pub(crate) readers: Readers,
}

impl PostgresStore {
    /// Connects and brings the layout up to date. Ends within the times of `options`.
    ///
    /// # Errors
    /// [`OpenError::Away`] when the same call may succeed later; otherwise somebody must change
    /// something. Nothing that others wrote was changed.
    pub async fn open(options: PostgresOptions) -> Result<Self, OpenError> {
        let connector = Connector::new(options)?;
        let mut held = connector.connect(Use::Read).await?;
        let work = layout::bring_up_to_date(&connector, &mut held.connection);
        match timeout(connector.options.migration, work).await {
            Ok(done) => done?,
            Err(_) => return Err(connector.away("the tables were not brought up to date in time")),
        }
        // It was told to be patient; the next one is not.
        let _ = timeout(connector.options.statement, held.connection.close()).await;
        let mut held = connector.connect(Use::Write).await?;
        let registering = doubt::register(&mut held.connection);
        let id = match timeout(connector.options.statement, registering).await {
            Ok(Ok(id)) => id,
            Ok(Err(StoreError::Retryable(reason) | StoreError::Full(reason))) => {
                return Err(connector.away(&reason));
            }
            Ok(Err(other)) => {
                return Err(OpenError::Cannot {
                    place: connector.place.clone(),
                    reason: other.to_string(),
                });
            }
            Err(_) => return Err(connector.away("the database did not answer in time")),
        };
        let settling = search::settle(&mut held.connection, connector.options.search);
        match timeout(connector.options.statement, settling).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(connector.away(&error.to_string())),
            Err(_) => return Err(connector.away("the database did not answer in time")),
        }
        tracing::info!(database = connector.place, "the store is open");
        Ok(Self {
            readers: Readers::new(connector.clone()),
            writer: Mutex::new(Writer {
                connector,
                held: Some(held),
                id: Some(id),
                number: 0,
                doubt: None,
            }),
        })
    }

    /// Where the database is, without the password.
    pub async fn place(&self) -> String {
        self.writer.lock().await.connector.place.clone()
    }

    /// Says goodbye on all connections. Everything is durable without it, too.
    pub async fn close(self) {
        self.readers.close().await;
        let writer = self.writer.into_inner();
        if let Some(held) = writer.held {
            let _ = timeout(writer.connector.options.statement, held.connection.close()).await;
        }
    }
}
