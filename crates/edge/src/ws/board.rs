//! What supervisors watch, as frames; and promises, which owners see, too.

use std::sync::Arc;

use kefu_proto::v1::{Board, Role, SlaAlert, server_frame::Body};

use super::{end::End, socket::Socket, workspace::Lists};

impl Socket {
    /// The numbers changed.
    pub(super) fn board(&self, board: Arc<Board>) -> Result<(), End> {
        if self.oversees() {
            return self.put(0, Body::Board(Arc::unwrap_or_clone(board)));
        }
        Ok(())
    }

    /// A promise is near its end, or broken.
    pub(super) fn sla_alert(&self, alert: SlaAlert) -> Result<(), End> {
        let own = self.principal.id == alert.agent_id && !matches!(self.lists, Lists::None);
        if own || self.oversees() {
            return self.put(0, Body::SlaAlert(alert));
        }
        Ok(())
    }

    /// Whether this is the workspace of somebody who oversees.
    fn oversees(&self) -> bool {
        let oversees = matches!(self.principal.role(), Role::Supervisor | Role::Admin);
        oversees && !matches!(self.lists, Lists::None)
    }
}
