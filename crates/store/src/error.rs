//! Why a database cannot be used.

/// The database cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is no database, or a damaged one.
    #[error(
        "{place}: the database is damaged or is not a database ({reason}). Nothing was changed. \
         Restore a backup, or start with an empty one: move the file away, name another database"
    )]
    Corrupt {
        /// Which.
        place: String,
        /// What the database says.
        reason: String,
    },
    /// A newer version of this program wrote it.
    #[error(
        "{place}: the database has layout {found}, this version knows up to {known}. \
         Nothing was changed. Use the version that wrote it, or a newer one"
    )]
    Newer {
        /// Which.
        place: String,
        /// Its layout.
        found: i64,
        /// The newest layout known.
        known: i64,
    },
    /// Another program's tables are where ours would be.
    #[error(
        "{place}: the database belongs to another program: it has {found}. Nothing was changed. \
         Give this service a database (or a schema) of its own"
    )]
    Foreign {
        /// Which.
        place: String,
        /// What was found there.
        found: String,
    },
    /// It cannot hold every text.
    #[error(
        "{place}: the database's encoding is {found}; it must be UTF8. \
         Nothing was changed. CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding {
        /// Which.
        place: String,
        /// Its encoding.
        found: String,
    },
    /// It acknowledges what a power cut can take away.
    #[error(
        "{place}: the server has {setting} = off, so a power cut can take away what was \
         acknowledged. Switch it on, or allow it with store.unsafe_commits_allowed = true"
    )]
    Forgetful {
        /// Which.
        place: String,
        /// The server's setting.
        setting: String,
    },
    /// The address cannot be read. It is not repeated here: it may hold a password.
    #[error("store.url: {reason}")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers, or not now. The same call may succeed later.
    #[error("{place}: the database cannot be reached: {reason}")]
    Away {
        /// Which.
        place: String,
        /// Why.
        reason: String,
    },
    /// It cannot be used as it is.
    #[error("{place}: the database cannot be opened: {reason}")]
    Cannot {
        /// Which.
        place: String,
        /// Why.
        reason: String,
    },
}

impl OpenError {
    /// Whether waiting alone may help.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Away { .. })
    }
}
