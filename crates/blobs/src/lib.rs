//! Where the bytes of pictures and files are: behind [`kefu_media::Blobs`], in a directory, or in a
//! bucket of an S3-compatible store.
//!
//! Invariant: a call of `keep` that returns has its bytes on a device, whole, under their name; one
//! that does not leaves nothing under it.

mod disk;
mod s3;

pub use disk::DiskBlobs;
pub use s3::{S3Blobs, S3Error, S3Options};
