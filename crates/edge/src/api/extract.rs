//! How paths and queries are read, with our own refusals.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query, rejection::QueryRejection};
use http::request::Parts;
use kefu_types::ParseIdError;

use crate::problem::ApiError;

/// Rows of a page when nothing is asked for.
const PAGE_DEFAULT: u32 = 50;

/// The id in a path.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr<Err = ParseIdError>, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) = text.map_err(|_| ApiError::bad_request("the path cannot be read"))?;
        let id = text.parse();
        id.map(Self)
            .map_err(|error: ParseIdError| ApiError::bad_request(error.to_string()))
    }
}

/// A query whose keys may repeat.
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(crate) fn new(
        query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    ) -> Result<Self, ApiError> {
        let broken = |_| ApiError::bad_request("the query cannot be read");
        query.map(|Query(pairs)| Self(pairs)).map_err(broken)
    }

    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn number(&self, key: &str) -> Result<Option<u64>, ApiError> {
        let wrong = |_| ApiError::bad_request(format!("{key} must be a whole number"));
        self.all(key)
            .next()
            .map(|text| text.parse().map_err(wrong))
            .transpose()
    }

    /// The page size: what was asked for, when that is allowed.
    pub(crate) fn limit(&self, max: u32) -> Result<u32, ApiError> {
        match self.number("limit")?.map(u32::try_from) {
            None => Ok(max.min(PAGE_DEFAULT)),
            Some(Ok(asked)) if (1..=max).contains(&asked) => Ok(asked),
            Some(_) => Err(ApiError::bad_request(format!("limit must be 1 to {max}"))),
        }
    }
}
