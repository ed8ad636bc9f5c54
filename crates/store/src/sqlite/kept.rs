//! Statements of the connection that writes, and its rows: read one at a time, or kept where
//! several are looked at.

use std::sync::Arc;

use kefu_chat::store::StoreError;
use rusqlite::{Connection, Params, Row, types::Value};

use super::error::failed;
use crate::rows::{Cells, unreadable};

impl Cells for Row<'_> {
    fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.get(column).map_err(failed)
    }
    fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.get(column).map_err(failed)
    }
    fn flag(&self, column: &str) -> Result<bool, StoreError> {
        self.get(column).map_err(failed)
    }
    fn maybe_flag(&self, column: &str) -> Result<Option<bool>, StoreError> {
        self.get(column).map_err(failed)
    }
    fn text(&self, column: &str) -> Result<String, StoreError> {
        self.get(column).map_err(failed)
    }
    fn bytes(&self, column: &str) -> Result<&[u8], StoreError> {
        let value = self.get_ref(column).map_err(failed)?;
        value.as_blob().map_err(|error| unreadable(column, error))
    }
    fn maybe_bytes(&self, column: &str) -> Result<Option<&[u8]>, StoreError> {
        let value = self.get_ref(column).map_err(failed)?;
        let bytes = value.as_blob_or_null();
        bytes.map_err(|error| unreadable(column, error))
    }
}

/// Runs a statement, which is prepared once; how many rows it changed.
pub(crate) fn execute(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    statement.execute(values).map_err(failed)
}

/// A row that outlives its statement.
#[derive(Debug)]
pub(crate) struct Kept {
    names: Arc<[String]>,
    values: Vec<Value>,
}

/// All rows of a statement.
pub(crate) fn kept(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Vec<Kept>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let names: Vec<String> = statement
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let names: Arc<[String]> = names.into();
    let mut found = statement.query(values).map_err(failed)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(failed)? {
        let values = (0..names.len()).map(|index| row.get(index));
        rows.push(Kept {
            values: values.collect::<Result<_, _>>().map_err(failed)?,
            names: names.clone(),
        });
    }
    Ok(rows)
}

impl Kept {
    fn value(&self, column: &str) -> Result<&Value, StoreError> {
        let index = self.names.iter().position(|name| name == column);
        index
            .and_then(|index| self.values.get(index))
            .ok_or_else(|| unreadable(column, "there is no such column"))
    }
}

impl Cells for Kept {
    fn int(&self, column: &str) -> Result<i64, StoreError> {
        let int = self.maybe_int(column)?;
        int.ok_or_else(|| unreadable(column, "it is null"))
    }
    fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Integer(int) => Ok(Some(*int)),
            other => Err(unreadable(column, other.data_type())),
        }
    }
    fn flag(&self, column: &str) -> Result<bool, StoreError> {
        self.int(column).map(|int| int != 0)
    }
    fn maybe_flag(&self, column: &str) -> Result<Option<bool>, StoreError> {
        Ok(self.maybe_int(column)?.map(|int| int != 0))
    }
    fn text(&self, column: &str) -> Result<String, StoreError> {
        match self.value(column)? {
            Value::Text(text) => Ok(text.clone()),
            other => Err(unreadable(column, other.data_type())),
        }
    }
    fn bytes(&self, column: &str) -> Result<&[u8], StoreError> {
        let bytes = self.maybe_bytes(column)?;
        bytes.ok_or_else(|| unreadable(column, "it is null"))
    }
    fn maybe_bytes(&self, column: &str) -> Result<Option<&[u8]>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            other => Err(unreadable(column, other.data_type())),
        }
    }
}
