//! The history of intents: bots record what serves, people read it. Files are bytes here.

use std::time::Duration;

use kefu_proto::v1;
use kefu_types::TenantId;
use sha2::{Digest as _, Sha256};

use super::Core;
use crate::{
    error::CoreError,
    model::{ContentHash, PIECE_BYTES, RecordVersion},
    store::{Change, Outcome},
};

/// Contents that no version names are kept this long: a bot uploads first and records then.
const ORPHAN_AGE: Duration = Duration::from_secs(3_600);

impl Core {
    /// The newest version of a tenant with what its files are, for bots.
    ///
    /// # Errors
    /// `not_found` for an unknown tenant.
    pub async fn newest_catalogue(
        &self,
        request: v1::NewestRequest,
    ) -> Result<v1::NewestReply, CoreError> {
        let tenant = self.tenant(&request.tenant).await?;
        let newest = self.store.versions(tenant, u64::MAX, 1).await?;
        let version = match newest.first() {
            Some(newest) => self.store.version(tenant, newest.number).await?,
            None => None,
        };
        Ok(v1::NewestReply {
            tenant_id: tenant.0,
            version,
        })
    }

    /// Whose contents a bot asks for.
    ///
    /// # Errors
    /// `invalid` without a hash, `not_found` for an unknown tenant.
    pub async fn catalogue_contents(
        &self,
        request: v1::FetchRequest,
    ) -> Result<(TenantId, ContentHash), CoreError> {
        let content = ContentHash::parse(&request.sha256).ok_or_else(no_hash)?;
        Ok((self.tenant(&request.tenant).await?, content))
    }

    /// Adds what serves now to the history, unless it is the newest version already or contents
    /// are missing.
    ///
    /// # Errors
    /// `invalid` and `too_large` for what is no version, `conflict` when another version is the
    /// newest than was expected.
    pub async fn record_catalogue(
        &self,
        request: v1::RecordRequest,
    ) -> Result<v1::RecordReply, CoreError> {
        let tenant = self.tenant(&request.tenant).await?;
        let version = request
            .version
            .ok_or_else(|| CoreError::Invalid("the version is missing".to_owned()))?;
        let version = self.checked(version)?;
        let now = self.clock.wall_ms();
        let record = RecordVersion {
            tenant,
            version: v1::CatalogueVersion {
                created_at_ms: now,
                ..version
            },
            expected_number: request.expected_number,
            keep: self.settings.history.versions_max,
            orphans_before_ms: now - i64::try_from(ORPHAN_AGE.as_millis()).unwrap_or(i64::MAX),
        };
        let change = Change::RecordVersion(Box::new(record));
        match self.writer.write(change).await? {
            Outcome::Recorded { version, new } => Ok(v1::RecordReply {
                version: Some(*version),
                new,
                missing: Vec::new(),
            }),
            Outcome::MissingContents(missing) => Ok(v1::RecordReply {
                missing: missing.iter().map(ToString::to_string).collect(),
                ..v1::RecordReply::default()
            }),
            _ => Err(CoreError::Conflict(
                "another version of the intents was recorded meanwhile".to_owned(),
            )),
        }
    }

    /// Begins to take the contents of a file; pieces follow.
    ///
    /// # Errors
    /// `invalid` without a hash, `too_large` beyond the limit.
    pub async fn upload_catalogue(
        &self,
        first: &v1::ContentPiece,
    ) -> Result<CatalogueUpload, CoreError> {
        let content = ContentHash::parse(&first.sha256).ok_or_else(no_hash)?;
        let most = self.settings.history.file_bytes_max;
        if first.bytes > most {
            return Err(too_large(most));
        }
        Ok(CatalogueUpload {
            tenant: self.tenant(&first.tenant).await?,
            content,
            bytes: first.bytes,
            hash: Sha256::new(),
            received: 0,
            pieces: 0,
            waiting: Vec::new(),
        })
    }

    /// The next bytes of an upload. Each full piece is durable before more is taken.
    ///
    /// # Errors
    /// `too_large` when more comes than was announced.
    pub async fn upload_piece(
        &self,
        upload: &mut CatalogueUpload,
        data: &[u8],
    ) -> Result<(), CoreError> {
        upload.received += data.len() as u64;
        if upload.received > upload.bytes {
            return Err(too_large(upload.bytes));
        }
        upload.hash.update(data);
        upload.waiting.extend_from_slice(data);
        while upload.waiting.len() >= PIECE_BYTES {
            let rest = upload.waiting.split_off(PIECE_BYTES);
            let piece = std::mem::replace(&mut upload.waiting, rest);
            self.put_piece(upload, piece).await?;
        }
        Ok(())
    }

    /// Ends an upload: versions may name these contents now.
    ///
    /// # Errors
    /// `invalid` when what came is not what was announced.
    pub async fn upload_end(&self, mut upload: CatalogueUpload) -> Result<(), CoreError> {
        let hash = ContentHash(upload.hash.clone().finalize().into());
        if hash != upload.content || upload.received != upload.bytes {
            return Err(CoreError::Invalid(
                "the contents are not what their hash says".to_owned(),
            ));
        }
        if !upload.waiting.is_empty() {
            let last = std::mem::take(&mut upload.waiting);
            self.put_piece(&mut upload, last).await?;
        }
        let seal = Change::SealContent {
            tenant: upload.tenant,
            content: upload.content,
            bytes: upload.bytes,
            at_ms: self.clock.wall_ms(),
        };
        match self.writer.write(seal).await? {
            Outcome::Applied => Ok(()),
            _ => Err(CoreError::Conflict(
                "the same contents are being uploaded twice; try again".to_owned(),
            )),
        }
    }

    async fn put_piece(
        &self,
        upload: &mut CatalogueUpload,
        data: Vec<u8>,
    ) -> Result<(), CoreError> {
        let change = Change::PutPiece {
            tenant: upload.tenant,
            content: upload.content,
            piece: upload.pieces,
            data: data.into(),
            at_ms: self.clock.wall_ms(),
        };
        upload.pieces += 1;
        self.writer.write(change).await.map(drop)
    }

    /// The history, newest first.
    ///
    /// # Errors
    /// `forbidden` unless a supervisor or an admin asks.
    pub async fn list_catalogues(
        &self,
        request: v1::ListVersionsRequest,
    ) -> Result<v1::CatalogueVersions, CoreError> {
        let user = self.overseer(&request.session).await?;
        let limit = self.page(request.limit)?;
        let before = match request.before {
            0 => u64::MAX,
            before => before,
        };
        let versions = self.store.versions(user.tenant, before, limit).await?;
        Ok(v1::CatalogueVersions { versions })
    }

    /// One version and what its files are.
    ///
    /// # Errors
    /// `forbidden` unless a supervisor or an admin asks, `not_found` when it never was or is kept
    /// no longer.
    pub async fn get_catalogue(
        &self,
        request: v1::GetVersionRequest,
    ) -> Result<v1::CatalogueVersion, CoreError> {
        let user = self.overseer(&request.session).await?;
        self.catalogue(user.tenant, request.number).await
    }

    /// Whose, and the hash and length of one file of a version.
    ///
    /// # Errors
    /// As [`Core::get_catalogue`].
    pub async fn catalogue_file(
        &self,
        request: v1::DownloadRequest,
    ) -> Result<(TenantId, ContentHash, u64), CoreError> {
        let user = self.overseer(&request.session).await?;
        let version = self.catalogue(user.tenant, request.number).await?;
        let file = version.files.iter().find(|file| file.path == request.path);
        let file = file.ok_or(CoreError::NotFound("file in this version"))?;
        let content = ContentHash::parse(&file.sha256).ok_or_else(no_hash)?;
        Ok((user.tenant, content, file.bytes))
    }

    /// A piece of a file's contents; none after the last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn catalogue_piece(
        &self,
        tenant: TenantId,
        content: ContentHash,
        piece: u32,
    ) -> Result<Option<Vec<u8>>, CoreError> {
        Ok(self.store.piece(tenant, content, piece).await?)
    }

    async fn catalogue(
        &self,
        tenant: TenantId,
        number: u64,
    ) -> Result<v1::CatalogueVersion, CoreError> {
        let version = self.store.version(tenant, number).await?;
        version.ok_or(CoreError::NotFound(
            "version; only the newest ones are kept (intents.versions_max)",
        ))
    }

    /// The version with its files in order, and nothing in it that cannot be stored.
    fn checked(&self, version: v1::CatalogueVersion) -> Result<v1::CatalogueVersion, CoreError> {
        let limits = &self.settings.history;
        let mut version = version;
        if version.hash.is_empty() || version.hash.len() > 64 || version.files.is_empty() {
            return Err(CoreError::Invalid(
                "a version has a hash and at least one file".to_owned(),
            ));
        }
        let whole: u64 = version.files.iter().map(|file| file.bytes).sum();
        if version.files.len() > limits.files_max || whole > limits.bytes_max {
            return Err(CoreError::TooLarge(format!(
                "a version may have {} files with {} bytes together",
                limits.files_max, limits.bytes_max
            )));
        }
        version.files.sort_by(|a, b| a.path.cmp(&b.path));
        let twice = version
            .files
            .windows(2)
            .any(|two| two[0].path == two[1].path);
        for file in &mut version.files {
            file.text = None;
            if file.path.is_empty() || file.path.len() > 1_024 {
                return Err(CoreError::Invalid("a path is empty or too long".to_owned()));
            }
            ContentHash::parse(&file.sha256).ok_or_else(no_hash)?;
        }
        if twice {
            return Err(CoreError::Invalid("a path is there twice".to_owned()));
        }
        version.files_count = u32::try_from(version.files.len()).unwrap_or(u32::MAX);
        version.bytes = whole;
        version.note = version.note.chars().take(limits.note_chars_max).collect();
        for list in [
            &mut version.added,
            &mut version.changed,
            &mut version.removed,
        ] {
            let more = list.len().saturating_sub(limits.changes_max);
            list.truncate(limits.changes_max);
            version.changes_omitted += u32::try_from(more).unwrap_or(u32::MAX);
        }
        Ok(version)
    }
}

/// Contents of a file on their way in.
#[derive(Debug)]
pub struct CatalogueUpload {
    tenant: TenantId,
    content: ContentHash,
    bytes: u64,
    hash: Sha256,
    received: u64,
    pieces: u32,
    /// Less than a piece.
    waiting: Vec<u8>,
}

fn no_hash() -> CoreError {
    CoreError::Invalid("sha256 must be 64 hexadecimal digits in lower case".to_owned())
}

fn too_large(most: u64) -> CoreError {
    CoreError::TooLarge(format!("these contents may have {most} bytes"))
}
