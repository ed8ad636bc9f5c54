//! Versions of intents as rows.

use kefu_chat::{ContentHash, store::StoreError};
use kefu_proto::v1;
use prost::Message as _;

use crate::rows::{Cells, unreadable, unsigned};

/// Paths and hashes.
pub(crate) type Files<'a> = Vec<(&'a str, ContentHash)>;

pub(crate) fn files_of(version: &v1::CatalogueVersion) -> Result<Files<'_>, StoreError> {
    let files = version.files.iter().map(|file| {
        let hash = ContentHash::parse(&file.sha256);
        let hash = hash.ok_or_else(|| StoreError::Rejected("a file without its hash".into()))?;
        Ok((file.path.as_str(), hash))
    });
    files.collect()
}

/// A version without its files, from `info`.
pub(crate) fn info(row: &impl Cells) -> Result<v1::CatalogueVersion, StoreError> {
    let info = row.bytes("info")?;
    v1::CatalogueVersion::decode(info).map_err(|error| unreadable("catalogue_versions", error))
}

/// A version with its files, by path, from rows of `info, path, sha256, bytes`: one for each file,
/// or one with nothing but `info` when it has none. Sorted here, because databases differ in the
/// order of texts.
pub(crate) fn with_files(rows: &[impl Cells]) -> Result<Option<v1::CatalogueVersion>, StoreError> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let mut version = info(first)?;
    for row in rows {
        let Some(hash) = row.maybe_bytes("sha256")? else {
            continue;
        };
        let hash = hash.try_into().map(ContentHash);
        version.files.push(v1::CatalogueFile {
            path: row.text("path")?,
            sha256: hash
                .map_err(|error| unreadable("catalogue_files", error))?
                .to_string(),
            bytes: unsigned(row.int("bytes")?),
            text: None,
        });
    }
    version.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Some(version))
}
