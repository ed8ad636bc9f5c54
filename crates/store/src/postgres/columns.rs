//! Rows as arrays: one parameter for a column, however many rows there are.

use sqlx::{AssertSqlSafe, Postgres, postgres::PgArguments, query::Query};

/// One column of all rows.
#[derive(Debug)]
pub(crate) enum Values<'a> {
    Int(Vec<i64>),
    MaybeInt(Vec<Option<i64>>),
    Flag(Vec<bool>),
    MaybeFlag(Vec<Option<bool>>),
    Text(Vec<&'a str>),
    OwnText(Vec<String>),
    Bytes(Vec<Vec<u8>>),
    MaybeBytes(Vec<Option<Vec<u8>>>),
}

impl Values<'_> {
    const fn array(&self) -> &'static str {
        match self {
            Self::Int(_) | Self::MaybeInt(_) => "bigint[]",
            Self::Flag(_) | Self::MaybeFlag(_) => "boolean[]",
            Self::Text(_) | Self::OwnText(_) => "text[]",
            Self::Bytes(_) | Self::MaybeBytes(_) => "bytea[]",
        }
    }
}

/// Columns with their names, all of one length.
#[derive(Debug, Default)]
pub(crate) struct Columns<'a>(Vec<(&'static str, Values<'a>)>);

impl<'a> Columns<'a> {
    pub(crate) fn with(mut self, name: &'static str, values: Values<'a>) -> Self {
        self.0.push((name, values));
        self
    }

    pub(crate) fn ints(self, name: &'static str, values: impl Iterator<Item = i64>) -> Self {
        self.with(name, Values::Int(values.collect()))
    }

    pub(crate) fn texts(self, name: &'static str, values: impl Iterator<Item = &'a str>) -> Self {
        self.with(name, Values::Text(values.collect()))
    }

    /// `a, b, c`
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

/// A statement under construction, with its parameters.
#[derive(Debug, Default)]
pub(crate) struct Parameters<'a>(Vec<Values<'a>>);

impl<'a> Parameters<'a> {
    /// `UNNEST($1::bigint[], …) AS alias (a, …)`
    pub(crate) fn unnest(&mut self, alias: &str, columns: Columns<'a>) -> String {
        let names = columns.names();
        let mut arrays = Vec::with_capacity(columns.0.len());
        for (_, values) in columns.0 {
            arrays.push(format!("${}::{}", self.0.len() + 1, values.array()));
            self.0.push(values);
        }
        format!("UNNEST({}) AS {alias} ({names})", arrays.join(", "))
    }

    /// The number of the parameter that is bound next, after these.
    pub(crate) fn next(&self) -> usize {
        self.0.len() + 1
    }

    pub(crate) fn bind(self, sql: String) -> Query<'static, Postgres, PgArguments> {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for values in self.0 {
            query = match values {
                Values::Int(values) => query.bind(values),
                Values::MaybeInt(values) => query.bind(values),
                Values::Flag(values) => query.bind(values),
                Values::MaybeFlag(values) => query.bind(values),
                Values::Text(values) => query.bind(values),
                Values::OwnText(values) => query.bind(values),
                Values::Bytes(values) => query.bind(values),
                Values::MaybeBytes(values) => query.bind(values),
            };
        }
        query
    }
}
