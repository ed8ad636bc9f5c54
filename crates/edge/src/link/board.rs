//! What supervisors watch, on its way to workspaces. Each socket knows whether it is for it.

use std::sync::Arc;

use kefu_proto::v1::{BoardChanged, SlaDue};

use super::{Event, hub::Registry};

impl Registry {
    /// The numbers go to all workspaces of the tenant.
    pub(super) fn board(&self, changed: BoardChanged) {
        let Some(board) = changed.board.map(Arc::new) else {
            return;
        };
        self.to_workspaces(changed.tenant_id, || Event::Board(board.clone()));
    }

    /// So does a promise that is near its end.
    pub(super) fn sla(&self, due: SlaDue) {
        if let Some(alert) = due.alert {
            self.to_workspaces(due.tenant_id, || Event::Sla(alert.clone()));
        }
    }

    fn to_workspaces(&self, tenant: u64, event: impl Fn() -> Event) {
        for socket in self.workspaces.keys() {
            if let Some(member) = self.member(*socket, tenant) {
                member.mailbox.post(event());
            }
        }
    }
}
