//! Messages left, as frames. A connection without a workspace is written none of them.

use kefu_proto::v1::{LeftMessage, server_frame::Body};

use super::{end::End, socket::Socket, workspace::Lists};

impl Socket {
    pub(super) fn left(&self, message: &LeftMessage) -> Result<(), End> {
        if !self.is_user() || matches!(self.lists, Lists::None) {
            return Ok(());
        }
        self.put(0, Body::Left(message.clone()))
    }
}
