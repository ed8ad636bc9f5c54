//! Pictures and files in conversations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::masked::masked;

/// What may be uploaded, and how long it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MediaConfig {
    /// Switched off, nothing is taken any more; what was is still served.
    pub enabled: bool,
    /// Largest file, in bytes.
    pub file_bytes_max: u64,
    /// Largest picture, in bytes, as it comes in.
    pub image_bytes_max: u64,
    /// Width times height of a picture that is decoded. While it is, each pixel takes up to 16 bytes.
    pub image_pixels_max: u64,
    /// Longest side of a picture as it is kept, in pixels, 16 to 16384.
    pub image_side_max: u32,
    /// Longest side of a thumbnail, in pixels, 16 to 1024.
    pub thumb_side_max: u32,
    /// Content types that are taken, told by the content and not by the name. docs/media.md lists
    /// those that are known.
    pub types: Vec<String>,
    /// Bytes that one tenant may store.
    pub tenant_bytes_max: u64,
    /// What was uploaded and not sent for so long is removed.
    pub orphan_hours: u32,
    /// What was sent is removed after so long; 0: never.
    pub expire_days: u32,
    /// An upload must have arrived within this.
    pub upload_timeout_s: u64,
    /// Uploads at the same time, of one process.
    pub uploads_at_once_max: usize,
    /// Of these, one person's.
    pub uploads_per_person_max: usize,
    /// Uploads of one person in a minute.
    pub uploads_per_minute_per_person: usize,
    /// Pictures decoded at the same time.
    pub decodes_at_once_max: usize,
    /// Pictures that wait for that; one more is refused with a retry-after.
    pub decodes_waiting_max: usize,
    /// How often what is over is removed.
    pub sweep_s: u64,
    /// A store on the network instead of `media` in the data directory.
    pub s3: S3Config,
}

/// An S3-compatible store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct S3Config {
    /// "https://minio.example:9000"; empty: the data directory is used.
    pub endpoint: String,
    /// As the store calls it.
    pub region: String,
    /// Must exist.
    pub bucket: String,
    /// What the names of all objects begin with.
    pub prefix: String,
    /// The user.
    pub access_key: String,
    /// Their secret; better in `KEFU_MEDIA__S3__SECRET_KEY`.
    #[schemars(with = "String")]
    pub secret_key: SecretKey,
    /// A request to the store must be answered within this.
    pub timeout_s: u64,
}

masked! {
    /// Shows itself as stars, however it is printed or written.
    SecretKey, stars
}

fn stars(written: &str) -> &'static str {
    if written.is_empty() { "" } else { "***" }
}

impl Default for S3Config {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            region: "us-east-1".to_owned(),
            bucket: "kefu".to_owned(),
            prefix: "media/".to_owned(),
            access_key: String::new(),
            secret_key: SecretKey::from(""),
            timeout_s: 30,
        }
    }
}

/// Content types that are taken by default: pictures, documents, recordings.
const TYPES: [&str; 24] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "application/pdf",
    "text/plain",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/rtf",
    "audio/mpeg",
    "audio/ogg",
    "audio/amr",
    "audio/mp4",
    "video/mp4",
    "video/quicktime",
    "video/webm",
];

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            file_bytes_max: 20 << 20,
            image_bytes_max: 10 << 20,
            image_pixels_max: 40_000_000,
            image_side_max: 2_560,
            thumb_side_max: 320,
            types: TYPES.map(str::to_owned).to_vec(),
            tenant_bytes_max: 10 << 30,
            orphan_hours: 24,
            expire_days: 0,
            upload_timeout_s: 120,
            uploads_at_once_max: 32,
            uploads_per_person_max: 1,
            uploads_per_minute_per_person: 30,
            decodes_at_once_max: 2,
            decodes_waiting_max: 16,
            sweep_s: 60,
            s3: S3Config::default(),
        }
    }
}
