//! Messages left, on their way to the workspaces of their tenant.

use std::sync::Arc;

use kefu_proto::v1::LeftChanged;

use super::{Event, hub::Registry};

impl Registry {
    /// What became of a message left goes to all workspaces.
    pub(super) fn left(&self, changed: LeftChanged) {
        let Some(message) = changed.message.map(Arc::new) else {
            return;
        };
        for socket in self.workspaces.keys() {
            if let Some(member) = self.member(*socket, changed.tenant_id) {
                member.mailbox.post(Event::Left(message.clone()));
            }
        }
    }
}
