//! The whole product as its users meet it: real processes, real sockets, the real model.
//!
//! One helper per person: [`Service`] is the operator's, [`Visitor`] and [`Agent`] are the
//! people's. Tests read as what they do.

mod agent;
mod api;
mod client;
mod crowd;
pub mod history;
mod intents;
mod meddler;
mod options;
mod postgres;
mod sampled;
mod seed;
mod service;
mod shim;
mod shop;
mod small_disk;
mod socket;
mod tls_front;
mod visitor;

pub use agent::{Agent, PASSWORD};
pub use api::Api;
pub use client::{Client, Place, Refusal};
pub use crowd::Crowd;
pub use history::{History, assert_gapless, history};
pub use intents::{IntentSet, edition, first_line, status, until, until_other};
pub use meddler::{Meddler, Meddling};
pub use options::Options;
pub use postgres::{Database, Postgres, Proxy, Road, Server};
pub use sampled::{Sample, sampled};
pub use seed::{generator, seed};
pub use service::{Ended, Service, binary, role_of, workspace_root};
pub use shim::{Halt, Lost, Shim};
pub use shop::{KeyHolder, Shop, unsigned};
pub use small_disk::SmallDisk;
pub use socket::{Codec, Socket};
pub use tls_front::{TlsFront, certificate};
pub use visitor::Visitor;

use std::time::Duration;

/// How long a test waits for something that must come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A body with this text.
#[must_use]
pub fn text(text: &str) -> kefu_proto::v1::Body {
    use kefu_proto::v1::{Body, Text, body::Kind};
    Body {
        kind: Some(Kind::Text(Text {
            text: text.into(),
            ..Default::default()
        })),
    }
}

/// The text of a text or card, else nothing.
#[must_use]
pub fn text_of(message: &kefu_proto::v1::Message) -> &str {
    use kefu_proto::v1::body::Kind;
    match message.body.as_ref().and_then(|body| body.kind.as_ref()) {
        Some(Kind::Text(text)) => &text.text,
        Some(Kind::Card(card)) => &card.text,
        _ => "",
    }
}

/// The notice in a message.
#[must_use]
pub fn notice_of(message: &kefu_proto::v1::Message) -> Option<kefu_proto::v1::notice::Kind> {
    use kefu_proto::v1::body::Kind;
    match message.body.as_ref().and_then(|body| body.kind.as_ref()) {
        Some(Kind::Notice(notice)) => Some(notice.kind()),
        _ => None,
    }
}
