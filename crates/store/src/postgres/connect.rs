//! Connections, each told how long anything may take and asked whether it keeps what it commits.

use std::{str::FromStr as _, time::Duration};

use kefu_chat::store::StoreError;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, Row as _,
    postgres::{PgConnectOptions, PgRow},
};
use tokio::time::{Instant, timeout};

use super::{
    PostgresOptions,
    error::{is_lost, sqlstate},
    nodelay,
};
use crate::OpenError;

/// A connection that rested longer is not trusted: something on the way may have forgotten it.
const REST_MAX: Duration = Duration::from_secs(300);
/// Prepared statements that a connection keeps. There are fewer.
const STATEMENTS_MAX: usize = 64;

/// Whatever is asked often has an index. A server that has not counted young tables yet, or thinks
/// little of indexes, reads them whole instead, and keeps to that plan while they grow (ADR 39).
const BY_RANGES: &str = "SET enable_seqscan = off; SET jit = off";
/// All that a batch looks up has its key, and one plan serves all batches: making it takes longer
/// than following it.
const BY_KEYS: &str = "SET enable_seqscan = off; SET jit = off; SET enable_hashjoin = off; \
                       SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan";
/// SQLSTATE `undefined_object`, for a setting, too.
const UNKNOWN_SETTING: &str = "42704";

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Pages, searches, and changes of the layout.
    Read,
    /// Batches.
    Write,
}

/// Makes connections.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    connect: PgConnectOptions,
    pub(crate) options: PostgresOptions,
    /// Where, for people: without the password.
    pub(crate) place: String,
}

/// A connection and when it was last used.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) connection: PgConnection,
    used_at: Instant,
}

impl Held {
    /// Used just now.
    pub(crate) fn rested(mut self) -> Self {
        self.used_at = Instant::now();
        self
    }

    pub(crate) fn is_fresh(&self) -> bool {
        self.used_at.elapsed() < REST_MAX
    }
}

impl Connector {
    pub(crate) fn new(options: PostgresOptions) -> Result<Self, OpenError> {
        let mut connect = PgConnectOptions::from_str(&options.url).map_err(|_| {
            // The parser's own words may quote what it could not read, a password among it.
            OpenError::Address {
                reason: "it is no URL of the form postgres://user@host:5432/database".to_owned(),
            }
        })?;
        if let Some(password) = &options.password {
            connect = connect.password(password);
        }
        if connect.get_application_name().is_none() {
            connect = connect.application_name("kefu");
        }
        let place = place(&connect);
        Ok(Self {
            connect: connect
                .statement_cache_capacity(STATEMENTS_MAX)
                .disable_statement_logging(),
            options,
            place,
        })
    }

    /// A new connection, ready to be used.
    pub(crate) async fn connect(&self, wanted: Use) -> Result<Held, OpenError> {
        let making = async {
            let mut connection = self.connect.connect().await?;
            let said = connection.fetch_all(self.greeting()).await?;
            plan(&mut connection, wanted).await?;
            Ok::<_, sqlx::Error>((connection, said))
        };
        let made = timeout(self.options.connect, making).await;
        let (connection, said) = match made {
            Ok(made) => made.map_err(|error| self.refused(&error))?,
            Err(_) => return Err(self.away("no connection in time")),
        };
        self.without_delay();
        self.check(said.last())?;
        Ok(Held {
            connection,
            used_at: Instant::now(),
        })
    }

    /// Nothing waits for the server's delayed acknowledgement. Where that cannot be had, it is slower.
    fn without_delay(&self) {
        if self.connect.get_socket().is_some() {
            return;
        }
        if let Err(error) = nodelay::set(self.connect.get_port()) {
            let hint = "a Unix socket (?host=/directory) needs none";
            tracing::warn!(%error, hint, "TCP_NODELAY cannot be set: large batches wait 40 ms");
        }
    }

    /// The same while serving: an error for the core.
    pub(crate) async fn reconnect(&self, wanted: Use) -> Result<Held, StoreError> {
        self.connect(wanted).await.map_err(|error| match error {
            OpenError::Away { reason, .. } => StoreError::Retryable(reason),
            // A setting that somebody changed; when they change it back, it heals.
            unsafe_or_foreign => StoreError::Retryable(unsafe_or_foreign.to_string()),
        })
    }

    /// Limits, then questions, in one round trip.
    fn greeting(&self) -> sqlx::RawSql {
        let millis = |limit: Duration| limit.as_millis().max(1);
        let statement = millis(self.options.statement);
        // A transaction that this process left behind must not hold its locks for long.
        let idle = millis(self.options.statement + self.options.transaction);
        sqlx::raw_sql(AssertSqlSafe(format!(
            "SET statement_timeout = {statement}; SET lock_timeout = {statement}; \
             SET idle_in_transaction_session_timeout = {idle}; \
             SELECT current_setting('server_encoding', true) AS encoding, \
             current_setting('fsync', true) AS fsync, \
             current_setting('synchronous_commit', true) AS commits"
        )))
    }

    /// Whether the server can be trusted with texts and with what it acknowledges. A server of
    /// another make, which does not know a setting, has nothing to switch off.
    fn check(&self, said: Option<&PgRow>) -> Result<(), OpenError> {
        let setting = |name: &str| -> Option<String> { said?.try_get(name).ok() };
        let encoding = setting("encoding").unwrap_or_else(|| "unknown".to_owned());
        if !encoding.replace('-', "").eq_ignore_ascii_case("utf8") {
            return Err(OpenError::Encoding {
                place: self.place.clone(),
                found: encoding,
            });
        }
        for (column, name) in [("fsync", "fsync"), ("commits", "synchronous_commit")] {
            let is_off = setting(column).is_some_and(|value| value == "off");
            if is_off && !self.options.unsafe_commits_allowed {
                return Err(OpenError::Forgetful {
                    place: self.place.clone(),
                    setting: name.to_owned(),
                });
            }
        }
        Ok(())
    }

    pub(crate) fn away(&self, reason: &str) -> OpenError {
        OpenError::Away {
            place: self.place.clone(),
            reason: reason.to_owned(),
        }
    }

    /// An error on the way in: either the server is away, or it will refuse for ever.
    pub(crate) fn refused(&self, error: &sqlx::Error) -> OpenError {
        let credentials = sqlstate(error).is_some_and(|code| code.starts_with("28"));
        let is_tls = matches!(error, sqlx::Error::Tls(_));
        let reason = error.to_string();
        if !credentials && !is_tls && (is_lost(error) || is_busy(error)) {
            return self.away(&reason);
        }
        OpenError::Cannot {
            place: self.place.clone(),
            reason,
        }
    }
}

/// A server of another make, which does not know a setting, goes by its own lights.
async fn plan(connection: &mut PgConnection, wanted: Use) -> Result<(), sqlx::Error> {
    let settings = match wanted {
        Use::Read => BY_RANGES,
        Use::Write => BY_KEYS,
    };
    match connection.execute(sqlx::raw_sql(settings)).await {
        Err(error) if sqlstate(&error).as_deref() != Some(UNKNOWN_SETTING) => Err(error),
        _ => Ok(()),
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let busy = ["53200", "53300", "25006", "55P03", "40001", "57014"];
    sqlstate(error).is_some_and(|code| busy.contains(&code.as_str()))
}

/// `postgres://kefu@db:5432/kefu`, without the password.
fn place(connect: &PgConnectOptions) -> String {
    let user = connect.get_username();
    let database = connect.get_database().unwrap_or(user);
    match connect.get_socket() {
        Some(socket) => format!("postgres://{user}@/{database} on {}", socket.display()),
        None => format!(
            "postgres://{user}@{}:{}/{database}",
            connect.get_host(),
            connect.get_port()
        ),
    }
}
