//! What may be uploaded, and what becomes of it.
//!
//! [`judge`] tells by its content what a file is, whatever was said of it; [`remake`] decodes a
//! picture within limits and writes it anew, upright, without anything but its pixels; [`clean`]
//! makes a name that harms nobody. [`Blobs`] is the port behind which the bytes are kept.
//!
//! Invariants: nothing here does IO or knows the time; no input makes it panic; nothing of a
//! picture's metadata is in what is written; no picture is decoded that would take more memory than
//! [`PictureLimits`] allow.

mod blobs;
mod judge;
mod kinds;
mod name;
mod picture;
mod refused;
mod sniff;

pub use blobs::{BlobError, BlobFuture, BlobKey, Blobs, SharedBlobs};
pub use judge::{Claim, Sample, judge};
pub use kinds::{Kind, USUAL, known};
pub use name::{NAME_CHARS_MAX, clean};
pub use picture::{Made, Picture, PictureLimits, remake};
pub use refused::Refused;
