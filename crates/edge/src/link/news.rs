//! What was appended to a conversation, and the frame that says so: written once for all sockets
//! that speak alike and may see as much.

use std::{ops::Deref, sync::OnceLock};

use axum::extract::ws;
use kefu_proto::v1::Appended;

/// How a frame is written and who may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// JSON text, or binary Protobuf.
    pub(crate) json: bool,
    /// As it travels where frames may be compressed.
    pub(crate) snappy: bool,
    /// For users, who see more than visitors.
    pub(crate) user: bool,
}

/// Messages of one conversation, on their way to all who watch it.
#[derive(Debug)]
pub(crate) struct News {
    appended: Appended,
    written: [OnceLock<ws::Message>; 8],
}

impl News {
    pub(crate) fn new(appended: Appended) -> Self {
        Self {
            appended,
            written: Default::default(),
        }
    }

    /// The frame of all of its messages in this form, written by the first who wants it.
    pub(crate) fn written(&self, form: Form, write: impl FnOnce() -> ws::Message) -> ws::Message {
        let place = [form.json, form.snappy, form.user]
            .into_iter()
            .fold(0, |place, is| place * 2 + usize::from(is));
        self.written[place].get_or_init(write).clone()
    }
}

impl Deref for News {
    type Target = Appended;

    fn deref(&self) -> &Appended {
        &self.appended
    }
}
