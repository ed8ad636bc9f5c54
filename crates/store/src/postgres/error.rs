//! From PostgreSQL's SQLSTATE to what the core must do.

use kefu_chat::store::StoreError;

/// Sorts an error by what the core must do about it.
/// Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(crate) fn sort(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    let Some(code) = sqlstate(&error) else {
        return without_code(&error, text);
    };
    if is_passing(&code) {
        return StoreError::Retryable(text);
    }
    match code.as_str() {
        "53100" => StoreError::Full(text),
        // Damaged pages or indexes, and a damaged control file.
        "XX001" | "XX002" | "F0001" => StoreError::Corrupt(text),
        // A value that does not fit, a broken rule, more than the server takes.
        _ if ["22", "23", "44", "54"].contains(&class(&code)) => StoreError::Rejected(text),
        // Anything else (a missing table, no right to it) is a fault that going on could hide.
        _ => StoreError::Fatal(text),
    }
}

fn without_code(error: &sqlx::Error, text: String) -> StoreError {
    match error {
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => StoreError::Corrupt(text),
        _ if is_lost(error) => StoreError::Retryable(text),
        _ => StoreError::Fatal(text),
    }
}

pub(crate) fn sqlstate(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error()?.code()?;
    Some(code.into_owned())
}

fn class(code: &str) -> &str {
    code.get(..2).unwrap_or(code)
}

/// Whether the same call may succeed soon, with nothing changed but time.
fn is_passing(code: &str) -> bool {
    match code {
        // Disk full is sorted by itself; of what ends by an operator's hand only these come back.
        "53100" => false,
        // A query that took too long, a server that goes or comes, an idle session cut off.
        "57014" | "57P01" | "57P02" | "57P03" | "57P05" => true,
        // A standby, as after a failover; a transaction that was ended for being slow.
        "25006" | "25P03" | "25P04" => true,
        // A lock that others hold; a table that another node altered while we had it prepared.
        "55P03" | "55006" | "0A000" => true,
        // The server's device failed. The transaction is rolled back; where a flush fails, the
        // server itself stops and recovers, so asking again gives no false yes.
        "58030" => true,
        // Credentials that are being changed.
        "28000" | "28P01" => true,
        // Lost connections; serialization, deadlock, unknown end; memory and connections used up.
        _ => ["08", "40", "53"].contains(&class(code)),
    }
}

/// Whether the connection is gone or of no more use.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(_) => sqlstate(error).is_some_and(|code| {
            code.starts_with("57P") || code.starts_with("08") || code == "25P03" || code == "25P04"
        }),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// Whether a commit that ended so may have happened all the same. What the server refuses in so
/// many words did not.
pub(crate) fn is_doubtful(error: &sqlx::Error) -> bool {
    match sqlstate(error) {
        Some(code) => code == "40003" || !["22", "23", "40"].contains(&class(&code)),
        None => true,
    }
}

pub(crate) fn late(what: &str) -> StoreError {
    StoreError::Retryable(format!("{what} in time"))
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, error::Error, fmt};

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    /// What a server says.
    #[derive(Debug)]
    struct Said(&'static str);

    impl fmt::Display for Said {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Said {}

    impl DatabaseError for Said {
        fn message(&self) -> &str {
            self.0
        }
        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }
        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    fn said(code: &'static str) -> sqlx::Error {
        sqlx::Error::Database(Box::new(Said(code)))
    }

    #[test]
    fn every_code_is_sorted_by_what_the_core_must_do() {
        let retryable = [
            "08006", "08003", "40001", "40P01", "40003", "53200", "53300", "55P03", "57014",
            "57P01", "57P02", "57P03", "25006", "25P03", "58030", "28P01", "0A000",
        ];
        for code in retryable {
            let sorted = sort(said(code));
            assert!(
                matches!(sorted, StoreError::Retryable(_)),
                "{code}: {sorted}"
            );
        }
        assert!(matches!(sort(said("53100")), StoreError::Full(_)));
        for code in ["23505", "23503", "22021", "22001", "54000"] {
            let sorted = sort(said(code));
            assert!(
                matches!(sorted, StoreError::Rejected(_)),
                "{code}: {sorted}"
            );
        }
        for code in ["XX001", "XX002"] {
            assert!(matches!(sort(said(code)), StoreError::Corrupt(_)), "{code}");
        }
        for code in ["42P01", "42501", "42703", "57P04", "XX000", "3D000"] {
            assert!(matches!(sort(said(code)), StoreError::Fatal(_)), "{code}");
        }
    }

    #[test]
    fn a_commit_is_in_doubt_unless_the_server_refused_it() {
        for code in ["57P01", "57014", "40003", "08006", "53100", "58030"] {
            assert!(is_doubtful(&said(code)), "{code}");
        }
        for code in ["40001", "40P01", "23505"] {
            assert!(!is_doubtful(&said(code)), "{code}");
        }
        assert!(is_doubtful(&sqlx::Error::Io(
            std::io::ErrorKind::ConnectionReset.into()
        )));
    }
}
